# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an image's config says of itself: platform and layers (image specification, config.md)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..models import Platform
from ..problems import single_line
from .blame import Blame
from .fields import Fields, parse_object


@dataclass(frozen=True)
class Config:
    """Platform, None where the config names none, and the digests of the uncompressed layers, lowest first."""

    platform: Platform | None
    diff_ids: tuple[str, ...]


def parse_config(data: bytes, blame: Blame) -> Config:
    """Return what the config says; ValidationError where it is no image config."""
    fields = parse_object(data, blame)
    rootfs = fields.object("rootfs")
    return Config(platform_of(fields), tuple(rootfs.digests("diff_ids")) if rootfs else ())


def platform_of(fields: Fields) -> Platform | None:
    """Return the platform that a config, or a descriptor's platform object, names."""
    system, architecture = single_line(fields.text("os", ""), 40), single_line(fields.text("architecture", ""), 40)
    if not (system or architecture):
        return None
    return Platform(system, architecture, single_line(fields.text("variant", ""), 40) or None)


def check_count(config: Config, layers: t.Sequence[t.Any], blame: Blame) -> None:
    """Raise ValidationError where config and layers do not pair up."""
    if len(config.diff_ids) != len(layers):
        raise blame.bad(
            f"names {counted(len(layers), 'layer')}, but its config has {counted(len(config.diff_ids), 'diff_id')}"
        )


def counted(number: int, noun: str) -> str:
    """Return number and noun as they stand in a sentence."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
