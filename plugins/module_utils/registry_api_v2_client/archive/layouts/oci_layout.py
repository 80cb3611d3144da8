# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The OCI image layout, with index.json: manifests and indexes by digest (image specification 1.1, image-layout.md)."""

from __future__ import annotations

import dataclasses

from ...errors import RegistryError
from ...formats import media_types
from ...images.config import Config, check_count, counted
from ...images.descriptor import Descriptor
from ...images.fields import Fields, parse_object
from ...images.manifest import Manifest, is_artifact, is_document, is_manifest_type, parse_descriptor, parse_manifest
from ...images.model import ABSENT, Child, Image, Index, Layer, Member, Node, images_of
from ...problems import printable
from ...reference import names_no_tag
from ..archive_errors import ArchiveErrors
from ..bytes.codecs import NONE
from ..contents import Contents, digest_of
from ..limits import INDEX

NAME_ANNOTATIONS = ("io.containerd.image.name", "org.opencontainers.image.ref.name")  # the first has the full name


def top_descriptors(contents: Contents) -> list[Fields]:
    """Return what index.json lists; null is an empty list (docker 25 writes it for images saved by ID)."""
    member = contents.table.resolve(INDEX, INDEX)
    fields = contents.object(member, contents.limits.manifest)
    listed = fields.objects("manifests")
    if len(listed) > contents.limits.images:
        raise fields.invalid(f"lists {len(listed)} manifests, where {contents.limits.images} are the limit")
    return listed


