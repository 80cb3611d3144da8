# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Certificates of a test registry: given as files, or made on the spot by `trustme`."""

from __future__ import annotations

import shutil
import ssl
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path

from .settings import ServerSettings, Tls


@dataclass(frozen=True)
class Certificates:
    """The server's context, the file of its authority, and a client's certificate and key when they were made here."""

    context: ssl.SSLContext
    ca_file: Path
    client_certificate: Path | None = None
    client_key: Path | None = None


def certificates(settings: ServerSettings) -> Certificates | None:
    """The certificates that the settings ask for, None without TLS.

    RuntimeError when `trustme` is needed and missing.
    """
    if not settings.tls:
        return None
    if isinstance(settings.tls, Tls):
        return _given(settings.tls)
    return _made(settings)


def _given(tls: Tls) -> Certificates:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    _ask_clients(context, tls.client_ca or tls.ca, tls.client_required)
    return Certificates(context, tls.ca)


def _ask_clients(context: ssl.SSLContext, ca: Path, required: bool) -> None:
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL


def _made(settings: ServerSettings) -> Certificates:
    try:
        import trustme
    except ImportError:
        raise RuntimeError(
            "tls=True makes its certificate with trustme, which is missing: pip install trustme, or give Tls files"
        ) from None
    authority = trustme.CA()
    path = Path(tempfile.mkdtemp(prefix="oci-registry-tls-"))
    authority.cert_pem.write_to_path(path / "ca.crt")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = {"localhost", "127.0.0.1", "::1"} | ({settings.bind} - {"0.0.0.0", "::"})
    authority.issue_cert(*sorted(names)).configure_cert(context)
    client = authority.issue_cert("client@registry.test")
    client.cert_chain_pems[0].write_to_path(path / "client.cert")
    client.private_key_pem.write_to_path(path / "client.key")
    _ask_clients(context, path / "ca.crt", settings.tls_client_required)
    made = Certificates(context, path / "ca.crt", path / "client.cert", path / "client.key")
    weakref.finalize(made, shutil.rmtree, path, ignore_errors=True)
    return made
