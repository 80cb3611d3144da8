# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of docs/faults.md as values: what goes wrong, at which steps, how often, and what has to come of it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

SURVIVED = "survived"
ONCE, ALWAYS = "once", "always"
PUSH = ("ping", "manifest_head", "blob_head", "upload_start", "upload_patch", "upload_put", "manifest_put")
WRITING = ("upload_start", "upload_patch", "upload_put", "manifest_put")
EACH = (
    *PUSH, "upload_mount", "manifest_get", "blob_get", "tags", "catalog", "manifest_delete",
)


@dataclass(frozen=True)
class Row:
    """One line of the table. `rule` are the words of registry.fail; `special` names a function of faults_special."""

    fault: str
    steps: tuple[str, ...]
    often: str
    outcome: str
    rule: dict = field(default_factory=dict, hash=False)
    options: dict = field(default_factory=dict, hash=False)
    words: str = ""  # what the sentence has to say besides its code
    only: str = ""  # the one backend that can be made to do this

    @property
    def line(self):
        """The line of the document."""
        outcome = self.outcome if self.outcome == SURVIVED else f"`{self.outcome}`"
        steps = "each" if self.steps == EACH else ", ".join(self.steps)
        return f"| {self.fault} | {steps} | {self.often} | {outcome} |"

    @property
    def backends(self):
        """Where the row is tested."""
        return (self.only,) if self.only else ("embedded", "docker-registry")


def once(fault, steps, rule, **more):
    return Row(fault, steps, ONCE, SURVIVED, rule, **more)


def always(fault, steps, outcome, rule, **more):
    more["options"] = {"retries": 1, **more.get("options", {})}
    return Row(fault, steps, ALWAYS, outcome, {"times": None, **rule}, **more)


FULL = {"status": 500, "code": "UNKNOWN", "message": "write /data: no space left on device"}
QUICK = {"timeout": 1}

