# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build tarball, sdists and wheels, and check that their versions, the sources and the changelog agree.

Prints each version with the places that contain it. Status 1 if two differ. With `--publish`, as `make release-check`
calls it, status 1 too if changelog fragments are not released yet; between releases they are expected.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import tomllib
from environments import ROOT, ensure
from tree import copy_tree

WORK = ROOT / "build" / "release"
DIST = WORK / "dist"
EXPECTED = {"collection": "1.0.0", "client": "2.0.0", "plugin": "1.0.0"}
Said = dict[str, str]


def main() -> int:
    programs = ensure("dev")
    shutil.rmtree(WORK, ignore_errors=True)
    tree = copy_tree(WORK / "tree")
    build(programs, tree)
    wrong = 0
    for name, said in (("collection", collection(tree)), ("client", client(tree)), ("plugin", plugin(tree))):
        agrees = set(said.values()) == {EXPECTED[name]}
        wrong += not agrees
        print(f"{name} {EXPECTED[name]}: {'agreed by' if agrees else 'NOT agreed by'} {told(said)}")
    left = sorted(file.name for file in (tree / "changelogs" / "fragments").glob("*.y*ml"))
    if left:
        print(f"changelog: {', '.join(left)} not released: antsibull-changelog release")
    for artefact in sorted(DIST.iterdir()):
        print(f"{artefact.stat().st_size:>9} bytes  {artefact.relative_to(ROOT)}")
    return 1 if wrong or (left and "--publish" in sys.argv[1:]) else 0


def build(programs: Path, tree: Path) -> None:
    """Build everything that is uploaded, from a copy of what git knows."""
    for project in (tree, tree / "pytest_oci_registry"):
        run(programs / "python", "-m", "build", "--no-isolation", "--outdir", DIST, project)
    shutil.rmtree(tree / "plugins" / "module_utils" / "registry_api_v2_client.egg-info", ignore_errors=True)
    run(programs / "ansible-galaxy", "collection", "build", "--output-path", DIST, tree)


def run(*words: object) -> None:
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise SystemExit(f"{done.stdout.decode()}\nerror: {' '.join(map(str, words))} failed")


def collection(tree: Path) -> Said:
    """Every place that says the collection's version, and what it says."""
    (built,) = DIST.glob("registry_api-v2-*.tar.gz")
    with tarfile.open(built) as archive:
        inside = archive.extractfile("MANIFEST.json")
        manifest = json.loads(inside.read() if inside else b"{}")
    changelog = re.findall(r"^ {2}([\d.]+):$", (tree / "changelogs" / "changelog.yaml").read_text(), re.MULTILINE)
    return {
        "galaxy.yml": _found(r"^version: ([\d.]+)$", tree / "galaxy.yml"),
        "the tarball": manifest["collection_info"]["version"],
        "its name": built.name.removeprefix("registry_api-v2-").removesuffix(".tar.gz"),
        "changelog.yaml": changelog[-1] if changelog else "nothing",
        "CHANGELOG.md": _found(r"^## v([\d\\.]+)$", tree / "CHANGELOG.md").replace("\\", ""),
        "README.md": _found(r"registry_api-v2-([\d.]+)\.tar\.gz", tree / "README.md"),
    }


def client(tree: Path) -> Said:
    package = tree / "plugins" / "module_utils" / "registry_api_v2_client"
    return _python(tree, package, "registry_api_v2_client")


def plugin(tree: Path) -> Said:
    return _python(tree / "pytest_oci_registry", tree / "pytest_oci_registry", "pytest_oci_registry")


def _python(project: Path, package: Path, name: str) -> Said:
    wheels = list(DIST.glob(f"{name}-*.whl"))
    sdists = list(DIST.glob(f"{name}-*.tar.gz"))
    return {
        "pyproject.toml": tomllib.loads((project / "pyproject.toml").read_text())["project"]["version"],
        "__version__": _found(r"^__version__ = \"([\d.]+)\"$", package / "__init__.py"),
        "the wheel": _metadata(wheels[0]) if len(wheels) == 1 else f"{len(wheels)} wheels",
        "the sdist": sdists[0].name.removeprefix(f"{name}-").removesuffix(".tar.gz") if sdists else "no sdist",
    }


def _metadata(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        return re.findall(r"^Version: (.*)$", archive.read(name).decode(), re.MULTILINE)[0]


def _found(pattern: str, file: Path) -> str:
    found = re.search(pattern, file.read_text() if file.is_file() else "", re.MULTILINE)
    return found[1] if found else "nothing"


def told(said: Said) -> str:
    """The places, with what they say where that differs."""
    alike = len(set(said.values())) == 1
    return ", ".join(place if alike else f"{place} ({version})" for place, version in said.items())


if __name__ == "__main__":
    sys.exit(main())
