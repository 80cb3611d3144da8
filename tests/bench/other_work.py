# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work that is no push: details of 1,000 tags, and a task that changes nothing."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import sys
import typing as t
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from contestants import HERE, environment, without_cache
from images import Saved
from process import Cost, measure
from rounds import median_of
from server import Server, registry

ROOT = HERE.parents[1]
REPOSITORY = "bench/tags"
TAGS, IMAGES = 1000, 200  # as repositories are: an image has several tags
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


@dataclass(frozen=True)
class Seeded:
    """What a client has to ask for: every tag, every manifest, every config."""

    tags: list[str]
    manifests: list[str]
    configs: list[str]


def seed_tags(address: str) -> Seeded:
    """Write images that differ in their config and share a layer, each under several tags."""
    base = f"http://{address}/v2/{REPOSITORY}"
    layer = {**_blob(base, b"\0" * 10240), "mediaType": "application/vnd.oci.image.layer.v1.tar"}
    seeded = Seeded([f"1.{number}" for number in range(TAGS)], [], [])
    for number in range(IMAGES):
        config = json.dumps({
            "architecture": "amd64", "os": "linux", "config": {"Labels": {"number": str(number)}},
            "created": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}Z",
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
        }).encode()
        about = {**_blob(base, config), "mediaType": "application/vnd.oci.image.config.v1+json"}
        manifest = json.dumps({"schemaVersion": 2, "mediaType": _TYPE, "config": about, "layers": [layer]}).encode()
        for tag in seeded.tags[number::IMAGES]:
            _send("PUT", f"{base}/manifests/{tag}", manifest, _TYPE)
        seeded.manifests.append(f"sha256:{hashlib.sha256(manifest).hexdigest()}")
        seeded.configs.append(str(about["digest"]))
    return seeded


def tag_details(rounds: int, home: Path) -> dict[str, Cost]:
    """Return the medians for details of 1,000 tags: ours, the same requests by curl, loops of skopeo inspect."""
    costs: dict[str, list[Cost]] = {}
    with registry() as server:
        seeded = seed_tags(server.address)
        mine = [sys.executable, str(HERE / "ours.py"), "tags", f"http://{server.address}", REPOSITORY]
        bare = _by_curl(f"http://{server.address}/v2/{REPOSITORY}", seeded, home)
        for number in range(rounds):
            costs.setdefault("ours", []).append(measure(mine, environment(home), server))
            costs.setdefault("curl, the same requests", []).append(measure(bare, environment(home), server))
            if shutil.which("skopeo"):
                costs.setdefault("skopeo inspect loop", []).append(_inspect_loop(server, home, ""))
                costs.setdefault("skopeo inspect --no-tags loop", []).append(_inspect_loop(server, home, "--no-tags"))
            print(f"details of tags: round {number + 1} of {rounds}", flush=True)
    return {name: median_of(found) for name, found in costs.items()}


def _by_curl(base: str, seeded: Seeded, home: Path) -> list[str]:
    """Return a command that only asks, 16 at once over kept connections: what the registry itself costs."""
    asked = {
        "--head": [f"manifests/{tag}" for tag in seeded.tags],
        "--get": [f"manifests/{digest}" for digest in seeded.manifests] + [f"blobs/{one}" for one in seeded.configs],
    }
    lines = []
    for method, targets in asked.items():
        config = home / f"curl{method}"
        config.write_text("".join(f'url = "{base}/{target}"\noutput = "/dev/null"\n' for target in targets))
        lines.append(f"curl -sS -Z --parallel-max 16 {method} -H 'Accept: {_TYPE}' -K {shlex.quote(str(config))}")
    return ["sh", "-e", "-c", "\n".join(lines)]


def _inspect_loop(server: Server, home: Path, option: str) -> Cost:
    step = TAGS // SAMPLE
    script = "\n".join(
        f"skopeo inspect {option} --tls-verify=false docker://{server.address}/{REPOSITORY}:1.{number}"
        for number in range(0, TAGS, step)
    )
    cost = measure(without_cache(script), environment(home), server)
    return Cost(cost.wall * step, cost.cpu * step, cost.memory, cost.registry * step)


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
    with registry() as server:
        task = f"path={saved.path} registry_url=http://{server.address}"
        commands = {
            "ansible -m ping": [*base, "ping"],
            "docker_tar_push, nothing to do": [*base, "registry_api.v2.docker_tar_push", "-a", task],
            "python -c 'import aiohttp'": [sys.executable, "-c", "import aiohttp"],
            "python -c pass": [sys.executable, "-c", "pass"],
        }
        measure(commands["docker_tar_push, nothing to do"], settings)
        for _number in range(rounds):
            for name, command in commands.items():
                costs.setdefault(name, []).append(measure(command, settings, server))
    return {name: median_of(found) for name, found in costs.items()}
