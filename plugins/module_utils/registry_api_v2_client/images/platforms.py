# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which image of an index is meant: the platform that was asked for, else the one of this machine. Pure."""

from __future__ import annotations

import platform as this
import typing as t

from .descriptor import Platform

# `uname -m` to the words of the image index specification, which are Go's.
_MACHINES: dict[str, tuple[str, str | None]] = {
    "x86_64": ("amd64", None),
    "aarch64": ("arm64", None),
    "i386": ("386", None),
    "i686": ("386", None),
    "armv5l": ("arm", "v5"),
    "armv6l": ("arm", "v6"),
    "armv7l": ("arm", "v7"),
    "armv8l": ("arm", "v7"),
}

_V = t.TypeVar("_V")


def this_machine(machine: str | None = None) -> Platform:
    """Return the platform whose images run here; linux also on macOS, where containers run in a virtual machine."""
    name = (machine or this.machine()).lower()
    architecture, variant = _MACHINES.get(name, (name, None))
    return Platform("linux", architecture, variant)


def matches(wanted: str, platform: Platform | None) -> bool:
    """True if `linux/arm64`, `linux/arm/v7` or, as docker takes it, `arm64` of linux is that platform.

    A variant left out matches any.
    """
    if platform is None:
        return False
    parts = ["linux", wanted] if wanted == platform.architecture else wanted.split("/")
    have = [platform.os, platform.architecture, platform.variant or ""]
    return len(parts) <= 3 and parts == have[: len(parts)]


def choose(candidates: t.Sequence[tuple[Platform | None, _V]], wanted: str | None) -> _V | None:
    """Return the candidate of the wanted platform, None where there is none.

    Where none is wanted: this machine's, else the first.
    """
    if wanted is not None:
        return next((value for have, value in candidates if matches(wanted, have)), None)
    here = this_machine()
    for name in (str(here), f"{here.os}/{here.architecture}"):
        for have, value in candidates:
            if matches(name, have):
                return value
    return candidates[0][1] if candidates else None
