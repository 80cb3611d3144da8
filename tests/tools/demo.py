# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make demo`: an image tar goes into a registry by a playbook, twice; the second run must change nothing.

Uses the registry that REGISTRY_URL names, else an embedded one of its own. Writes only below build/demo and .venv-demo
(that is not needed if `make env` was run), and stops what it started.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from environments import ENVIRONMENTS, ROOT, ensure, is_current
from read_back import Difference, read_back

FOLDER = ROOT / "build" / "demo"
STATE = FOLDER / "registry.json"
TAR = FOLDER / "app.tar"
QUICKSTART = ROOT / "docs" / "examples" / "quickstart.yml"
REPOSITORY = "demo/app"
TAGS = ("1.0", "latest")
START_LIMIT = 30
RECAP = re.compile(r"^localhost +: ok=.*\bchanged=(\d+).*\bfailed=(\d+)", re.MULTILINE)
DROPPED = ("ANSIBLE_", "REGISTRY_", "DOCKER_", "XDG_", "PYTHON")


class DemoError(Exception):
    """A step of the demo did not end as it must; the text says which and why."""


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        demo(os.environ.get("REGISTRY_URL"))
    except (DemoError, Difference, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def demo(registry: str | None) -> None:
    # The environment of the tests holds all that the demo needs.
    programs = ENVIRONMENTS["dev"].bin if is_current(ENVIRONMENTS["dev"]) else ensure("demo")
    prepare()
    variables = environment(programs)
    install_collection(variables)
    write_tar(seed="demo" if registry is None else str(time.time_ns()))
    if registry is not None:
        play_twice(registry.rstrip("/"), variables, log_kept=False)
        return
    with embedded_registry(variables) as url:
        play_twice(url, variables, log_kept=True)


def prepare() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name in ("home", "tmp"):
        (FOLDER / name).mkdir(parents=True)


def environment(programs: Path) -> dict[str, str]:
    """Return the variables of everything that runs here: this tree's code, a home and a temporary folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
    return {
        **kept,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(FOLDER / "home"),
        "TMPDIR": str(FOLDER / "tmp"),
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1,localhost"))),
        "ANSIBLE_COLLECTIONS_PATH": str(FOLDER / "collections"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
    }


def install_collection(variables: Mapping[str, str]) -> None:
    words = ["ansible-galaxy", "collection", "install", ".", "-p", str(FOLDER / "collections"), "--offline", "--force"]
    run(words, variables, "installing the collection from this tree")


def write_tar(seed: str) -> None:
    """Write a tar as `docker save` does, without docker. Another seed gives another image."""
    sys.path.insert(0, str(ROOT))
    from pytest_oci_registry.tars import ImageSpec, save_tar

    image = ImageSpec((f"{REPOSITORY}:{TAGS[0]}",), layers=3, size="3MB", seed=seed)
    save_tar(TAR, image, layout="docker25")
    print(f"image: {TAR.relative_to(ROOT)}, {TAR.stat().st_size} bytes, as docker save writes it")


@contextmanager
def embedded_registry(variables: Mapping[str, str]) -> Iterator[str]:
    """Serve the embedded registry on a free port meanwhile; gives its URL."""
    words = ["python", "-m", "pytest_oci_registry", "serve", "--port", "0", "--state-file", str(STATE)]
    with (FOLDER / "registry.log").open("w") as log:
        server = subprocess.Popen(words, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield url_of(server)
    finally:
        stop(server)


def url_of(server: subprocess.Popen[bytes]) -> str:
    """Return the URL as soon as the server has written it to its state file."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and server.poll() is None:
        if STATE.is_file():
            return str(json.loads(STATE.read_text())["url"])
        time.sleep(0.05)
    raise DemoError(f"the embedded registry did not start: {(FOLDER / 'registry.log').read_text()[-2000:]}")


def stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def play_twice(registry: str, variables: Mapping[str, str], *, log_kept: bool) -> None:
    """Play the quickstart, read the image back, play again; the second run must send no write."""
    print(f"registry: {registry}")
    first = play(registry, variables, changed=1)
    digests = {read_back(registry, REPOSITORY, tag, TAR) for tag in TAGS}
    print(f"read back: manifest, config and layers of {REPOSITORY} are those of the tar")
    writes = logged_writes(variables) if log_kept else []
    second = play(registry, variables, changed=0)
    if log_kept and not writes:
        raise DemoError("the registry's request log shows no write of the first run, so it proves nothing")
    if log_kept and logged_writes(variables) != writes:
        raise DemoError("the second run sent writes:\n" + "\n".join(logged_writes(variables)[len(writes) :]))
    tell(registry, variables)
    print(first, second, sep="\n")
    print(f"demo: pushed {len(digests)} images; second run changed 0")


def play(registry: str, variables: Mapping[str, str], *, changed: int) -> str:
    """Play the quickstart and return the recap, which must tell no failure and `changed` changes."""
    words = ["ansible-playbook", str(QUICKSTART), "--extra-vars", f"image_tar={TAR}"]
    output = run(words, {**variables, "REGISTRY_URL": registry}, "playing the quickstart")
    found = RECAP.search(output)
    if found is None or found.groups() != (str(changed), "0"):
        raise DemoError(f"{output}\nthe recap does not say changed={changed} failed=0")
    return output[output.index("PLAY RECAP") :].strip()


def logged_writes(variables: Mapping[str, str]) -> list[str]:
    """Return the POST, PUT, PATCH and DELETE requests that the embedded registry has seen, one line each."""
    words = ["python", "-m", "pytest_oci_registry", "requests", "--state-file", str(STATE), "--writes"]
    return run(words, variables, "reading the request log").splitlines()


def tell(registry: str, variables: Mapping[str, str]) -> None:
    """Print the digest as skopeo reads it, where there is skopeo."""
    if shutil.which("skopeo") is None:
        return
    image = f"docker://{urlsplit(registry).netloc}/{REPOSITORY}:{TAGS[0]}"
    plain = ["--tls-verify=false"] if registry.startswith("http://") else []
    words = ["skopeo", "inspect", *plain, "--format", "{{.Digest}}", image]
    print(f"$ {' '.join(words)}", run(words, variables, "asking skopeo").strip(), sep="\n")


def run(words: list[str], variables: Mapping[str, str], doing: str) -> str:
    """Run a program and return what it printed; its output is shown only when it fails. Raises DemoError."""
    done = subprocess.run(words, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)  # fmt: skip
    if done.returncode != 0:
        raise DemoError(f"{done.stdout}\n{doing} ended with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
