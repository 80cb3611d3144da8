# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The referrers that a push sends with its images: which ones, and what is missing of them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ...archive.layouts.layout_referrers import digests_of
from ...errors import Failure
from ...images.model import Entry
from ...images.summary import digest_of
from ...problems import problem
from ...referrers.model import Referrer, chosen, in_order
from ..plan import FailedImage, ImagePlan, ManifestStep, Owned
from ..targets import PushTarget

if t.TYPE_CHECKING:
    from ...stores.protocols import Destination
    from ..request import PushOptions


@dataclass(frozen=True)
class ReferrerTarget(PushTarget):
    """A referrer that is pushed to one repository; `owners` are the digests of the images that it belongs to."""

    subject: str = ""
    owners: tuple[str, ...] = ()
    kind: str = ""


def with_referrers(
    targets: t.Sequence[PushTarget | FailedImage], found: t.Mapping[str, tuple[Referrer, ...]], options: PushOptions
) -> list[PushTarget | FailedImage]:
    """Return the targets and after them the referrers of their images; `found` has those of each source by path.

    A signed image that would be written in another form becomes a failure: its signatures would not fit any more.
    """
    if options.referrers == "false":
        return list(targets)
    result: list[PushTarget | FailedImage] = []
    below: dict[tuple[str, str, str | None], ReferrerTarget] = {}
    for item in targets:
        mine = _referrers_of(item, found, options) if isinstance(item, PushTarget) else []
        if mine and isinstance(item, PushTarget):
            item = _signed(item, options)
        result.append(item)
        for one in mine if isinstance(item, PushTarget) else ():
            _add(below, t.cast(PushTarget, item), one)
    return [*result, *below.values()]


def _referrers_of(
    item: PushTarget, found: t.Mapping[str, tuple[Referrer, ...]], options: PushOptions
) -> list[Referrer]:
    return chosen(in_order(digests_of(item.node), found.get(item.path, ())), options.referrer_types)


def _signed(item: PushTarget, options: PushOptions) -> PushTarget | FailedImage:
    wrong = [f"{name}: {value}" for name, value, neutral in (
        ("compression", options.compression, "none"), ("manifest_format", options.manifest_format, "auto"),
    ) if value != neutral]
    if not wrong:
        return replace(item, signed=True)
    error = problem(
        "bad-option", option=wrong[0], image=item.label,
        cause=f"cannot be applied to {item.label}, which has signatures or other referrers in {item.path}: they belong"
              " to the digest of the image, and a converted image has another one",
        advice="Leave the option out, or set referrers: false to push the image without them.",
    ).about(image=item.label, path=item.path)
    return FailedImage(item.path, item.entry.label, item.repository, item.tags, Failure.of(error))


def _add(below: dict[tuple[str, str, str | None], ReferrerTarget], item: PushTarget, one: Referrer) -> None:
    if one.node is None:
        return
    digest = digest_of(one.node)
    key = item.repository, digest, one.tag
    owner = digest_of(item.node)
    if key in below:
        below[key] = replace(below[key], owners=tuple(dict.fromkeys((*below[key].owners, owner))))
        return
    label = one.tag or digest
    below[key] = ReferrerTarget(
        item.path, Entry(item.entry.number, (), one.node, label), one.node, item.repository,
        (one.tag,) if one.tag else (), subject=one.subject, owners=(owner,), kind=one.artifact_type,
    )


def rules_of_referrers(options: PushOptions) -> PushOptions:
    """Return the options for what is never converted and compares by its digest."""
    return replace(options, compare="digest", compression="none", compression_level=None, manifest_format="auto")


async def as_referrer(
    plan: ImagePlan, item: ReferrerTarget, destination: Destination, options: PushOptions
) -> ImagePlan:
    """Return the plan of a referrer: without a cosign tag its manifest is written by digest, unless it is listed."""
    owned = Owned(item.subject, item.owners, item.kind)
    if item.tags:
        return replace(plan, owned=owned)
    there = not options.force and await destination.head(item.repository, plan.root.digest) is not None
    listed = there and plan.root.digest in await destination.referrers(item.repository, item.subject)
    step = ManifestStep(item.repository, plan.root, plan.data, listed)
    return replace(plan, manifests=(*plan.manifests, step), owned=owned)
