# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Reads WWW-Authenticate headers: RFC 9110, section 11.6.1, and RFC 6750, section 3, for Bearer.

Nothing a server writes makes the reader fail: what is no challenge is passed over.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_HEADER = 16 * 1024  # characters of one header that are read
MAX_CHALLENGES = 16  # in one header; registries send one or two

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_GAP = re.compile(r"[\s,]*")
_TOKEN68 = re.compile(r"[ \t]+([A-Za-z0-9._~+/-]+=*)[ \t]*(?=,|\Z)")
_NAME = re.compile(r"[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\\?\Z)', re.DOTALL)
_BARE = re.compile(r'[^\s,"]*')


@dataclass(frozen=True)
class Challenge:
    """One way to log in that a server offers: the scheme and its parameters, both names in lower case."""

    scheme: str
    parameters: tuple[tuple[str, str], ...] = ()
    token68: str = ""

    def get(self, name: str) -> str:
        """Return a parameter, "" where it is missing."""
        return dict(self.parameters).get(name, "")


def read_challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Return the challenges of one or more WWW-Authenticate headers, in their order."""
    return tuple(challenge for header in headers for challenge in _read_header(header[:MAX_HEADER]))


def choose(challenges: Iterable[Challenge]) -> Challenge | None:
    """Return the challenge to answer: Bearer where it names a realm, else Basic, else None."""
    offered = tuple(challenges)
    bearer = (one for one in offered if one.scheme == "bearer" and one.get("realm"))
    basic = (one for one in offered if one.scheme == "basic")
    return next(bearer, None) or next(basic, None)


def header_values(headers: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return all values of a header whose name may stand in any case and, in a multidict, more than once."""
    return tuple(value for key, value in headers.items() if key.lower() == name.lower())


def _read_header(header: str) -> t.Iterator[Challenge]:
    position, found = _skip(header, 0), 0
    while position < len(header) and found < MAX_CHALLENGES:
        scheme = _TOKEN.match(header, position)
        if scheme is None or _NAME.match(header, position):
            position = _skip(header, _past_rubbish(header, position))
            continue
        challenge, position = _read_challenge(header, scheme)
        found += 1
        yield challenge
        position = _skip(header, position)


def _read_challenge(header: str, scheme: re.Match[str]) -> tuple[Challenge, int]:
    name = scheme.group().lower()
    token68 = _TOKEN68.match(header, scheme.end())
    if token68 is not None:
        return Challenge(name, token68=token68.group(1)), token68.end()
    parameters, position = _read_parameters(header, scheme.end())
    return Challenge(name, tuple(parameters.items())), position


def _read_parameters(header: str, position: int) -> tuple[dict[str, str], int]:
    parameters: dict[str, str] = {}
    name = _NAME.match(header, position)
    while name is not None:
        value, position = _read_value(header, name.end())
        parameters.setdefault(name.group(1).lower(), value)
        name = _NAME.match(header, position)
    return parameters, position


def _read_value(header: str, position: int) -> tuple[str, int]:
    quoted = _QUOTED.match(header, position)
    if quoted is not None:
        return re.sub(r"\\(.)", r"\1", quoted.group(1), flags=re.DOTALL), quoted.end()
    bare = t.cast("re.Match[str]", _BARE.match(header, position))  # matches the empty string too
    return bare.group(), bare.end()


def _past_rubbish(header: str, position: int) -> int:
    """Return the place behind a parameter that belongs to no scheme, or behind one character that means nothing."""
    name = _NAME.match(header, position)
    return _read_value(header, name.end())[1] if name else position + 1


def _skip(header: str, position: int) -> int:
    return t.cast("re.Match[str]", _GAP.match(header, position)).end()
