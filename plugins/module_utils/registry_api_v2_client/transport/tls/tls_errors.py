# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Explains failures of TLS, and a registry that speaks the other scheme. Pure, but for fetch_certificate."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import typing as t

from ...problems import printable, problem
from ...reference import Registry
from .certificate import Certificate, read_certificate

if t.TYPE_CHECKING:
    from ...errors import RegistryError

# X509_V_ERR_* of OpenSSL's x509_vfy.h
_NOT_YET_VALID, _ENDED, _WRONG_HOST, _WRONG_ADDRESS = 9, 10, 62, 64
_UNKNOWN_CA = (18, 19, 20, 21)
_PLAIN_HTTP = (
    "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE",
)
_WANTS_CERTIFICATE = ("CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE", "BAD_CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED",
                      "CERTIFICATE_EXPIRED", "CERTIFICATE_REVOKED", "CERTIFICATE_UNKNOWN", "UNSUPPORTED_CERTIFICATE")
_OLD_TLS = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE", "INSUFFICIENT_SECURITY")
_TLS_BYTES = re.compile(rb"[\x14-\x17]\x03[\x00-\x04]")  # a TLS record: type and version
_SAYS_HTTPS = re.compile(rb"HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port", re.IGNORECASE)
_SAYS_CERTIFICATE = re.compile(rb"SSL certificate (?:was sent|error)", re.IGNORECASE)
_DEPTH = 6  # how far errors are followed into what caused them


def tls_error(error: BaseException) -> ssl.SSLError | None:
    """Return the TLS failure behind an exception of an HTTP library, None where it is about something else."""
    seen: BaseException | None = error
    for _step in range(_DEPTH):
        inner = getattr(seen, "certificate_error", None) or getattr(seen, "os_error", None)
        # aiohttp's own classes may be SSLError too, without what OpenSSL said
        if seen is None or (isinstance(seen, ssl.SSLError) and not isinstance(inner, ssl.SSLError)):
            return seen
        seen = inner if isinstance(inner, BaseException) else seen.__cause__ or seen.__context__
    return None


def explain_tls(
    error: ssl.SSLError, registry: Registry, der: bytes | None = None, named_by: Registry | None = None
) -> RegistryError:
    """Return the sentence for a TLS failure; `der` is the registry's certificate where it could be fetched.

    `named_by` is the registry that sent us to this host.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(error, registry, read_certificate(der or b""))
    reason = str(error.reason or "")
    if reason in _PLAIN_HTTP:
        return wrong_scheme(registry, named_by)
    cause, advice = _handshake(reason)
    return problem("no-tls", registry=registry.netloc, cause=cause, advice=advice)


def wrong_scheme(registry: Registry, named_by: Registry | None = None) -> RegistryError:
    """Return the sentence for a host that speaks the scheme its URL does not say; `named_by` sent us to it."""
    other = {"https": "http", "http": "https"}[registry.scheme]
    speaks = "plain http" if other == "http" else "https"
    source, advice = "registry_url", f"Write registry_url: {other}://{registry.netloc}"
    if named_by is not None and named_by != registry:
        source = f"the address that {named_by.netloc} returned (redirect, Location or token realm)"
        advice = f"Have the operator of {named_by.netloc} correct that address"
    return problem("wrong-scheme", registry=printable(registry.netloc), speaks=speaks, source=source,
                   says=registry.scheme, advice=advice)


def speaks_tls(status: int, body: bytes) -> bool:
    """True for the 400 by which Go servers and nginx answer a plain http request on a TLS port."""
    return status == 400 and _SAYS_HTTPS.search(body[:4096]) is not None


def is_tls_record(data: bytes) -> bool:
    """True where the first bytes of an answer are TLS and not HTTP."""
    return _TLS_BYTES.match(data) is not None


def wants_certificate(status: int, body: bytes) -> bool:
    """True for the 400 (nginx' 495 and 496) that asks for a client certificate after the handshake."""
    return status in (495, 496) or (status == 400 and _SAYS_CERTIFICATE.search(body[:4096]) is not None)


def certificate_wanted(registry: Registry) -> RegistryError:
    """Return the sentence for a registry that wants a client certificate, or another one."""
    cause, advice = _handshake("CERTIFICATE_REQUIRED")
    return problem("no-tls", registry=registry.netloc, cause=cause, advice=advice)


def fetch_certificate(registry: Registry, timeout: float = 5) -> bytes | None:
    """Return the certificate a registry shows, unverified and only to be explained; None where it shows none.

    Blocks up to `timeout` seconds for each step, connects directly, and sends nothing but a handshake.
    """
    try:
        with _connected(registry, timeout) as encrypted:
            return encrypted.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return None


def asks_for_certificate(registry: Registry, timeout: float) -> bool:
    """Return whether a registry ends an encrypted connection because it was shown no client certificate.

    With TLS 1.3 the client's handshake is over by then (RFC 8446, section 4.4.2.4). Blocks and sends as
    fetch_certificate does.
    """
    try:
        with _connected(registry, timeout) as encrypted:
            encrypted.recv(1)
    except ssl.SSLError as error:
        return "CERTIFICATE_REQUIRED" in str(error.reason)
    except (OSError, ValueError):
        pass
    return False


@contextlib.contextmanager
def _connected(registry: Registry, timeout: float) -> t.Iterator[ssl.SSLSocket]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((registry.host, registry.port), timeout) as connection:
        with context.wrap_socket(connection, server_hostname=registry.host) as encrypted:
            yield encrypted


def _untrusted(error: ssl.SSLCertVerificationError, registry: Registry, certificate: Certificate) -> RegistryError:
    code = error.verify_code
    if code in (_WRONG_HOST, _WRONG_ADDRESS):
        cause, advice = _wrong_name(certificate)
    elif code in (_ENDED, _NOT_YET_VALID):
        cause, advice = _wrong_time(certificate, ended=code == _ENDED)
    elif code in _UNKNOWN_CA:
        issuer = f"its CA \"{certificate.issuer}\"" if certificate.issuer else "its CA"
        cause, advice = f"{issuer} is unknown", (
            f"Set ca_path to the file of that CA on this host, or put it at "
            f"/etc/docker/certs.d/{registry.netloc}/ca.crt."
        )
    else:
        cause, advice = printable(error.verify_message or "it cannot be verified"), "Have it issued anew."
    return problem("untrusted-certificate", registry=registry.netloc, cause=cause, advice=advice)


def _wrong_name(certificate: Certificate) -> tuple[str, str]:
    if not certificate.names:
        return "it is for other names", "Use the name it was issued for in registry_url."
    return f"it is for {', '.join(certificate.names)}", "Use one of those names in registry_url."


def _wrong_time(certificate: Certificate, ended: bool) -> tuple[str, str]:
    date = certificate.not_after if ended else certificate.not_before
    on = f" on {date:%Y-%m-%d}" if date else ""
    if ended:
        return f"it ended{on}" if on else "it has ended", "Renew it; if that was done, check this host's clock."
    return f"it begins{on}" if on else "it is not valid yet", "Check this host's clock."


def _handshake(reason: str) -> tuple[str, str]:
    if reason.endswith(_WANTS_CERTIFICATE):
        return ("the registry wants a client certificate, or another than it was shown",
                "Set client_cert and client_key to a pair that the registry's operator issued.")
    if reason.endswith(_OLD_TLS):
        return "it offers no TLS 1.2 or newer", "Let the registry's operator allow TLS 1.2."
    said = printable(reason.replace("_", " ").lower()) or "the connection was cut in the handshake"
    return said, "Try `openssl s_client -connect HOST:PORT` on this host to see the handshake."
