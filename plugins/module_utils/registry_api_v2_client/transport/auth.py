# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Who may do what: the Authorization header of each request, decided without I/O.

The generators yield what must happen first, a Request to be sent or a Lookup to be run, are sent the Answer or the
Found credentials, and return the outcome. `authorize.py` runs them.
"""

from __future__ import annotations

import time
import typing as t

from ..errors import RegistryError
from ..reference import Registry
from ..settings import Login
from .credentials import Found, Lookup
from .request import Answer, Request

if t.TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

Step = t.Union[Request, Lookup]
Reply = t.Union[Answer, Found]


class Authorizer:
    """What one client knows about the login of one registry: its challenge, its credentials, its tokens."""

    def __init__(
        self,
        registry: Registry,
        login: Login,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        raise NotImplementedError

    def known(self, request: Request) -> Request | None:
        """Return the request with its Authorization header where nothing must be asked first, else None."""
        raise NotImplementedError

    def flow(self, request: Request) -> Generator[Step, Reply, Request]:
        """Return the request with its Authorization header, after what must be asked first.

        Nothing is yielded where the token is at hand; a request to another host comes back as it was.
        """
        raise NotImplementedError

    def renewed(self, request: Request, answer: Answer) -> Generator[Step, Reply, Request | None]:
        """Return the request with a fresh header after this 401, or None where nothing is left to try.

        To be asked once for each request. Costs nothing where another request has renewed the token meanwhile.
        """
        raise NotImplementedError

    def refusal(
        self, request: Request, answer: Answer, code: str | None = None, message: str | None = None
    ) -> Generator[Step, Reply, RegistryError]:
        """Return the error that explains a final 401 or 403; code and message are the registry's own words."""
        raise NotImplementedError
