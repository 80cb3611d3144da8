# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a push is asked to do, as values: which files, under which names, by which rules."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from .plan import PushPlan

_PATH: t.Mapping[str, t.Any] = {"type": "path"}


def _one_of(*choices: str) -> dict[str, t.Any]:
    """Return what the argument spec of modules contains of an option with choices."""
    return {"choices": list(choices)}


@dataclass(frozen=True)
class Source:
    """One archive and what of it goes where.

    `name` is the repository and `tags` are its tags; None takes them from the archive. `image` picks one image by a
    name that it has in the archive or by its number, counted from 1; None takes all.
    """

    path: str
    name: str | None = None
    tags: tuple[str, ...] | None = None
    image: str | None = None


@dataclass(frozen=True)
class PushOptions:
    """The rules of one push. Names, types, choices and defaults of the modules' options are taken from here.

    `prefix` is put before every repository. `platforms` (os/architecture[/variant]) picks children of indexes.
    `index: merge` pushes single-platform images of one name, or all if none has a name, as one multi-platform image.
    `compare` says when a tag is right: image (same config, complete) or digest (exactly our manifest). `force` asks
    for nothing and sends everything; `verify_existing` reads the last byte of each blob that exists.
    `compression` is for raw layers of images that have to be written. Compressed forms that the registry has are used
    where they come out equal, and without compressing where they are trusted: from the record at `cache_path`, from the
    manifests that `reuse_from` names by digest, and with `reuse_trust` from all manifests of the target repository.
    `referrers` sends the signatures and SBOMs of the images that the archive holds; `best_effort` goes on without those
    that the registry cannot hold. `referrer_types` are the artifact types to send, None sends all.
    """

    original_tags: str = field(default="all", metadata=_one_of("all", "first"))
    original_registry: str = field(default="drop", metadata=_one_of("drop", "keep"))
    prefix: str | None = None
    platforms: tuple[str, ...] | None = None
    index: str = field(default="keep", metadata=_one_of("keep", "merge"))
    compare: str = field(default="image", metadata=_one_of("image", "digest"))
    overwrite: bool = True
    force: bool = False
    verify_existing: bool = False
    manifest_format: str = field(default="auto", metadata=_one_of("auto", "oci", "docker"))
    continue_on_error: bool = False
    temp_dir: str | None = field(default=None, metadata=_PATH)
    compression: str = field(default="none", metadata=_one_of("none", "gzip", "zstd"))
    compression_level: int | None = None
    cache_path: str | None = field(default=None, metadata=_PATH)
    reuse_from: tuple[str, ...] = ()
    reuse_trust: bool = False
    referrers: str = field(default="true", metadata=_one_of("true", "false", "best_effort"))
    referrer_types: tuple[str, ...] | None = None


class PushKeywords(t.TypedDict, total=False):
    """The fields of PushOptions as keywords of the library's functions, for type checkers. A test compares them."""

    original_registry: str
    prefix: str | None
    platforms: tuple[str, ...] | None
    index: str
    compare: str
    overwrite: bool
    force: bool
    verify_existing: bool
    manifest_format: str
    temp_dir: str | None
    compression: str
    compression_level: int | None
    cache_path: str | None
    reuse_from: tuple[str, ...]
    reuse_trust: bool
    referrers: str
    referrer_types: tuple[str, ...] | None


PushProgress = t.Callable[[str, int, int], None]  # blob digest, bytes done, bytes in all
PlanKnown = t.Callable[["PushPlan"], None]  # called once, before the first write
