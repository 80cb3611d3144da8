# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an archive may ask of us: a tar is hostile input, so each number that it controls has a limit and its reason."""

from __future__ import annotations

from dataclasses import dataclass

MIB, GIB = 1 << 20, 1 << 30
STEP = MIB  # bytes read at a time: large enough for the disk, small enough for the memory


@dataclass(frozen=True)
class Limits:
    """Sizes are bytes. The defaults are well above what any known tool writes."""

    members: int = 65_536  # a save has four per layer; what has more is a file system
    member_names: int = 16 * MIB  # of all members together, kept in memory
    header_data: int = MIB  # one PAX or long-name record; a path ends at 4 KiB
    links: int = 40  # hops from a name to its file, as in Linux (ELOOP)
    all_links: int = 65_536  # hops for all names of an archive
    manifest: int = 4 * MIB  # manifests and indexes: what registries accept (distribution, ECR: 4 MiB)
    config: int = 8 * MIB  # container engines refuse configs of 8 MiB and more
    images: int = 10_000  # of one manifest.json or index.json
    layers: int = 4_096  # of one image; engines stop at 127 or 500
    all_layers: int = 50_000  # of all images of an archive
    nodes: int = 20_000  # manifests that the indexes of an archive lead to, each counted as often as it is named
    depth: int = 8  # indexes inside indexes; two are in use
    documents: int = 64 * MIB  # all JSON of one archive, which entries keep in memory
    kept_member: int = 8 * MIB  # JSON that the first pass over a compressed archive keeps, one member
    kept_total: int = 16 * MIB  # the same, all of them
    extra_passes: int = 3  # over a compressed archive before it is unpacked to disk instead
    output: int = 1 << 40  # decompressed bytes of one stream
    free_output: int = 4 * GIB  # decompressed bytes before the ratio is looked at
    ratio: int = 1_100  # decompressed to compressed bytes; gzip cannot exceed 1,032
    window: int = 128 * MIB  # memory that an xz or zstd stream may ask for; zstd's own default limit


DEFAULT_LIMITS = Limits()
