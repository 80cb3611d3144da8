# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of docker_tar_push to one push, and back to its values. Private to this collection."""

from __future__ import annotations

import dataclasses
import typing as t

from ._module import CONNECTION, ModuleResult, Spec, at_least, settings_from
from ._words import empty_list, tags_from
from .registry_api_v2_client.copying.pusher import Pusher
from .registry_api_v2_client.copying.request import PushOptions, Source
from .registry_api_v2_client.problems import printable, problem

if t.TYPE_CHECKING:
    from .registry_api_v2_client.copying.result import PushResult

MIN_CHUNK = 64 * 1024  # bytes; each chunk is a request, and whoever writes 5 means 5M
_TARGET: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "aliases": ["repository"]},
    "tags": {"type": "raw", "aliases": ["tag"]},
}
_IMAGE: dict[str, dict[str, t.Any]] = {
    "path": {"type": "path", "required": True}, **_TARGET, "image": {"type": "raw"},
}


def _option(field: dataclasses.Field[t.Any]) -> dict[str, t.Any]:
    """Return the argument spec of one field of PushOptions."""
    kind = str(field.type).partition(" | ")[0]
    spec = {"type": "list", "elements": "str"} if kind.startswith("tuple") else {"type": kind}
    return {**spec, **field.metadata, **({} if field.default in (None, ()) else {"default": field.default})}


def _value(field: dataclasses.Field[t.Any], value: t.Any) -> t.Any:
    return (tuple(value) if isinstance(value, list) else value) if value not in (None, []) else field.default


RULES = dataclasses.fields(PushOptions)
PUSH = CONNECTION + Spec(
    {
        "path": {"type": "list", "elements": "path"},
        **_TARGET,
        "images": {"type": "list", "elements": "dict", "options": _IMAGE},
        **{field.name: _option(field) for field in RULES},
        "max_concurrent_uploads": {"type": "int", "default": 4},
        "chunk_size": {"type": "bytes"},
        "progress": {"type": "bool", "default": False},
        "progress_path": {"type": "path"},
    },
    mutually_exclusive=(("path", "images"), ("name", "images"), ("tags", "images")),
    required_one_of=(("path", "images"),),
)


async def push_images(params: dict[str, t.Any], check_mode: bool) -> ModuleResult:
    """Push what the parameters ask for, or with check mode tell what would be pushed."""
    sources = sources_from(params)
    options = PushOptions(**{field.name: _value(field, params[field.name]) for field in RULES})
    settings = settings_from(
        params, max_concurrent=at_least(1, params, "max_concurrent_uploads"),
        chunk_size=at_least(MIN_CHUNK, params, "chunk_size"),
    )
    async with Pusher(settings) as client:
        result = await _pushed(client, sources, options, check_mode, params["progress_path"])
    empty = () if sources else (empty_list("path" if params["images"] is None else "images", "pushed"),)
    return ModuleResult(result.as_result(), result.error, result.diff(), (*result.warnings, *empty))


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
