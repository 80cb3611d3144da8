# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The operations on a registry: the rights that each needs, the words that describe it, and how it is repeated.

A new endpoint of the API adds one line. Sources of the rights: the distribution project's "Docker Registry Token Scope
and Access".
"""

from __future__ import annotations

from dataclasses import dataclass

PULL = ("pull",)
PUSH = ("pull", "push")
DELETE = ("pull", "push", "delete")  # IBM's registry wants all three to delete


@dataclass(frozen=True)
class Operation:
    """One kind of request.

    `refusal` is what the registry refused to do, `doing` what was happening to the object. `actions` are the rights
    that its token needs. With `one_try` the endpoint decides what comes after a failure, since something else has to
    be checked before. `creates` is True if a repository may appear by it, `slow` if the registry may have much to do
    before it answers.
    """

    refusal: str
    doing: str
    actions: tuple[str, ...] = PULL
    one_try: bool = False
    creates: bool = False
    slow: bool = False


OPERATIONS: dict[str, Operation] = {
    "ping": Operation("show", "asked for"),
    "token": Operation("give", "asked for"),
    "blob_head": Operation("look for", "looked for"),
    "blob_get": Operation("give", "read"),
    "blob_delete": Operation("delete", "deleted", DELETE),
    "upload_start": Operation("take", "announced", PUSH, creates=True),
    "upload_mount": Operation("mount", "mounted", PUSH, creates=True),
    "upload_patch": Operation("take", "sent", PUSH, one_try=True, slow=True),
    "upload_put": Operation("take", "sent", PUSH, one_try=True, slow=True),
    "upload_status": Operation("show the upload of", "resumed", PUSH),
    "upload_cancel": Operation("cancel the upload of", "cancelled", PUSH, one_try=True),
    "manifest_head": Operation("show", "looked for"),
    "manifest_get": Operation("give", "read"),
    "manifest_put": Operation("take", "written", PUSH, one_try=True, creates=True),
    "manifest_delete": Operation("delete", "deleted", DELETE),
    "tags": Operation("list", "listed"),
    "referrers": Operation("list", "listed"),
    "catalog": Operation("list", "listed"),
}
