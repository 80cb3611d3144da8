# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is measured: commands that bring an image into a registry, ours and those of others."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

from images import Images, Saved

HERE = Path(__file__).resolve().parent
SYSTEM_CACHE = Path("/var/lib/containers/cache")  # where skopeo remembers digests when root runs it

Command = t.List[str]


@dataclass(frozen=True)
class Contestant:
    """A name, and how it pushes: `command(registry, tars)`; `environment` is added to a clean one."""

    name: str
    command: t.Callable[[str, t.Sequence[Saved]], Command]
    steps: tuple[str, ...] = ("first", "second", "upgrade")


def ours(name: str, steps: tuple[str, ...] = ("first", "second", "upgrade"), **options: t.Any) -> Contestant:
    """The library in a process of its own, interpreter and imports included."""

    def command(registry: str, tars: t.Sequence[Saved]) -> Command:
        paths = [str(one.path) for one in tars]
        return [sys.executable, str(HERE / "ours.py"), "push", f"http://{registry}", json.dumps(options), *paths]

    return Contestant(name, command, steps)


def curl(streams: int, images: Images) -> Contestant:
    """The same bytes by `curl -T`, layer by layer."""

    def command(registry: str, tars: t.Sequence[Saved]) -> Command:
        files = [str(path) for path in images.layer_files(tars)]
        return ["sh", str(HERE / "curl.sh"), str(streams), f"http://{registry}/v2/bench/curl", *files]

    return Contestant(f"curl -T, {streams} stream{'s' if streams > 1 else ''}", command, ("first",))


def skopeo(steps: tuple[str, ...] = ("first", "second", "upgrade")) -> Contestant:
    """skopeo copy, with its cache of digests out of reach: as on a machine that did not push this image before."""

    def command(registry: str, tars: t.Sequence[Saved]) -> Command:
        copies = [
            f"skopeo --insecure-policy copy -q --dest-tls-verify=false docker-archive:{shlex.quote(str(one.path))} "
            f"docker://{registry}/{one.name}" for one in tars
        ]
        return without_cache("\n".join(copies))

    return Contestant("skopeo", command, steps)


def without_cache(script: str) -> Command:
    """Return a command that runs a script with an empty cache of containers/image."""
    if os.geteuid() != 0:
        empty = "XDG_DATA_HOME=$(mktemp -d)\nexport XDG_DATA_HOME\n"
        return ["sh", "-e", "-c", f'{empty}{script}\nrm -rf "$XDG_DATA_HOME"']
    hidden = f"mkdir -p {SYSTEM_CACHE}\nmount -t tmpfs none {SYSTEM_CACHE}\n"
    return ["unshare", "--mount", "sh", "-e", "-c", hidden + script]


def _crane(registry: str, tars: t.Sequence[Saved]) -> Command:
    script = "\n".join(f"crane push --insecure {shlex.quote(str(one.path))} {registry}/{one.name}" for one in tars)
    return ["sh", "-e", "-c", script]


def _regctl(registry: str, tars: t.Sequence[Saved]) -> Command:
    copies = [f"regctl image import {registry}/{one.name} {shlex.quote(str(one.path))}" for one in tars]
    return ["sh", "-e", "-c", "\n".join([f"regctl registry set --tls disabled {registry}", *copies])]


def _podman(registry: str, tars: t.Sequence[Saved]) -> Command:
    options = '--root "$STORE/root" --runroot "$STORE/run" --storage-driver vfs'
    lines = ["STORE=$(mktemp -d -p /dev/shm)", 'trap \'rm -rf "$STORE"\' EXIT']
    for one in tars:
        lines.append(f"podman {options} load -q -i {shlex.quote(str(one.path))}")
        lines.append(f"podman {options} push -q --tls-verify=false {one.name} docker://{registry}/{one.name}")
    return without_cache("\n".join(lines))


def others() -> list[Contestant]:
    """The tools that are on PATH."""
    found = [skopeo()] if shutil.which("skopeo") else []
    for name, command in (("crane", _crane), ("regctl", _regctl)):
        if shutil.which(name):
            found.append(Contestant(name, command))
    if shutil.which("podman"):
        found.append(Contestant("podman load and push", _podman, ("first",)))
    return found


def versions() -> list[str]:
    """Return what the others say of themselves."""
    asked = {"skopeo": "--version", "crane": "version", "regctl": "version", "podman": "--version", "curl": "--version"}
    return [f"{name}: {_said(name, option)}" for name, option in asked.items() if shutil.which(name)]


def _said(name: str, option: str) -> str:
    text = subprocess.run([name, option], capture_output=True, text=True, check=False).stdout
    return (text.splitlines() or ["?"])[0][:60]


def environment(home: Path) -> dict[str, str]:
    """A clean environment: nobody's login, proxy or cache."""
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": search, "HOME": str(home), "LC_ALL": "C.UTF-8"}
