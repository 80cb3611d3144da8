# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Uploads that are open."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from uuid import uuid4

from .content import Spool
from .store import Store


@dataclass
class Upload:
    """One session; `shown` is what its Range header claims, `broken` that a cut made it useless. Sizes are bytes.

    `writers` counts the requests that send a body now, `settled` are the bytes from before the first of them.
    """

    session: str
    repository: str
    spool: Spool
    patches: int = 0
    last_patch: int = 0
    shown: int = 0
    broken: bool = False
    writers: int = 0
    settled: int = 0

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self.spool.size


class UploadSessions:
    """The open uploads of a registry.

    `stateful` ones carry a `_state` that must come back byte for byte, as in distribution.
    """

    def __init__(self, store: Store, stateful: bool = False) -> None:
        self._store = store
        self._stateful = stateful
        self._open: dict[str, Upload] = {}

    def open(self, repository: str) -> Upload:
        """A new session."""
        upload = Upload(str(uuid4()), repository, self._store.spool())
        self._open[upload.session] = upload
        return upload

    def find(self, session: str, repository: str, query: str) -> Upload | None:
        """The session of a request.

        The raw query must hold the state, when there is one to hold and the request carries data.
        """
        upload = self.get(session, repository)
        if upload is None:
            return None
        if self._stateful and query and self.query(upload)[1:] not in query.split("&"):
            return None
        return upload

    def get(self, session: str, repository: str) -> Upload | None:
        """The session of a path."""
        upload = self._open.get(session)
        return upload if upload is not None and upload.repository == repository and not upload.broken else None

    def parse(self, state: str) -> tuple[str, str, int] | None:
        """Session, repository and size of a decoded `_state`; None if it is not one of this registry."""
        try:
            session, size, repository, _end = base64.b64decode(state[:-2], validate=True).decode().split("|")
            return session, repository, int(size)
        except ValueError:
            return None

    def query(self, upload: Upload) -> str:
        """What follows the path of the session's Location."""
        if not self._stateful:
            return ""
        # Characters that a careless URL library decodes or encodes again: %2F, %3D, %2B.
        secret = base64.b64encode(f"{upload.session}|{upload.size}|{upload.repository}|?>~".encode()).decode()
        return "?_state=" + secret.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D") + "%3D%2F"

    def remove(self, upload: Upload) -> None:
        """Close a session."""
        self._open.pop(upload.session, None)

    def forget(self) -> int:
        """Lose all sessions; how many there were."""
        count = len(self._open)
        for upload in self._open.values():
            upload.spool.discard()
        self._open.clear()
        return count
