# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate, a password's hash and a free port for the scenario: make_place.py FOLDER."""

from __future__ import annotations

import getpass
import grp
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import trustme

PASSWORD = "a long password of tests"


def main() -> None:
    folder = Path(sys.argv[1])
    executable = shutil.which("docker-registry")
    if executable is None:
        raise SystemExit("docker-registry is not on PATH; Debian and Ubuntu have it as a package")
    (folder / "tls").mkdir()
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(folder / "tls" / "client.pem")
    certificate.private_key_pem.write_to_path(folder / "tls" / "server.key")
    for number, part in enumerate(certificate.cert_chain_pems):
        part.write_to_path(folder / "tls" / "server.pem", append=number > 0)
    words = ["htpasswd", "-nbB", "deployer", PASSWORD]
    hashed = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    place = {
        "port": free_port(), "hash": hashed.strip().partition(":")[2], "executable": executable,
        "user": getpass.getuser(), "group": grp.getgrgid(os.getgid()).gr_name,
    }
    (folder / "place.json").write_text(json.dumps(place))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
