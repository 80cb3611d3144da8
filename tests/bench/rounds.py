# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Contests: each round every contestant pushes to an empty registry of its own, in turn; medians over the rounds."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import typing as t
from dataclasses import asdict, dataclass, field
from pathlib import Path

from contestants import Contestant, environment
from images import Saved
from process import Cost, Failed, measure
from server import registry


@dataclass
class Contest:
    """`first` and `upgrade` are the tars of those steps; `costs` holds all results by (contestant, step)."""

    name: str
    first: t.Sequence[Saved]
    contestants: t.Sequence[Contestant]
    upgrade: t.Sequence[Saved] = ()
    costs: dict[tuple[str, str], list[Cost]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def play(self, rounds: int) -> None:
        """Run all rounds; a contestant that fails once is out, and its last words are kept."""
        for number in range(rounds):
            for contestant in self.contestants:
                if contestant.name in self.failures:
                    continue
                try:
                    self._turn(contestant)
                except Failed as error:
                    self.failures[contestant.name] = str(error)
                    print(f"{self.name}, {contestant.name}: failed: {error}", flush=True)
            print(f"{self.name}: round {number + 1} of {rounds}", flush=True)

    def _turn(self, contestant: Contestant) -> None:
        home = Path(tempfile.mkdtemp(prefix="registry-api-home-"))
        home.chmod(0o700)
        try:
            with registry() as server:
                for step in contestant.steps:
                    tars = self.upgrade if step == "upgrade" else self.first
                    if tars:
                        words = contestant.command(server.address, tars)
                        command = [word.replace("HOME/", f"{home}/") for word in words]
                        cost = measure(command, environment(home), server)
                        self.costs.setdefault((contestant.name, step), []).append(cost)
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def results(self) -> dict[str, t.Any]:
        """Return medians by contestant and step, as plain values."""
        rows: dict[str, dict[str, t.Any]] = {}
        for (contestant, step), costs in self.costs.items():
            rows.setdefault(contestant, {})[step] = asdict(median_of(costs))
        order = [one.name for one in self.contestants if one.name in rows]
        return {"name": self.name, "rows": {name: rows[name] for name in order}, "failures": self.failures}


def median_of(costs: t.Sequence[Cost]) -> Cost:
    """Return the medians of clock, processor and memory, each for itself."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        int(statistics.median(cost.memory for cost in costs)),
        statistics.median(cost.registry for cost in costs),
    )
