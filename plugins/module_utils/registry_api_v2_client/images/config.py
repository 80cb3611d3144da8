# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an image's config contains: platform, layers, age and labels (image specification, config.md)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..formats.durations import parse_moment
from .descriptor import Platform
from .fields import Fields, Invalid, parse_object
from .manifest import parse_platform

MAX_LABEL = 4096  # characters of a label's value that results hold


@dataclass(frozen=True)
class Config:
    """A config: its bytes, its platform, and the digests of the uncompressed layers, lowest first.

    `created` is seconds since 1970, None if unknown. The config of an artifact has bytes only.
    """

    data: bytes = field(repr=False)
    platform: Platform | None = None
    diff_ids: tuple[str, ...] = ()
    created: float | None = None
    labels: t.Mapping[str, str] = field(default_factory=dict, compare=False)


def parse_config(data: bytes, invalid: Invalid) -> Config:
    """Return what the config contains; raises an error of `invalid` if it is not an image config.

    Age and labels are for people, so that unreadable ones count as absent.
    """
    fields = parse_object(data, invalid)
    rootfs = fields.object("rootfs")
    diff_ids = tuple(rootfs.digests("diff_ids")) if rootfs else ()
    created = parse_moment(fields.values.get("created"))
    return Config(data, parse_platform(fields), diff_ids, created, _labels(fields))


def check_count(config: Config, layers: t.Sequence[t.Any], invalid: Invalid) -> None:
    """Raise an error of `invalid` if config and layers do not pair up."""
    if len(config.diff_ids) != len(layers):
        raise invalid(
            f"names {counted(len(layers), 'layer')}, but its config has {counted(len(config.diff_ids), 'diff_id')}"
        )


def counted(number: int, noun: str) -> str:
    """Return number and noun as they stand in a sentence."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _labels(fields: Fields) -> dict[str, str]:
    settings = fields.values.get("config")
    labels = settings.get("Labels") if isinstance(settings, dict) else None
    if not isinstance(labels, dict):
        return {}
    return {str(name): value[:MAX_LABEL] for name, value in labels.items() if isinstance(value, str)}
