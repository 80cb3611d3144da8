# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A certificate for 127.0.0.1 and localhost, made when somebody asks for TLS."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .want import MissingBackend


@dataclass(frozen=True)
class Certificates:
    """Files of a server certificate, its key, and the authority that signed it."""

    certificate: Path
    key: Path
    ca: Path


def make_certificates(folder: Path, *names: str) -> Certificates:
    """New files in the folder. Raises MissingBackend without the package trustme."""
    try:
        import trustme
    except ImportError:
        raise MissingBackend("a registry with TLS needs the package trustme: pip install trustme.") from None
    authority = trustme.CA()
    made = Certificates(folder / "server.pem", folder / "server.key", folder / "ca.pem")
    issued = authority.issue_cert(*(names or ("127.0.0.1", "localhost", "::1")))
    made.certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(made.key))
    authority.cert_pem.write_to_path(str(made.ca))
    return made
