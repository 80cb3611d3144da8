# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of docker_tar_push to one push, and back to its values. Private to this collection."""

from __future__ import annotations

import typing as t

from ._module import CONNECTION, Outcome, Spec, at_least, settings_from
from ._words import tags_from
from .registry_api_v2_client.problems import printable, problem
from .registry_api_v2_client.push.pusher import Pusher
from .registry_api_v2_client.push.request import (
    COMPARE,
    COMPRESSIONS,
    MANIFEST_FORMATS,
    ORIGINAL_REGISTRY,
    ORIGINAL_TAGS,
    PushOptions,
    Source,
)

if t.TYPE_CHECKING:
    from .registry_api_v2_client.push.result import PushResult

MIN_CHUNK = 64 * 1024  # bytes; each chunk is a request, and whoever writes 5 means 5M
_TARGET: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "aliases": ["repository"]},
    "tags": {"type": "raw", "aliases": ["tag"]},
}
_IMAGE: dict[str, dict[str, t.Any]] = {
    "path": {"type": "path", "required": True}, **_TARGET, "image": {"type": "raw"},
}

PUSH = CONNECTION + Spec(
    {
        "path": {"type": "list", "elements": "path"},
        **_TARGET,
        "images": {"type": "list", "elements": "dict", "options": _IMAGE},
        "original_tags": {"type": "str", "choices": list(ORIGINAL_TAGS), "default": "all"},
        "original_registry": {"type": "str", "choices": list(ORIGINAL_REGISTRY), "default": "drop"},
        "prefix": {"type": "str"},
        "platforms": {"type": "list", "elements": "str"},
        "compare": {"type": "str", "choices": list(COMPARE), "default": "image"},
        "overwrite": {"type": "bool", "default": True},
        "force": {"type": "bool", "default": False},
        "verify_existing": {"type": "bool", "default": False},
        "manifest_format": {"type": "str", "choices": list(MANIFEST_FORMATS), "default": "auto"},
        "continue_on_error": {"type": "bool", "default": False},
        "max_concurrent_uploads": {"type": "int", "default": 4},
        "chunk_size": {"type": "bytes"},
        "temp_dir": {"type": "path"},
        "compression": {"type": "str", "choices": list(COMPRESSIONS), "default": "none"},
        "compression_level": {"type": "int"},
        "cache_path": {"type": "path"},
        "reuse_from": {"type": "list", "elements": "str"},
        "reuse_trust": {"type": "bool", "default": False},
        "progress": {"type": "bool", "default": False},
        "progress_path": {"type": "path"},
    },
    mutually_exclusive=(("path", "images"), ("name", "images"), ("tags", "images")),
    required_one_of=(("path", "images"),),
)
_OPTIONS = (
    "original_tags", "original_registry", "prefix", "compare", "overwrite", "force", "verify_existing",
    "manifest_format", "continue_on_error", "temp_dir", "compression", "compression_level", "cache_path", "reuse_trust",
)


async def push_images(params: dict[str, t.Any], check_mode: bool) -> Outcome:
    """Push what the parameters ask for, or with check mode tell what would be pushed."""
    sources = sources_from(params)
    options = PushOptions(
        platforms=tuple(params["platforms"]) if params["platforms"] else None,
        reuse_from=tuple(params["reuse_from"] or ()),
        **{name: params[name] for name in _OPTIONS},
    )
    settings = settings_from(
        params, max_concurrent=at_least(1, params, "max_concurrent_uploads"),
        chunk_size=at_least(MIN_CHUNK, params, "chunk_size"),
    )
    async with Pusher(settings) as client:
        result = await _pushed(client, sources, options, check_mode, params["progress_path"])
    return Outcome(result.as_result(), result.error, result.diff(), result.warnings)


async def _pushed(
    client: Pusher, sources: list[Source], options: PushOptions, check_mode: bool, progress_path: str | None
) -> PushResult:
    if progress_path is None or check_mode:
        return await client.push(sources, options, check=check_mode)
    from ._progress import ProgressFile  # not loaded by the other pushes

    async with ProgressFile(progress_path) as file:
        return await client.push(sources, options, progress=file.tally.moved, planned=file.tally.planned)


def sources_from(params: dict[str, t.Any]) -> list[Source]:
    """Return the sources that `path` or `images` describe; ValidationError for empty words and numbers as tags."""
    if params["images"] is not None:
        return [
            Source(_path(image["path"]), _name(image["name"]), tags_from(image["tags"]), _image(image["image"]))
            for image in params["images"]
        ]
    name, tags = _name(params["name"]), tags_from(params["tags"])
    return [Source(_path(path), name, tags) for path in params["path"] or []]


def _path(path: str) -> str:
    if not path.strip():
        raise problem("bad-option", option="path", cause="is empty", advice="Name an image archive.")
    return path


def _name(name: str | None) -> str | None:
    if name is not None and not name.strip():
        raise problem("bad-option", option="name", cause="is empty", advice="Name a repository, or leave name out.")
    return name


def _image(value: t.Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, (bool, float)) or not isinstance(value, (str, int)) or not str(value).strip():
        raise problem(
            "bad-option", option="image", cause=f"is {printable(repr(value), 60)}",
            advice="Give a quoted name that the image has in the archive, or its number.",
        )
    return str(value).strip()