def name_of(fields: Fields) -> str | None:
    """Return the name that annotations give an image, as written there; a digest is not a name."""
    annotations = dict(fields.annotations())
    names = (annotations.get(key) for key in NAME_ANNOTATIONS)
    return next((name for name in names if name and not names_no_tag(name)), None)


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

    def size_error(self, node: Node) -> RegistryError | None:
        """Return the error for a config whose size is wrong in every manifest of the archive.

        Real layouts have manifests that err about a config which another manifest gets right; its digest says what it
        is.
        """
        configs = (image.config_descriptor.digest for image in images_of(node))
        wrong = (self._wrongly_sized.get(digest) for digest in configs if digest not in self._rightly_sized)
        return next((error for error in wrong if error is not None), None)

    def top(self, fields: Fields) -> tuple[Descriptor, Node | None]:
        """Return what one descriptor of index.json names.

        None where it is neither manifest nor index (the specification lets readers pass over those).
        ValidationError where it is absent or incomplete, or its parts contradict each other.
        """
        descriptor = parse_descriptor(fields, strict=False)
        if self._contents.blob(descriptor.digest) is None:
            raise fields.invalid(f"lists {descriptor.digest}, which is not in the archive")
        node = self._node(descriptor, 0)
        if node is not None:
            self._count(node, fields)
            self._check_usable(node)
        return descriptor, node

    def _count(self, node: Node, fields: Fields) -> None:
        if id(node) in self._counted:
            return
        self._counted.add(id(node))
        self._total += self._weights.get(id(node), 1)
        if self._total > self._limits.nodes:
            raise self._contents.errors.over_limit(f"leads to more than {self._limits.nodes} manifests")

    def _node(self, descriptor: Descriptor, depth: int) -> Node | None:
        key = descriptor.digest, descriptor.media_type
        if key not in self._known:
            self._known[key] = self._read(descriptor, depth)
        return self._known[key]

    def _read(self, descriptor: Descriptor, depth: int) -> Node | None:
        member = self._contents.blob(descriptor.digest)
        if member is None:
            return None
        errors = self._contents.errors.at(member.name)
        if not is_manifest_type(descriptor.media_type) and member.size > self._limits.manifest:
            return None  # something else, which an index may list
        if depth > self._limits.depth:
            raise errors.invalid(f"is an index inside more than {self._limits.depth} indexes")
        data = self._contents.verified(member, descriptor.digest, self._limits.manifest)
        return self._parsed(descriptor, data, errors, depth)

    def _parsed(self, descriptor: Descriptor, data: bytes, errors: ArchiveErrors, depth: int) -> Node | None:
        """Return the manifest or index; None for anything else, unless it is called one."""
        named = is_manifest_type(descriptor.media_type)
        if not named and (data.lstrip()[:1] != b"{" or not is_document(parse_object(data, errors.invalid))):
            return None
        # A registry names what a tag points to by sha256, whatever index.json names it by.
        digest = digest_of(data) if depth == 0 else descriptor.digest
        manifest = parse_manifest(data, dataclasses.replace(descriptor, media_type="", digest=digest), errors.invalid)
        return self._index(manifest, errors, depth) if manifest.is_index else self._image(manifest, errors, depth)

    def _index(self, manifest: Manifest, errors: ArchiveErrors, depth: int) -> Index:
        children: list[Child] = []
        weight = 1
        for descriptor in manifest.children:
            node = self._child(descriptor, errors, depth)
            weight += self._weights.get(id(node), 1)
            if weight > self._limits.nodes:
                raise errors.over_limit(f"leads to more than {self._limits.nodes} manifests")
            children.append(Child(descriptor, node, "" if node else self._missing(descriptor)))
        index = Index(manifest, tuple(children))
        self._weights[id(index)] = weight
        return index

    def _missing(self, descriptor: Descriptor) -> str:
        if self._contents.blob(descriptor.digest) is None:
            return ABSENT
        if descriptor.media_type in media_types.IMAGES:
            return "its config is not in the archive"
        return "it is not an image manifest or an index"

    def _child(self, descriptor: Descriptor, errors: ArchiveErrors, depth: int) -> Node | None:
        node = self._node(descriptor, depth + 1)
        if node is not None and node.descriptor is not None and node.descriptor.size != descriptor.size:
            raise errors.invalid(
                f"says that {descriptor.digest} has {descriptor.size} bytes, but it has {node.descriptor.size}"
            )
        return node

    def _image(self, manifest: Manifest, errors: ArchiveErrors, depth: int) -> Image | None:
        config, listed = manifest.config, manifest.layers
        if config is None:
            return None  # an OCI artifact manifest
        self._contents.check_layers(len(listed), errors)
        config_member = self._contents.blob(config.digest)
        if config_member is None and depth == 0:
            raise errors.invalid(f"names the config {config.digest}, which is not in the archive")
        if config_member is None:
            return None  # what an index lists need not be here
        content = self._contents.verified(config_member, config.digest, self._limits.config)
        config = self._sized(config, len(content), errors)
        artifact = is_artifact(manifest)
        found = Config(content, manifest.descriptor.platform) if artifact else self._contents.config(config_member)
        if not artifact:
            check_count(found, listed, errors.invalid)
        return Image(
            config=found, config_descriptor=config, config_member=config_member, manifest=manifest, artifact=artifact,
            layers=tuple(self._layer(layer, n, found, artifact, errors) for n, layer in enumerate(listed)),
        )

    def _sized(self, config: Descriptor, size: int, errors: ArchiveErrors) -> Descriptor:
        if config.size == size:
            self._rightly_sized.add(config.digest)
        else:
            self._wrongly_sized[config.digest] = errors.invalid(
                f"says that its config has {config.size} bytes, but it has {size}"
            )
        return dataclasses.replace(config, size=size)

    def _layer(self, layer: Descriptor, n: int, config: Config, artifact: bool, errors: ArchiveErrors) -> Layer:
        diff_id = None if artifact else config.diff_ids[n]
        member = self._contents.blob(layer.digest)
        if member is None:
            return Layer(None, "", diff_id, layer)
        _check_size(layer, member, errors)
        compression = self._contents.compression(member)
        if diff_id is not None:
            _check_label(layer, compression, diff_id, errors.at(member.name))
        return Layer(member, compression, diff_id, layer)

    def _check_usable(self, node: Node) -> None:
        """Refuse an image without all of its blobs, and an index without one complete child."""
        if isinstance(node, Index):
            if not any(image.complete for image in images_of(node)):
                listed = len(node.children)
                raise self._contents.errors.at(f"index {node.descriptor.digest}").invalid(
                    f"lists {counted(listed, 'manifest')}, of which none is complete in the archive" if listed
                    else "lists nothing"
                )
            return
        for layer in node.layers:
            if layer.member is None and not layer.foreign and layer.descriptor is not None:
                raise self._contents.errors.at(f"manifest {_shown_digest(node)}").invalid(
                    f"names the layer {layer.descriptor.digest}, which is not in the archive"
                )


def _check_size(descriptor: Descriptor, member: Member, errors: ArchiveErrors) -> None:
    if descriptor.size != member.size:
        raise errors.invalid(f"says that {descriptor.digest} has {descriptor.size} bytes, but it has {member.size}")


def _check_label(layer: Descriptor, compression: str, diff_id: str, errors: ArchiveErrors) -> None:
    """Refuse a layer that its manifest calls uncompressed and that is not what the config says.

    The other way round is left alone: layouts exist whose "gzip" layers are no gzip, and the manifest's digest is kept.
    """
    if not layer.media_type.endswith(".tar"):
        return
    if compression != NONE:
        label = printable(layer.media_type, 80)
        raise errors.invalid(f"is called {label} by its manifest, but is compressed with {compression}")
    if layer.digest != diff_id and layer.digest.startswith("sha256:") == diff_id.startswith("sha256:"):
        raise errors.invalid(f"is uncompressed and named {layer.digest}, but the config's diff_id is {diff_id}")


def _shown_digest(image: Image) -> str:
    return image.descriptor.digest if image.descriptor else image.config_descriptor.digest
