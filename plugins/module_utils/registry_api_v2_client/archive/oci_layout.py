# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The OCI image layout, with index.json: manifests and indexes by digest (image specification 1.1, image-layout.md)."""

from __future__ import annotations

import dataclasses

from .. import media_types
from ..errors import RegistryError
from ..models import Descriptor
from ..problems import printable
from .blame import Blame
from .codecs import NONE
from .config import Config, check_count, counted, platform_of
from .contents import Contents, digest_of
from .fields import Fields, parse_object
from .model import INDEX, Child, Image, Index, Layer, Member, Node, images_of

NAME_ANNOTATIONS = ("io.containerd.image.name", "org.opencontainers.image.ref.name")  # the first has the full name


def top_descriptors(contents: Contents) -> list[Fields]:
    """Return what index.json lists; null is an empty list (docker 25 writes it for images saved by ID)."""
    member = contents.table.resolve(INDEX, INDEX)
    fields = contents.object(member, contents.limits.manifest)
    listed = fields.objects("manifests")
    if len(listed) > contents.limits.images:
        raise fields.blame.bad(f"lists {len(listed)} manifests, where {contents.limits.images} are the limit")
    return listed


def name_of(descriptor: Descriptor) -> str | None:
    """Return the name that annotations give an image, as written there."""
    return next((name for name in map(descriptor.annotation, NAME_ANNOTATIONS) if name), None)