ROWS = (
    once("429 with Retry-After", EACH, {"status": 429, "retry_after": 0}),
    once("503", EACH, {"status": 503}),
    once("500", ("upload_put", "manifest_put"), {"status": 500}),
    once("502", ("upload_start", "upload_put", "manifest_put"), {"status": 502}),
    once("504", ("upload_put", "manifest_put"), {"status": 504}),
    once("408", ("upload_put", "manifest_put"), {"status": 408}),
    once("RST before the answer", EACH, {"reset_after": 0}),
    once("RST in the body", ("upload_patch", "upload_put"), {"reset_after": "64KiB"}),
    once("answer lost after the work was done", (*WRITING, "upload_mount", "manifest_delete"), {"lose_answer": True}),
    once("503 while the body is still sent, connection closed", ("upload_patch", "upload_put"),
         {"status": 503, "early": True, "after_bytes": "64KiB", "then": "close"}),
    once("503 while the body is still sent, reading stopped", ("upload_put",),
         {"status": 503, "early": True, "after_bytes": "64KiB", "then": "stall"}, options={"timeout": 1}),
    once("upload session gone (404 BLOB_UPLOAD_UNKNOWN)", ("upload_patch", "upload_put"),
         {"status": 404, "code": "BLOB_UPLOAD_UNKNOWN"}),
    once("416 for a chunk", ("upload_patch",), {"status": 416}),
    once("blob or child said to be unknown (MANIFEST_BLOB_UNKNOWN)", ("manifest_put",),
         {"status": 404, "code": "MANIFEST_BLOB_UNKNOWN"}),
    once("token expired in mid-push", ("blob_head", "upload_start", "upload_put", "manifest_put"), {"expire": True}),
    once("503 of the token server", ("token",), {"status": 503}, only="embedded"),
    once("answer cut in the middle", ("manifest_get", "tags", "catalog"), {"truncate": 0.5}),
    once("corrupt answer", ("manifest_get", "tags", "catalog"), {"corrupt": True}),
    once("wrong Docker-Content-Digest", ("manifest_head", "manifest_get", "manifest_put"), {"wrong_digest": True}),
    once("redirect to another host", ("upload_put",), {"redirect": "other", "status": 307}),
    once("slower than `timeout`", ("ping", "blob_head", "upload_start", "manifest_put"), {"seconds": 3}, options=QUICK),
    once("reading stopped", ("upload_patch", "upload_put"), {"stall": "unread", "after_bytes": "64KiB"}, options=QUICK),
    once("no answer", ("manifest_head", "upload_start", "manifest_put"), {"stall": "silent"}, options=QUICK),
    once("down for 3 s", ("ping", "upload_put"), {"down": 3}),
    always("redirect to another host that has it", ("manifest_get", "blob_get"), SURVIVED,
           {"redirect": "twin", "status": 307}),
    always("redirect to another host that lacks it", ("blob_head",), SURVIVED, {"redirect": "empty", "status": 301}),
    always("redirect to another host that requires a login", ("blob_head",), "redirected",
           {"redirect": "other", "status": 301}),
    always("a crawl that moves all the time", ("upload_patch", "upload_put"), SURVIVED, {"bytes_per_second": "1MB"},
           options=QUICK),
    always("HEAD lies after garbage collection, with `verify_existing`", ("blob_get",), SURVIVED, {"lie": True}),
    always("answer lost after the work was done", ("upload_put", "manifest_put"), SURVIVED, {"lose_answer": True}),
    always("wrong Docker-Content-Digest", ("manifest_put",), SURVIVED, {"wrong_digest": True}),
    always("HEAD lies, the manifest is refused (MANIFEST_BLOB_UNKNOWN)", ("manifest_put",), "lost-blob",
           {"status": 404, "code": "MANIFEST_BLOB_UNKNOWN"}),
    always("429", ("blob_head", "upload_start"), "gave-up", {"status": 429, "retry_after": 0},
           words="answered 429 to 2 tries"),
    always("503", tuple(step for step in EACH if step != "upload_mount"), "gave-up", {"status": 503},
           words="answered 503 to 2 tries"),
    always("503", ("upload_mount",), SURVIVED, {"status": 503}),
    always("RST before the answer", EACH, "silent", {"reset_after": 0}, words="cut the connection"),
    always("upload session gone (404 BLOB_UPLOAD_UNKNOWN)", ("upload_patch", "upload_put"), "lost-upload",
           {"status": 404, "code": "BLOB_UPLOAD_UNKNOWN"}, words="to 2 tries"),
    always("disk full at the registry (500)", ("upload_put", "manifest_put"), "gave-up", FULL,
           words="no space left on device"),
    always("disk full at the registry (507)", ("upload_put",), "gave-up", {"status": 507}),
    always("413", ("upload_put",), "body-too-large", {"status": 413, "early": True}, words="chunk_size"),
    always("answer cut in the middle", ("manifest_get", "tags"), "cut-answer", {"truncate": 0.5}),
    always("corrupt answer", ("manifest_get",), "wrong-bytes", {"corrupt": True}),
    always("corrupt answer", ("tags", "catalog"), "hostile-answer", {"corrupt": True}),
    always("redirects without end", ("upload_start", "manifest_put"), "hostile-answer",
           {"redirect": "itself", "status": 307}),
    # HEAD has told that the tag names something else; what cannot be read is replaced.
    always("redirects without end", ("manifest_get",), SURVIVED, {"redirect": "itself", "status": 307}),
    always("slower than `timeout`", ("ping", "upload_start", "manifest_put"), "silent", {"seconds": 3},
           options={**QUICK, "retries": 0}),
    always("reading stopped", ("upload_put",), "silent", {"stall": "unread", "after_bytes": "64KiB"},
           options={**QUICK, "retries": 0}, words="took no byte for 1 s"),
    always("longer than `total_timeout`", ("upload_put",), "out-of-time", {"stall": "silent"},
           options={"total_timeout": 1}),
    always("down", ("ping",), "unreachable", {"down": None}, words="refused by"),
)


@contextmanager
def down_for(registry, seconds):
    """Take a registry down; after some seconds, or at the end of the block, it is up again."""
    registry.down()
    back = threading.Timer(seconds or 3600, registry.up)
    back.start()
    try:
        yield
    finally:
        back.cancel()
        back.join()
        if not seconds:
            registry.up()
