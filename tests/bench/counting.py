# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests and bytes of one push, counted by the proxy of our pytest plugin in runs of their own: it costs time."""

from __future__ import annotations

import collections
import shutil
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from contestants import Contestant, environment
from images import Saved
from process import Failed, measure
from server import registry

from pytest_oci_registry.proxy import FaultProxy

_WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Traffic:
    """What one step sent: requests, those that write, and bytes of bodies."""

    requests: int
    writes: int
    sent: int
    operations: dict[str, int]


def traffic(contestant: Contestant, first: t.Sequence[Saved], upgrade: t.Sequence[Saved]) -> dict[str, Traffic]:
    """Return the traffic of each step of a contestant."""
    home = Path(tempfile.mkdtemp(prefix="registry-api-home-"))
    home.chmod(0o700)
    found = {}
    try:
        with registry() as server, FaultProxy(f"http://{server.address}") as proxy:
            for step in contestant.steps:
                tars = upgrade if step == "upgrade" else first
                command = contestant.command(proxy.url.removeprefix("http://"), tars) if tars else []
                if command:
                    proxy.requests.clear()
                    measure([word.replace("HOME/", f"{home}/") for word in command], environment(home))
                    found[step] = _summed(proxy)
    except Failed as error:
        print(f"{contestant.name}: cannot be counted: {error}", flush=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return found


def _summed(proxy: FaultProxy) -> Traffic:
    entries = list(proxy.requests)
    operations = collections.Counter(entry.operation for entry in entries)
    writes = sum(entry.method in _WRITES for entry in entries)
    return Traffic(len(entries), writes, sum(entry.body_size for entry in entries), dict(operations))
