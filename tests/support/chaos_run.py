# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many pushes through a registry that fails at random, and the count of what came of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from pytest_oci_registry.tar_factory import TarFactory

SHARE = 0.05  # of all requests meet a fault
AT_ONCE = 4


@dataclass
class Tally:
    """What came of the pushes: how many succeeded, sentences of those that failed, what is wrong in the registry."""

    succeeded: int = 0
    failures: list = field(default_factory=list)
    wrong: list = field(default_factory=list)
    injected: int = 0
    requests: int = 0

    @property
    def share(self):
        """The share of requests that met a fault."""
        return self.injected / self.requests


def push_through_chaos(modules, registry, connection, folder, pushes, seed):
    """Push that many images, a few at once, while a share of all requests fails; then look at every tag."""
    make = TarFactory(folder)
    tars = [make(f"app:{n}", layers=3, size="150KB", seed=f"{seed}-{n}") for n in range(pushes)]
    names = [f"{folder.name}/app{n % 7}" for n in range(pushes)]
    registry.requests.clear()
    rule = registry.chaos(SHARE, seed)

    def push(n):
        return modules("docker_tar_push", path=str(tars[n].path), name=names[n], tags=[f"t{n}"], **connection(registry))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(push, range(pushes)))
    rule.end()
    tally = Tally(injected=rule.injected, requests=len(registry.requests))
    for n, result in enumerate(results):
        judge(tally, result, registry.image(f"{names[n]}:t{n}"), tars[n])
    registry.rules.clear()
    return tally


def judge(tally, result, image, tar):
    """Count one push: a success is the whole image, a failure is the whole image or no tag."""
    if result.get("failed"):
        tally.failures.append(result["msg"])
    else:
        tally.succeeded += 1
    if (image.exists or not result.get("failed")) and not image.matches(tar):
        tally.wrong.append(str(image.matches(tar)))
