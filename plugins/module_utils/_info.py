# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of registry_info and registry_image_info to one call each. Private to this collection."""

from __future__ import annotations

import typing as t

from ._module import CONNECTION, ModuleResult, Spec, settings_from
from ._words import empty_list, failures_sentence, patterns_from, tag_from
from .registry_api_v2_client.errors import RegistryError
from .registry_api_v2_client.inspection.image import VERIFY, ImageQuery, ImageReport, inspect_image, inspect_images
from .registry_api_v2_client.inspection.registry import inspect_registry
from .registry_api_v2_client.reference import is_digest, split_tag
from .registry_api_v2_client.transport.connected import Connected

REGISTRY_INFO = CONNECTION + Spec({"match": {"type": "raw"}, "limit": {"type": "int"}})

IMAGE_INFO = CONNECTION + Spec(
    {
        "name": {"type": "str", "aliases": ["repository"]},
        "tag": {"type": "raw"},
        "digest": {"type": "str"},
        "images": {"type": "list", "elements": "str"},
        "platform": {"type": "str"},
        "details": {"type": "bool", "default": False},
        "verify": {"type": "str", "choices": list(VERIFY)},
    },
    mutually_exclusive=(("tag", "digest"), ("name", "images"), ("tag", "images"), ("digest", "images")),
    required_one_of=(("name", "images"),),
)
_SHORT = ("exists", "digest", "media_type", "missing")


async def registry_info(params: dict[str, t.Any], _check_mode: bool) -> ModuleResult:
    """Tell what the registry says of itself."""
    match, limit = patterns_from(params["match"], "match"), params["limit"]
    async with Connected(settings_from(params)) as client:
        report = await client.run(
            lambda session: inspect_registry(session, match=match, limit=limit), "The look at the registry"
        )
    return ModuleResult({"changed": False, **report.as_result()}, warnings=report.warnings)


async def image_info(params: dict[str, t.Any], _check_mode: bool) -> ModuleResult:
    """Return what one image, or each image of a list, is made of."""
    if params["images"] is not None:
        return await _image_infos(params)
    reference = params["digest"] or tag_from(params["tag"]) or "latest"
    query = ImageQuery(params["name"] or "", reference, params["platform"], params["verify"])
    async with Connected(settings_from(params)) as client:
        report = await client.run(lambda session: inspect_image(session, query), f"The look at {query.label}")
    return ModuleResult({"changed": False, **report.as_result()}, warnings=report.warnings)


async def _image_infos(params: dict[str, t.Any]) -> ModuleResult:
    details = params["details"]
    names = [_split(image) for image in params["images"]]
    queries = [ImageQuery(*name, params["platform"], params["verify"], details=details) for name in names]
    async with Connected(settings_from(params)) as client:
        reports = await client.run(
            lambda session: inspect_images(session, queries), f"The look at {len(queries)} images"
        )
    infos = [_info(query, report, details) for query, report in zip(queries, reports)]
    failures = [report for report in reports if isinstance(report, RegistryError)]
    values = {"changed": False, "exists": all(info["exists"] for info in infos), "infos": infos}
    warnings = [warning for report in reports if isinstance(report, ImageReport) for warning in report.warnings]
    if not queries:
        warnings.append(empty_list("images", "looked up"))
    if failures:
        values["msg"] = failures_sentence(failures, len(queries), "images", "image")
    return ModuleResult(values, failures[0] if failures else None, warnings=tuple(warnings))


def _split(image: str) -> tuple[str, str]:
    """Return repository and reference of NAME, NAME:TAG or NAME@DIGEST; the digest if both are given."""
    named, _at, digest = image.strip().partition("@")
    name, tag = split_tag(named)
    return name, digest or tag or "latest"


def _info(query: ImageQuery, report: ImageReport | RegistryError, details: bool) -> dict[str, t.Any]:
    """Return the entry of one image. `exists` is None if the registry did not say."""
    error = report if isinstance(report, RegistryError) else None
    values = {**ImageReport().as_result(), "exists": None} if isinstance(report, RegistryError) else report.as_result()
    tag = None if is_digest(query.reference) else query.reference
    return {
        "image": query.label, "name": query.name, "tag": tag,
        **{name: value for name, value in values.items() if details or name in _SHORT},
        "error": error and error.as_values(),
    }
