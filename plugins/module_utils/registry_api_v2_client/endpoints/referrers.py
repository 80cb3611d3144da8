# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Referrers of a manifest: signatures, SBOMs, attestations (distribution specification 1.1, "Listing Referrers")."""

from __future__ import annotations

import typing as t

from ..formats import media_types
from ..images.descriptor import Descriptor
from ..images.fields import Fields
from ..images.manifest import parse_entries
from ..images.referrer_tags import fallback_tag
from ..problems import problem
from ..transport.request import Request
from .manifests import get_manifest
from .pages import pages

if t.TYPE_CHECKING:
    from ..transport.request import Sender
    from .pages import Incomplete

NO_API = (400, 404, 405, 406, 501)  # answers of registries without this API (Artifactory 406: ggcr#2026)
MAX_REFERRERS = 10_000  # descriptors of one manifest; beyond that somebody fills the list on purpose


async def list_referrers(
    send: Sender, repository: str, digest: str, *, artifact_type: str | None = None,
    incomplete: Incomplete | None = None,
) -> list[Descriptor]:
    """Return the descriptors of what refers to the manifest, from the API or else from the referrers tag.

    `artifact_type` narrows them, here and not by the registry's filter, which is optional. Raises RefusedError
    (hostile-answer) for a list that cannot be read, and (incomplete-list) for a later page of it; with `incomplete`,
    that is called instead.
    """
    found: list[Descriptor] = []
    what = f"the referrers of {repository}@{digest[:19]}"

    def invalid(cause: str) -> Exception:
        return problem("hostile-answer", registry=send.registry.netloc, what=what, cause=f"a document that {cause}")

    request = Request(
        "referrers", "GET", f"/v2/{repository}/referrers/{digest}", what, repository, (200, *NO_API),
        (("Accept", media_types.OCI_INDEX),),
    )
    async for page in pages(
        send, request, "manifests", size=None, incomplete=incomplete, media_type=media_types.OCI_INDEX
    ):
        if page is None:  # no such API
            tagged = await get_manifest(send, repository, fallback_tag(digest))
            own = tagged is None or tagged.digest == digest  # GitLab resolves the tag to the image itself
            return _narrowed(tagged.children if tagged and not own else (), artifact_type)
        found += parse_entries(Fields({"manifests": page}, invalid))
        if len(found) > MAX_REFERRERS:
            raise invalid(f"lists more than {MAX_REFERRERS} referrers")
    return _narrowed(found, artifact_type)


def _narrowed(found: t.Iterable[Descriptor], artifact_type: str | None) -> list[Descriptor]:
    return [each for each in found if artifact_type is None or each.artifact_type == artifact_type]
