# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a test does to a registry besides looking at it: faults, lost content, log, a fresh start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from .backends.want import Given
from .fault_controls import FaultControls

if TYPE_CHECKING:
    from .faults import RuleBook
    from .proxy import FaultProxy
    from .request_log import RequestLog
    from .server.registry import EmbeddedRegistry
    from .server.settings import ServerSettings
    from .server.store import Store


class RegistryControls(FaultControls):
    """Methods of the embedded registry, and of the fault proxy in front of a real one.

    Each raises AttributeError, with what to do, for a real registry without the proxy; `store`, `settings`, `cdn_url`
    and `token_url` are those of the embedded registry alone.
    """

    given: Given

    @property
    def rules(self) -> RuleBook:
        """All fault rules."""
        return self._controls("rules").rules

    @property
    def requests(self) -> RequestLog:
        """The request log. Empty it with `requests.clear()`."""
        return self._controls("requests").requests

    def down(self) -> None:
        """Refuse connections until `up`; the port is kept."""
        self._controls("down").down()

    def up(self) -> None:
        """Accept connections again, on the same port."""
        self._controls("up").up()

    def reset(self) -> None:
        """Forget log and rules; the embedded registry also its content, uploads and tokens."""
        self._controls("reset").reset()

    def forget_uploads(self) -> int:
        """Lose all open upload sessions and return their number; clients get 404 BLOB_UPLOAD_UNKNOWN."""
        return self._controls("forget_uploads").forget_uploads()

    def forget_blob(self, repository: str, digest: str) -> None:
        """Lose a blob, as after careless garbage collection."""
        self._controls("forget_blob").forget_blob(repository, digest)

    def lie_about(self, repository: str, digest: str) -> None:
        """Claim a blob whose bytes are lost: HEAD 200, GET truncated. Uploading it again heals it."""
        self._controls("lie_about").lie_about(repository, digest)

    @property
    def store(self) -> Store:
        """What the embedded registry holds; read and fill it directly."""
        return self._embedded("store").store

    @property
    def settings(self) -> ServerSettings:
        """The settings of the embedded registry."""
        return self._embedded("settings").settings

    @property
    def cdn_url(self) -> str:
        """The second origin to which the embedded registry redirects blobs; empty if it does not."""
        return self._embedded("cdn_url").cdn_url

    @property
    def token_url(self) -> str:
        """Where the token service of the embedded registry is."""
        return self._embedded("token_url").token_url

    def _controls(self, name: str) -> Union[EmbeddedRegistry, FaultProxy]:
        controls: Union[EmbeddedRegistry, FaultProxy, None] = self.given.controls
        if controls is None:
            raise AttributeError(f"registry.{name}: the backend {self.given.backend} has no request log and no faults "
                                 "of its own; ask for the proxy: @pytest.mark.registry(proxy=True)")
        return controls

    def _embedded(self, name: str) -> EmbeddedRegistry:
        if self.given.backend != "embedded":
            raise AttributeError(f"registry.{name}: only the backend embedded has it, this one is {self.given.backend}")
        registry: EmbeddedRegistry = self.given.controls
        return registry
