# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work that is no push: details of 1,000 tags, and a task that changes nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import typing as t
import urllib.request
from pathlib import Path

from contestants import HERE, environment, without_cache
from images import Saved
from process import Cost, measure
from rounds import median_of
from server import registry

ROOT = HERE.parents[1]
TAGS = 1000
SAMPLE = 50  # of those tags that skopeo is asked for; its time is multiplied
_TYPE = "application/vnd.oci.image.manifest.v1+json"


def _send(method: str, url: str, data: bytes, kind: str = "application/octet-stream") -> str:
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.headers.get("Location", ""))


def _blob(base: str, data: bytes) -> dict[str, t.Any]:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    location = _send("POST", f"{base}/blobs/uploads/", b"")
    _send("PUT", f"{location}&digest={digest}", data)
    return {"digest": digest, "size": len(data)}


def seed_tags(address: str, count: int) -> None:
    """Write images that differ in their config and share a layer, one tag each."""
    base = f"http://{address}/v2/bench/tags"
    layer = {**_blob(base, b"\0" * 10240), "mediaType": "application/vnd.oci.image.layer.v1.tar"}
    for number in range(count):
        config = json.dumps({
            "architecture": "amd64", "os": "linux", "config": {"Labels": {"number": str(number)}},
            "created": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}Z",
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
        }).encode()
        about = {**_blob(base, config), "mediaType": "application/vnd.oci.image.config.v1+json"}
        manifest = {"schemaVersion": 2, "mediaType": _TYPE, "config": about, "layers": [layer]}
        _send("PUT", f"{base}/manifests/1.{number}", json.dumps(manifest).encode(), _TYPE)


def tag_details(rounds: int, home: Path) -> dict[str, Cost]:
    """Return the medians for details of 1,000 tags: ours, and a loop of skopeo inspect, from a sample."""
    costs: dict[str, list[Cost]] = {}
    with registry() as address:
        seed_tags(address, TAGS)
        for number in range(rounds):
            mine = [sys.executable, str(HERE / "ours.py"), "tags", f"http://{address}", "bench/tags"]
            costs.setdefault("ours", []).append(measure(mine, environment(home)))
            if shutil.which("skopeo"):
                costs.setdefault("skopeo inspect loop", []).append(_inspect_loop(address, home))
            print(f"details of tags: round {number + 1} of {rounds}", flush=True)
    return {name: median_of(found) for name, found in costs.items()}


def _inspect_loop(address: str, home: Path) -> Cost:
    step = TAGS // SAMPLE
    script = "\n".join(
        f"skopeo inspect --no-tags --tls-verify=false docker://{address}/bench/tags:1.{number}"
        for number in range(0, TAGS, step)
    )
    cost = measure(without_cache(script), environment(home))
    return Cost(cost.wall * step, cost.cpu * step, cost.memory)


def quiet_task(rounds: int, saved: Saved, home: Path, folder: Path) -> dict[str, Cost]:
    """Return the medians of `ansible -m ping`, of a task that finds nothing to do, and of importing aiohttp."""
    tree = folder / "collections" / "ansible_collections" / "registry_api"
    tree.mkdir(parents=True, exist_ok=True)
    if not (tree / "v2").is_symlink():
        (tree / "v2").symlink_to(ROOT)
    settings = {
        "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"), "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false", "ANSIBLE_PIPELINING": "1", **environment(home),
    }
    base = ["ansible", "localhost", "-e", f"ansible_python_interpreter={sys.executable}", "-m"]
    costs: dict[str, list[Cost]] = {}
    with registry() as address:
        task = f"path={saved.path} registry_url=http://{address}"
        commands = {
            "ansible -m ping": [*base, "ping"],
            "docker_tar_push, nothing to do": [*base, "registry_api.v2.docker_tar_push", "-a", task],
            "python -c 'import aiohttp'": [sys.executable, "-c", "import aiohttp"],
            "python -c pass": [sys.executable, "-c", "pass"],
        }
        measure(commands["docker_tar_push, nothing to do"], settings)
        for _number in range(rounds):
            for name, command in commands.items():
                costs.setdefault(name, []).append(measure(command, settings))
    return {name: median_of(found) for name, found in costs.items()}