class LayoutReader:
    """Follows descriptors to manifests and indexes, each read and verified once."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._limits = contents.limits
        self._known: dict[tuple[str, str], Node | None] = {}
        self._weights: dict[int, int] = {}  # by identity: nodes live as long as this reader knows them
        self._counted: set[int] = set()
        self._total = 0
        self._rightly_sized: set[str] = set()
        self._wrongly_sized: dict[str, RegistryError] = {}

    def check_sizes(self) -> None:
        """Raise ValidationError where no manifest of the archive knows the size of a config.

        Real layouts have manifests that err about a config which another manifest gets right; its digest says what it
        is.
        """
        for digest, error in self._wrongly_sized.items():
            if digest not in self._rightly_sized:
                raise error

    def top(self, fields: Fields) -> tuple[Descriptor, Node | None]:
        """Return what one descriptor of index.json names.

        None where it is neither manifest nor index (the specification lets readers pass over those).
        ValidationError where it is absent or incomplete, or its parts contradict each other.
        """
        descriptor = parse_descriptor(fields, strict=False)
        if self._contents.blob(descriptor.digest) is None:
            raise fields.blame.bad(f"lists {descriptor.digest}, which is not in the archive")
        node = self._node(descriptor, 0)
        if node is not None:
            self._count(node, fields.blame)
            self._check_usable(node)
        return descriptor, node

    def _count(self, node: Node, blame: Blame) -> None:
        if id(node) in self._counted:
            return
        self._counted.add(id(node))
        self._total += self._weights.get(id(node), 1)
        if self._total > self._limits.nodes:
            raise blame.bad(f"leads to more than {self._limits.nodes} manifests")

    def _node(self, descriptor: Descriptor, depth: int) -> Node | None:
        key = descriptor.digest, descriptor.media_type
        if key not in self._known:
            self._known[key] = self._read(descriptor, depth)
        return self._known[key]

    def _read(self, descriptor: Descriptor, depth: int) -> Node | None:
        member = self._contents.blob(descriptor.digest)
        if member is None:
            return None
        blame = self._contents.blame.of(member.name)
        if not _is_manifest_type(descriptor.media_type) and member.size > self._limits.manifest:
            return None  # something else, which an index may list
        if depth > self._limits.depth:
            raise blame.bad(f"is an index inside more than {self._limits.depth} indexes")
        data = self._contents.verified(member, descriptor.digest, self._limits.manifest)
        return self._judge(descriptor, data, blame, depth)

    def _judge(self, descriptor: Descriptor, data: bytes, blame: Blame, depth: int) -> Node | None:
        """Tell manifest from index by what is in it; a document that is both means different things to different tools
        (CVE-2021-41190) and is refused."""
        if not _is_manifest_type(descriptor.media_type) and data.lstrip()[:1] != b"{":
            return None
        fields = parse_object(data, blame)
        is_index, is_image = fields.has("manifests"), fields.has("config") or fields.has("layers")
        if is_index and is_image:
            raise blame.bad("is both a manifest and an index")
        if not (is_index or is_image) or "schemaVersion" not in fields.values:
            if _is_manifest_type(descriptor.media_type):
                raise blame.bad("is neither a manifest nor an index")
            return None
        kinds = media_types.INDEXES if is_index else media_types.IMAGES
        own = self._described(descriptor, data, _media_type(fields, kinds), depth)
        return self._index(own, data, fields, depth) if is_index else self._image(own, data, fields, depth)

    def _described(self, descriptor: Descriptor, data: bytes, media_type: str, depth: int) -> Descriptor:
        # A registry names what a tag points to by sha256, whatever index.json names it by.
        digest = digest_of(data) if depth == 0 else descriptor.digest
        return Descriptor(media_type, digest, len(data), (), descriptor.annotations, descriptor.platform)

    def _index(self, own: Descriptor, data: bytes, fields: Fields, depth: int) -> Index:
        children: list[Child] = []
        weight = 1
        for child in fields.objects("manifests"):
            descriptor = parse_descriptor(child)
            node = self._child(descriptor, fields.blame, depth)
            weight += self._weights.get(id(node), 1)
            if weight > self._limits.nodes:
                raise fields.blame.bad(f"leads to more than {self._limits.nodes} manifests")
            children.append(Child(descriptor, node))
        index = Index(data, own, tuple(children))
        self._weights[id(index)] = weight
        return index

    def _child(self, descriptor: Descriptor, blame: Blame, depth: int) -> Node | None:
        node = self._node(descriptor, depth + 1)
        if node is not None and node.descriptor is not None and node.descriptor.size != descriptor.size:
            raise blame.bad(f"says that {descriptor.digest} has {descriptor.size} bytes, but it has"
                            f" {node.descriptor.size}")
        return node

    def _image(self, own: Descriptor, data: bytes, fields: Fields, depth: int) -> Image | None:
        described = fields.object("config")
        if described is None:
            raise fields.blame.bad("names no config")
        listed = fields.objects("layers")
        self._contents.check_layers(len(listed), fields.blame)
        config, layers = parse_descriptor(described), [parse_descriptor(layer) for layer in listed]
        config_member = self._contents.blob(config.digest)
        if config_member is None and depth == 0:
            raise fields.blame.bad(f"names the config {config.digest}, which is not in the archive")
        if config_member is None:
            return None  # what an index lists need not be here
        content = self._contents.verified(config_member, config.digest, self._limits.config)
        config = self._sized(config, len(content), fields.blame)
        artifact = config.media_type not in media_types.CONFIGS or not all(
            media_types.is_layer(layer.media_type) for layer in layers
        )
        said = Config(own.platform, ()) if artifact else self._contents.config(config_member)
        if not artifact:
            check_count(said, layers, fields.blame)
        subject = fields.object("subject")
        return Image(
            config=content, config_descriptor=config, config_member=config_member,
            layers=tuple(self._layer(layer, n, said, artifact, fields.blame) for n, layer in enumerate(layers)),
            platform=said.platform, manifest=data, descriptor=own, artifact=artifact,
            subject=subject.digest("digest") if subject else None,
        )

    def _sized(self, config: Descriptor, size: int, blame: Blame) -> Descriptor:
        if config.size == size:
            self._rightly_sized.add(config.digest)
        else:
            self._wrongly_sized[config.digest] = blame.bad(
                f"says that its config has {config.size} bytes, but it has {size}"
            )
        return dataclasses.replace(config, size=size)

    def _layer(self, layer: Descriptor, n: int, config: Config, artifact: bool, blame: Blame) -> Layer:
        diff_id = None if artifact else config.diff_ids[n]
        member = self._contents.blob(layer.digest)
        if member is None:
            return Layer(None, "", diff_id, layer)
        _check_size(layer, member, blame)
        compression = self._contents.compression(member)
        if diff_id is not None:
            _check_label(layer, compression, diff_id, blame.of(member.name))
        return Layer(member, compression, diff_id, layer)

    def _check_usable(self, node: Node) -> None:
        """Refuse an image without all of its blobs, and an index without one complete child."""
        if isinstance(node, Index):
            if not any(image.complete for image in images_of(node)):
                listed = len(node.children)
                raise self._contents.blame.of(f"index {node.descriptor.digest}").bad(
                    f"lists {counted(listed, 'manifest')}, of which none is complete in the archive" if listed
                    else "lists nothing"
                )
            return
        for layer in node.layers:
            if layer.member is None and not layer.foreign and layer.descriptor is not None:
                raise self._contents.blame.of(f"manifest {_shown_digest(node)}").bad(
                    f"names the layer {layer.descriptor.digest}, which is not in the archive"
                )


def parse_descriptor(fields: Fields, *, strict: bool = True) -> Descriptor:
    """Return a descriptor; without `strict` its size may be absent, as in index.json, which is never pushed."""
    platform = fields.object("platform")
    return Descriptor(
        media_type=fields.text("mediaType", ""),
        digest=fields.digest("digest"),
        size=fields.size("size") if strict or fields.has("size") else 0,
        urls=tuple(fields.texts("urls")),
        annotations=fields.annotations(),
        platform=platform_of(platform) if platform else None,
    )


def _check_size(descriptor: Descriptor, member: Member, blame: Blame) -> None:
    if descriptor.size != member.size:
        raise blame.bad(f"says that {descriptor.digest} has {descriptor.size} bytes, but it has {member.size}")


def _check_label(layer: Descriptor, compression: str, diff_id: str, blame: Blame) -> None:
    """Refuse a layer that its manifest calls uncompressed and that is not what the config says.

    The other way round is left alone: layouts exist whose "gzip" layers are no gzip, and the manifest's digest is kept.
    """
    if not layer.media_type.endswith(".tar"):
        return
    if compression != NONE:
        label = printable(layer.media_type, 80)
        raise blame.bad(f"is called {label} by its manifest, but is compressed with {compression}")
    if layer.digest != diff_id and layer.digest.startswith("sha256:") == diff_id.startswith("sha256:"):
        raise blame.bad(f"is uncompressed and named {layer.digest}, but the config's diff_id is {diff_id}")


def _media_type(fields: Fields, kinds: frozenset[str]) -> str:
    own = fields.text("mediaType", "")
    if own and own not in kinds:
        raise fields.blame.bad(f"has the media type {printable(own, 80)}, but is none")
    if own:
        return own
    # Docker's formats must name themselves, so what does not is OCI's; distribution refuses it under any other name.
    return media_types.OCI_INDEX if kinds is media_types.INDEXES else media_types.OCI_MANIFEST


def _is_manifest_type(media_type: str) -> bool:
    return media_type in media_types.IMAGES or media_type in media_types.INDEXES


def _shown_digest(image: Image) -> str:
    return image.descriptor.digest if image.descriptor else image.config_descriptor.digest
