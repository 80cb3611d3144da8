# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The file by which other processes find a server: where it listens, which process it is, whom to trust."""

from __future__ import annotations

import json
import os
import secrets
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from .command_errors import CommandError

_TIMEOUT = 5.0
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class State:
    """URL, process id, the file of the certificate authority with TLS, and the key of `/_oci/` if it needs one."""

    url: str
    pid: int
    ca_file: str | None = None
    admin_key: str = field(default="", repr=False)

    def text(self) -> str:
        """The state as JSON, without the key."""
        known = {"url": self.url, "pid": self.pid, "netloc": self.url.partition("//")[2]}
        return json.dumps({**known, "ca_file": self.ca_file} if self.ca_file else known)

    def write(self, path: Path) -> None:
        """Replace the file by a complete new one; its first name cannot be predicted, and links are not followed.

        A file with a key is readable by its owner only. OSError if the folder cannot be written to.
        """
        partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        secret = {"admin_key": self.admin_key} if self.admin_key else {}
        with open(os.open(partial, _CREATE, 0o600 if secret else 0o644), "w", encoding="utf-8") as file:
            file.write(json.dumps({**json.loads(self.text()), **secret}) + "\n")
        partial.replace(path)

    def ask(self, method: str, path: str) -> bytes | None:
        """What the server answers; None when it does not."""
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if self.ca_file:
            import ssl

            if not Path(self.ca_file).exists():
                return None
            handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.ca_file)))
        login = {"Authorization": f"Bearer {self.admin_key}"} if self.admin_key else {}
        request = urllib.request.Request(self.url + path, method=method, headers=login)
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=_TIMEOUT) as answer:
                return bytes(answer.read())
        except OSError:
            return None

    def is_alive(self) -> bool:
        """Whether the very process of this file still serves; a stranger with its port or number is not it."""
        answer = self.ask("GET", "/_oci/state")
        try:
            return answer is not None and json.loads(answer).get("pid") == self.pid
        except (ValueError, AttributeError):
            return False


def read(path: Path) -> State | None:
    """Return the state in a file, None if there is no file.

    CommandError for another content, and for a file or link of another user: `stop` signals the process in it.
    """
    try:
        owners = {path.lstat().st_uid, path.stat().st_uid}
        if owners - {os.geteuid(), 0}:
            raise CommandError(f"{path} belongs to another user; use a state file of your own")
        known = json.loads(path.read_text(encoding="utf-8"))
        return State(known["url"], int(known["pid"]), known.get("ca_file"), known.get("admin_key", ""))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise CommandError(f"{path} is no state file") from None
