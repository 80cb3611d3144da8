# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Is there a registry, and what does it want: GET /v2/ (distribution specification 1.1, "Determining Support")."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..problems import printable
from ..transport.request import Request

if t.TYPE_CHECKING:
    from ..transport.request import Sender

_SCHEME = re.compile(r"(?:^|,)\s*(basic|bearer)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Ping:
    """What a registry says of itself: its API header, None where it sends none, and the login that it wants.

    `auth` is none, basic, bearer, or other.
    """

    api_version: str | None
    auth: str


async def ping(send: Sender) -> Ping:
    """Return what the registry says of itself, once it has accepted our login where it wants one.

    Raises ConnectionFailedError (unreachable, wrong-scheme, untrusted-certificate, not-a-registry) and
    AuthenticationError (no-credentials, login-refused).
    """
    bare = await send.send(Request("ping", "GET", "/v2/", "its API", accept=(200, 401), authorize=False))
    auth = "none" if bare.status == 200 else scheme(bare.headers.get("WWW-Authenticate", ""))
    answer = bare if bare.status == 200 else await send.send(Request("ping", "GET", "/v2/", "its API"))
    version = answer.headers.get("Docker-Distribution-Api-Version")
    return Ping(None if version is None else printable(version), auth)


def scheme(challenge: str) -> str:
    """Return the login that a WWW-Authenticate header asks for; bearer where it offers several."""
    offered = {found.lower() for found in _SCHEME.findall(challenge)}
    return "bearer" if "bearer" in offered else "basic" if offered else "other"
