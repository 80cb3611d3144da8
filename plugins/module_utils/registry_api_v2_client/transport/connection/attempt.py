# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One attempt to have a request answered: what sentences about its failure need to know."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ...problems import printable

if t.TYPE_CHECKING:
    from ...reference import Registry
    from ..request import Request
    from .proxies import Proxy


@dataclass(frozen=True)
class Attempt:
    """At which host, on whose behalf, and how long (seconds) one waited for it.

    `host` is the registry itself, or another one that it sent us to.
    """

    registry: Registry
    host: Registry
    request: Request
    timeout: float
    proxy: Proxy | None = None

    @property
    def place(self) -> str:
        """Who was asked, in words."""
        if self.host == self.registry:
            return self.registry.netloc
        return f"{printable(self.host.netloc, 100)} (named by {self.registry.netloc})"
