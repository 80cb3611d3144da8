# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The plan of a push: what is there, what has to move, what each tag will name. Values only; check mode prints them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from ..errors import Failure, RegistryError
from ..images.descriptor import Descriptor
from ..images.model import Image, LeftOut
from .compose import Blob, PackedImage

PRESENT = "present"
MOUNT = "mount"
UPLOAD = "upload"
COMPRESS = "compress"  # digest and size are known only afterwards; sizes of plans are those of the raw layer

UNCHANGED = "unchanged"
TAGGED = "tagged"
PUSHED = "pushed"
FAILED = "failed"
NOT_TRIED = "not_tried"


@dataclass(frozen=True)
class BlobStep:
    """What happens to one blob of one image in one repository, and why."""

    repository: str
    blob: Blob
    action: str
    why: str
    mount_from: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Repository and digest (of the content, for what is compressed): one upload serves all that share them."""
        layer = self.blob.layer
        content = f"content {layer.diff_id}" if self.pending and layer is not None else ""
        return self.repository, content or self.blob.descriptor.digest

    @property
    def pending(self) -> bool:
        """True for a layer that is to be compressed: its digest is known only afterwards."""
        return not self.blob.descriptor.digest


@dataclass(frozen=True)
class ManifestStep:
    """A manifest that is written by its digest, before what refers to it: the children of an index."""

    repository: str
    descriptor: Descriptor
    data: bytes
    present: bool


@dataclass(frozen=True)
class TagStep:
    """One tag: the digest that it names now (None: there is no such tag) and afterwards; `forced` writes it anyway."""

    tag: str
    before: str | None
    after: str
    forced: bool = False

    @property
    def writes(self) -> bool:
        """True where the tag has to be written."""
        return self.forced or self.moves

    @property
    def moves(self) -> bool:
        """True where the tag will name another manifest than now."""
        return self.before != self.after


@dataclass(frozen=True)
class Owned:
    """What a referrer belongs to: the digest of its subject, those of the pushed images, and its artifact type."""

    subject: str
    owners: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class ImagePlan:
    """One image or index of an archive in one repository.

    `root` describes the manifest that the tags will name and `data` holds its bytes. `reused` is True where that is a
    manifest which the registry has already and which is the same image. `pending` is the image whose manifest is known
    only when its layers were compressed; `root` then has no digest. `signed` is True if referrers of it are pushed, and
    `owned` is set for such a referrer.
    """

    path: str
    source: str
    repository: str
    root: Descriptor
    data: bytes
    images: tuple[PackedImage, ...]
    blobs: tuple[BlobStep, ...]
    manifests: tuple[ManifestStep, ...]
    tags: tuple[TagStep, ...]
    reused: bool = False
    pending: Image | None = None
    signed: bool = False
    owned: Owned | None = None

    @property
    def label(self) -> str:
        """Name of the image in messages: its repository and first tag."""
        return f"{self.repository}:{self.tags[0].tag}" if self.tags else self.repository

    @property
    def status(self) -> str:
        """What will be said of it: pushed, tagged (everything was there but a tag) or unchanged."""
        if any(step.action != PRESENT for step in self.blobs) or any(not step.present for step in self.manifests):
            return PUSHED
        return TAGGED if any(step.writes for step in self.tags) else UNCHANGED

    @property
    def bytes_to_send(self) -> int:
        """Bytes of the blobs that will be uploaded, mounts not counted."""
        return sum(step.blob.descriptor.size for step in self.blobs if step.action in (UPLOAD, COMPRESS))


@dataclass(frozen=True)
class FailedImage:
    """An image that cannot be pushed, and why; names are as far as they are known."""

    path: str
    source: str | None
    repository: str | None
    tags: tuple[str, ...]
    failure: Failure

    @property
    def error(self) -> RegistryError:
        """The failure as an error."""
        return self.failure.error()


@dataclass(frozen=True)
class PushPlan:
    """All images of one task in their order: `items` are plans, and what failed already. `left_out` is what archives
    list and the push does not send."""

    registry: str
    items: tuple[ImagePlan | FailedImage, ...]
    left_out: tuple[LeftOut, ...] = ()

    @cached_property
    def images(self) -> tuple[ImagePlan, ...]:
        """The images that can be pushed."""
        return tuple(item for item in self.items if isinstance(item, ImagePlan))

    @cached_property
    def failed(self) -> tuple[FailedImage, ...]:
        """The images that cannot."""
        return tuple(item for item in self.items if isinstance(item, FailedImage))

    def raise_failed(self) -> None:
        """Raise the first failure of the planning, for callers who want all or nothing."""
        for failed in self.failed:
            raise failed.error

    @property
    def changes(self) -> bool:
        """True where anything would be written."""
        return any(image.status != UNCHANGED for image in self.images)


def share_blobs(
    images: tuple[ImagePlan, ...], present: frozenset[tuple[str, str]], mounting: bool
) -> tuple[ImagePlan, ...]:
    """Return the plans with each blob sent once per repository, and mounted where another repository has or gets it.

    `present` holds (repository, digest) pairs that the registry is known to have. Pure.
    """
    holders: dict[str, str] = {}
    for repository, digest in sorted(present):
        holders.setdefault(digest, repository)
    seen: set[tuple[str, str]] = set()
    shared = []
    for image in images:
        steps = []
        for step in image.blobs:
            steps.append(_shared(step, holders, seen, mounting))
            seen.add(step.key)
            holders.setdefault(step.key[1], step.repository)
        shared.append(replace(image, blobs=tuple(steps)))
    return tuple(shared)


def _shared(step: BlobStep, holders: dict[str, str], seen: set[tuple[str, str]], mounting: bool) -> BlobStep:
    if step.action == PRESENT:
        return step
    if step.key in seen:
        return replace(step, action=PRESENT, why="sent with another image of this task")
    holder = holders.get(step.key[1])
    if mounting and holder is not None and holder != step.repository:
        return replace(step, action=MOUNT, mount_from=holder, why=f"{holder} has it")
    return step
