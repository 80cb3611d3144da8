# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of Debian that the tests use: which are missing, and their installation without a service being started."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = {
    "docker-registry": "docker-registry",
    "skopeo": "skopeo",
    "podman": "podman",
    "nginx": "nginx-light",
    "htpasswd": "apache2-utils",
    "shellcheck": "shellcheck",
    "curl": "curl",
}
AIOHTTP = "python3-aiohttp"
POLICY = Path("/usr/sbin/policy-rc.d")
KEPT = POLICY.with_name("policy-rc.d.before-registry-api-tests")
REFUSE_ALL = "#!/bin/sh\n# No service starts while the tests of registry_api.v2 install programs.\nexit 101\n"
SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def missing() -> list[str]:
    """Return the packages whose programs are not on this machine."""
    absent = [package for program, package in PACKAGES.items() if shutil.which(program, path=SEARCH) is None]
    return absent if system_aiohttp() else [*absent, AIOHTTP]


def system_aiohttp() -> bool:
    try:
        return subprocess.run([SYSTEM_PYTHON, "-c", "import aiohttp"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str]) -> bool:
    """Install the packages, start none of their services, now or at the next boot. Return whether apt succeeded."""
    before = installed()
    with no_service_starts():
        done = apt("install", *packages) or (apt("update") and apt("install", *packages))
    enabled = [unit for package in sorted(installed() - before) for unit in units(package)]
    if enabled and shutil.which("systemctl"):
        subprocess.run(["systemctl", "--quiet", "disable", *enabled], check=False)
    return done


def apt(*words: str) -> bool:
    """Run apt-get and return whether it succeeded; its output is shown only when it fails."""
    command = ["apt-get", "--quiet", "--yes", "--no-install-recommends", "--option", "DPkg::Lock::Timeout=300", *words]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)  # fmt: skip
    if done.returncode != 0:
        print(done.stdout)
    return done.returncode == 0


@contextmanager
def no_service_starts() -> Iterator[None]:
    """Have invoke-rc.d refuse every start meanwhile; the machine's own policy file comes back afterwards."""
    if POLICY.exists() and not KEPT.exists():
        POLICY.rename(KEPT)
    POLICY.write_text(REFUSE_ALL)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
        if KEPT.exists():
            KEPT.rename(POLICY)


def installed() -> set[str]:
    query = ["dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Package}\n"]
    listing = subprocess.run(query, stdout=subprocess.PIPE, check=True).stdout.decode()
    return {line[3:] for line in listing.splitlines() if line.startswith("ii ")}


def units(package: str) -> list[str]:
    listing = subprocess.run(["dpkg", "-L", package], stdout=subprocess.PIPE, check=True).stdout.decode()
    return re.findall(r"/systemd/system/([^/@\n]+\.(?:service|socket|timer))$", listing, re.MULTILINE)


def main() -> int:
    """Install what is missing where this user may, else say what is left out. Status 1: something is missing still."""
    wanted = missing()
    if wanted and can_install():
        print(f"Debian packages: installing {' '.join(wanted)}", flush=True)
        install(wanted)
        wanted = missing()
    if wanted:
        print(f"left out: checks that need {', '.join(wanted)} (only root can take them from Debian by apt)")
    return 1 if wanted else 0


if __name__ == "__main__":
    sys.exit(main())
