# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an archive may ask of us: a tar is hostile input, so each number that it controls has a limit and its reason."""

from __future__ import annotations

from dataclasses import dataclass, replace

MANIFEST, INDEX = "manifest.json", "index.json"  # docker's list of images, and that of an image layout
MIB, GIB = 1 << 20, 1 << 30
STEP = MIB  # bytes read at a time: large enough for the disk, small enough for the memory


@dataclass(frozen=True)
class Limits:
    """Sizes are bytes. The defaults are well above what any known tool writes."""

    members: int = 200_000  # a save has four per layer; what has more is a file system
    headers: int = 600_000  # tar blocks that describe members: with the PAX format there are two for each
    header_bytes: int = 128 * MIB  # content of PAX and long-name headers of the whole archive
    pax_records: int = 1_500_000  # of the whole archive; GNU tar writes three for each member
    member_names: int = 16 * MIB  # of all members together, kept in memory
    header_data: int = MIB  # one PAX or long-name record; a path ends at 4 KiB
    links: int = 40  # hops from a name to its file, as in Linux (ELOOP)
    path_parts: int = 524_288  # folders looked up in archives that have links, for all names together
    manifest: int = 4 * MIB  # manifests and indexes: what registries accept (distribution, ECR: 4 MiB)
    config: int = 8 * MIB  # container engines refuse configs of 8 MiB and more
    images: int = 10_000  # of one manifest.json or index.json
    layers: int = 4_096  # of one image; engines stop at 127 or 500
    all_layers: int = 50_000  # of all images of an archive
    nodes: int = 20_000  # manifests that the indexes of an archive lead to, each counted as often as it is named
    depth: int = 8  # indexes inside indexes; two are in use
    documents: int = 64 * MIB  # all JSON of one archive, which entries keep in memory
    values: int = 2_000_000  # of all JSON of one archive
    kept_member: int = 8 * MIB  # JSON that the first pass over a compressed archive keeps, one member
    kept_total: int = 16 * MIB  # the same, all of them
    extra_passes: int = 3  # over a compressed archive before it is unpacked to disk instead
    output: int = 1 << 40  # decompressed bytes of one stream
    free_output: int = 4 * GIB  # decompressed bytes before the ratio is looked at
    ratio: int = 1_100  # decompressed to compressed bytes; gzip cannot exceed 1,032
    window: int = 128 * MIB  # memory that an xz or zstd stream may ask for; zstd's own default limit


DEFAULT_LIMITS = Limits()
SMALL = 1_000_000  # bytes of a file that has to be read or refused within a second


def limits_of_file(limits: Limits, size: int) -> Limits:
    """Return the limits for a file of `size` bytes, so that work grows with the file and not with what it claims.

    Digests do not compress, so an image archive needs at least 32 bytes of its file for each blob.
    """
    small = size < SMALL
    return replace(
        limits,
        members=min(limits.members, 16_384 + size // 32),
        headers=min(limits.headers, 24_576 + size // 32),
        header_bytes=min(limits.header_bytes, 2 * MIB + 4 * size),
        pax_records=min(limits.pax_records, 65_536 + size // 4),
        member_names=min(limits.member_names, 2 * MIB + 4 * size),
        path_parts=min(limits.path_parts, 131_072 + size // 4),
        manifest=min(limits.manifest, 2 * MIB + 2 * size),
        config=min(limits.config, 2 * MIB + 2 * size),
        documents=min(limits.documents, 8 * MIB + 4 * size),
        values=min(limits.values, 250_000 + size // 8),
        images=min(limits.images, 1_024 + size // 256),
        all_layers=min(limits.all_layers, 8_192 + size // 64),
        kept_total=min(limits.kept_total, 4 * MIB + 4 * size),
        free_output=min(limits.free_output, 160 * MIB) if small else limits.free_output,
        ratio=min(limits.ratio, 160) if small else limits.ratio,
        window=min(limits.window, 24 * MIB) if small else limits.window,
    )


def with_large_window(limits: Limits) -> Limits:
    """Return the limits for a small file with a large window (xz -9), whose memory is used as the output grows."""
    return replace(limits, window=DEFAULT_LIMITS.window, free_output=min(limits.free_output, 40 * MIB), ratio=40)
