# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The documents of one archive: small members, read whole, each once."""

from __future__ import annotations

import hashlib

from ..images.config import Config, parse_config
from ..images.fields import Fields, count_values, parse_object
from ..images.model import LeftOut, Member
from ..problems import printable, printable_name, size_text
from ..referrers.model import Referrer
from .archive_errors import ArchiveErrors
from .bytes.codecs import compression_of
from .bytes.source import TarBytes
from .limits import Limits
from .tar.table import Table


class Contents:
    """What layouts read from: the table of members and the bytes of those that are documents."""

    def __init__(self, table: Table, source: TarBytes, errors: ArchiveErrors, limits: Limits) -> None:
        self.table = table
        self.errors = errors
        self.limits = limits
        self._source = source
        self._documents: dict[int, bytes] = {}
        self._total = 0
        self._values = 0
        self._layers = 0
        self.left_out: list[LeftOut] = []
        self.referrers: tuple[Referrer, ...] = ()
        self._verified: set[tuple[int, str]] = set()
        self._configs: dict[int, Config] = {}

    def leave_out(self, digest: str, media_type: str, reason: str) -> None:
        """Record something that index.json lists and that is not an image."""
        self.left_out.append(LeftOut(self.errors.path, "", printable(digest), printable(media_type), reason))

    def document(self, member: Member, limit: int) -> bytes:
        """Return a member's bytes; ValidationError where it, or all that was read so far, is larger than allowed."""
        known = self._documents.get(member.offset)
        if known is not None and len(known) == member.size:
            return known
        self._total += member.size
        if self._total > self.limits.documents:
            allowed = size_text(self.limits.documents)
            cause = f"brings the archive's JSON to {size_text(self._total)}, where {allowed} are the limit"
            raise self.errors.at(member.name).invalid(cause)
        if member.size > limit:
            allowed = size_text(limit)
            raise self.errors.at(member.name).invalid(f"has {size_text(member.size)}, where {allowed} are the limit")
        data = self._source.read_all(member)
        self._values += count_values(data)
        if self._values > self.limits.values:
            raise self.errors.over_limit(f"holds JSON of more than {self.limits.values} values")
        self._documents[member.offset] = data
        return data

    def read_limited(self, member: Member, limit: int) -> bytes:
        """Return a member's bytes without keeping them; ValidationError where there are more than `limit`."""
        known = self._documents.get(member.offset)
        if known is not None and len(known) == member.size:
            return known
        if member.size > limit:
            allowed = size_text(limit)
            raise self.errors.at(member.name).invalid(f"has {size_text(member.size)}, where {allowed} are the limit")
        return self._source.read_all(member)

    def object(self, member: Member, limit: int) -> Fields:
        """Return the JSON object in a member."""
        return parse_object(self.document(member, limit), self.errors.at(printable_name(member.name)).invalid)

    def compression(self, member: Member) -> str:
        """Return how a member is compressed, told by its first bytes."""
        return compression_of(self._source.head(member))

    def blob(self, digest: str) -> Member | None:
        """Return the file of that digest in an OCI layout (image layout specification, "Blobs"), None if absent."""
        algorithm, dummy, digits = digest.partition(":")
        return self.table.find(f"blobs/{algorithm}/{digits}")

    def verified(self, member: Member, digest: str, limit: int) -> bytes:
        """Return a member's bytes; ValidationError where they do not have that digest."""
        data = self.document(member, limit)
        if (member.offset, digest) not in self._verified:
            actual = digest_of(data, digest)
            if actual != digest:
                raise self.errors.at(member.name).invalid(f"is {actual}, but is named as {digest}")
            self._verified.add((member.offset, digest))
        return data

    def config(self, member: Member) -> Config:
        """Return what an image's config says, parsed once."""
        known = self._configs.get(member.offset)
        if known is None:
            data = self.document(member, self.limits.config)
            known = self._configs[member.offset] = parse_config(data, self.errors.at(member.name).invalid)
        return known

    def check_layers(self, number: int, errors: ArchiveErrors) -> None:
        """Raise ValidationError where an image names too many layers, or all images together do."""
        self._layers += number
        if number > self.limits.layers:
            raise errors.invalid(f"lists {number} layers; the limit is {self.limits.layers}")
        if self._layers > self.limits.all_layers:
            raise errors.invalid(f"brings the archive to {self._layers} layers; the limit is {self.limits.all_layers}")


def digest_of(data: bytes, like: str = "sha256:") -> str:
    """Return the digest of some bytes, by the algorithm of the digest `like`."""
    algorithm = like.partition(":")[0]
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"
