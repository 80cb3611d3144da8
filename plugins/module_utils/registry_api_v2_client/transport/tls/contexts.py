# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Makes the TLS context of one registry: what it trusts, and the certificate it shows."""

from __future__ import annotations

import os
import re
import ssl
import stat
import typing as t

from ...problems import problem
from ...reference import Registry
from ...settings import Tls
from .certs_d import certificate_folders, read_folders

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ...errors import RegistryError

MAX_FILE = 4 * 1024 * 1024  # bytes; a whole system's CA bundle has a quarter of that
_PARTIAL_CHAIN = 0x80000  # ssl.VERIFY_X509_PARTIAL_CHAIN, which Python names since 3.10
_STRICT = 0x20  # ssl.VERIFY_X509_STRICT
_AUTHORITY_FILE = re.compile(r".*\.(?:pem|crt|cer)|[0-9a-f]{8}\.[0-9]+")


def ssl_context(
    tls: Tls,
    registry: Registry,
    environ: Mapping[str, str] | None = None,
    *,
    client: bool = True,
    behind: Registry | None = None,
    etc: str = "/etc",
) -> ssl.SSLContext:
    """Return the context for one registry; reads files on this host, as this user.

    The system's CAs stay trusted beside ca_path and certs.d. For another host that a registry sends us to,
    `client=False` leaves the client certificate out, and `behind` names the registry, whose certs.d is trusted for it
    too, as docker does. TLS 1.2 is the least. Raises ValidationError (bad-option) for a file that is
    missing, unreadable, no PEM, or a key that does not fit its certificate.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # what docker accepts is accepted by every Python: any listed certificate is an anchor, extensions may be missing
    context.verify_flags = ssl.VerifyFlags((context.verify_flags | _PARTIAL_CHAIN) & ~_STRICT)
    hosts = (registry,) if behind is None else (registry, behind)
    variables = os.environ if environ is None else environ
    local = read_folders(folder for host in hosts for folder in certificate_folders(host, variables, etc))
    if tls.validate_certs:
        for path in (*_authorities(tls.ca_path), *local.authorities):
            _trust(context, path, "ca_path" if path not in local.authorities else path)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if client:
        _show(context, tls, local.pair)
    return context


def _authorities(ca_path: str | None) -> list[str]:
    if ca_path is None:
        return []
    path = os.path.expanduser(ca_path)
    if not os.path.isdir(path):
        return [path]
    try:
        names = sorted(name for name in os.listdir(path) if _AUTHORITY_FILE.fullmatch(name))
    except OSError as error:
        raise _bad("ca_path", f"{path} cannot be read: {_why(error)}") from None
    if not names:
        raise _bad("ca_path", f"{path} is a folder without a .pem, .crt or .cer file")
    return [os.path.join(path, name) for name in names]


def _trust(context: ssl.SSLContext, path: str, option: str) -> None:
    data = _read(path, option)
    text = data.decode("ascii", "replace") if b"-----BEGIN" in data else None
    try:
        context.load_verify_locations(cadata=data if text is None else text.replace("\ufffd", "?"))
    except (ssl.SSLError, ValueError):
        raise _bad(option, f"{_named(path, option)}holds no certificate in PEM form") from None


def _show(context: ssl.SSLContext, tls: Tls, pair: tuple[str, str] | None) -> None:
    if tls.client_cert is not None:
        certificate = os.path.expanduser(tls.client_cert)
        key = os.path.expanduser(tls.client_key) if tls.client_key is not None else certificate
        _load(context, certificate, key, "client_cert", "client_key" if tls.client_key is not None else "client_cert")
    elif tls.client_key is not None:
        raise _bad("client_key", "is given without client_cert")
    elif pair is not None:
        _load(context, *pair, *pair)


def _load(context: ssl.SSLContext, certificate: str, key: str, option: str, key_option: str) -> None:
    if b"-----BEGIN CERTIFICATE" not in _read(certificate, option):
        raise _bad(option, f"{_named(certificate, option)}holds no certificate in PEM form")
    secret = _read(key, key_option)
    if b"PRIVATE KEY-----" not in secret:
        cause = "holds no private key" + ("; give it as client_key" if key == certificate else " in PEM form")
        raise _bad(key_option, _named(key, key_option) + cause)
    if b"ENCRYPTED" in secret:
        raise _bad(key_option, f"{_named(key, key_option)}is encrypted, and nobody is there to type its password")
    try:
        context.load_cert_chain(certificate, key, password="")  # a password keeps OpenSSL from asking on the terminal
    except ssl.SSLError as error:
        fits = error.reason != "KEY_VALUES_MISMATCH"
        cause = "is damaged, or its key is" if fits else f"is not of the key {key}"
        raise _bad(option, _named(certificate, option) + cause) from None


def _read(path: str, option: str) -> bytes:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise _bad(option, f"{_named(path, option)}is no file")
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        raise _bad(option, f"{_named(path, option)}cannot be read: {_why(error)}") from None
    if len(data) > MAX_FILE:
        raise _bad(option, f"{_named(path, option)}is larger than {MAX_FILE} bytes")
    return data


def _named(path: str, option: str) -> str:
    return "" if path == option else f"{path} "


def _why(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or "that is no path").lower()


def _bad(option: str, cause: str) -> RegistryError:
    return problem("bad-option", option=option, cause=cause,
                   advice="It is read on the host that runs this, by the user who runs it; PEM is the form.")
