# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What went wrong where no answer came: exceptions of aiohttp, ssl and the system, told apart, each one sentence."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
import typing as t

from ...errors import RegistryError
from ...problems import printable, problem, system_problem
from ..operations import OPERATIONS
from ..tls.tls_errors import (
    asks_for_certificate,
    certificate_wanted,
    explain_tls,
    fetch_certificate,
    is_tls_record,
    tls_error,
    wrong_scheme,
)
from ._aiohttp import aiohttp
from .proxies import proxy_refusal

if t.TYPE_CHECKING:
    from .attempt import Attempt

HANDSHAKE_TIMEOUT = 2.0  # seconds; a server that speaks TLS answers at once, and another is not waited for

_FOR_GOOD = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))


async def explain(error: BaseException, attempt: Attempt) -> RegistryError:
    """Return the error that says what happened, `retryable` where another try may help."""
    limit = system_problem(error)  # ClientConnectorError is an OSError with the number of its cause
    if limit is not None:
        return limit
    encrypted = tls_error(error)
    if encrypted is not None and isinstance(error, aiohttp.ClientConnectorError):
        return await _explain_tls(encrypted, attempt)
    if isinstance(error, aiohttp.ClientConnectorCertificateError) and encrypted is not None:
        return await _explain_tls(encrypted, attempt)
    if isinstance(error, aiohttp.ClientConnectorError):
        return _unconnected(error, attempt)
    if await _wanted_tls(error, attempt):
        return wrong_scheme(attempt.host, attempt.registry)
    if await _wanted_certificate(error, attempt):
        return certificate_wanted(attempt.host)
    return _interrupted(error, attempt)


async def _wanted_tls(error: BaseException, attempt: Attempt) -> bool:
    """True where a server that speaks TLS met plain http without a word that can be seen; a handshake finds out."""
    unseen = isinstance(error, aiohttp.ClientResponseError) and "b'" not in _shown(error)  # aiohttp 3.8.4 and 3.9
    if not (_is_first(attempt, "http") and (_is_cut(error) or unseen)):
        return False
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, fetch_certificate, attempt.host, HANDSHAKE_TIMEOUT) is not None


async def _wanted_certificate(error: BaseException, attempt: Attempt) -> bool:
    """True where TLS 1.3 stood and was cut for want of a client certificate: aiohttp drops the alert that says so."""
    if not (_is_first(attempt, "https") and _is_cut(error)):
        return False
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, asks_for_certificate, attempt.host, HANDSHAKE_TIMEOUT)


def _is_first(attempt: Attempt, scheme: str) -> bool:
    return attempt.request.operation == "ping" and attempt.host.scheme == scheme and attempt.proxy is None


def _is_cut(error: BaseException) -> bool:
    return isinstance(error, (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError))


async def _explain_tls(error: ssl.SSLError, attempt: Attempt) -> RegistryError:
    certificate = None
    if isinstance(error, ssl.SSLCertVerificationError) and attempt.proxy is None:
        loop = asyncio.get_running_loop()
        certificate = await loop.run_in_executor(None, fetch_certificate, attempt.host)
    return explain_tls(error, attempt.host, certificate, attempt.registry)


def _unconnected(error: aiohttp.ClientConnectorError, attempt: Attempt) -> RegistryError:
    system = error.os_error
    if isinstance(error, aiohttp.ClientProxyConnectionError) and attempt.proxy is not None:
        return _unreachable(attempt, f"the proxy {attempt.proxy.url} cannot be reached", True)
    if isinstance(system, socket.gaierror):
        for_good = system.errno in _FOR_GOOD
        cause = "its name is unknown" if for_good else "its name cannot be looked up now"
        return _unreachable(attempt, cause, not for_good)
    return _unreachable(attempt, _cause(system, error), True)


def _cause(system: OSError, error: aiohttp.ClientConnectorError) -> str:
    if system.errno == errno.ECONNREFUSED or isinstance(system, ConnectionRefusedError):
        return f"refused by {error.host}:{error.port}"
    if system.errno in (errno.ECONNRESET, errno.EPIPE):
        return "the connection was cut while it was made"
    return printable(os.strerror(system.errno) if system.errno else str(system), 120)


def _unreachable(attempt: Attempt, cause: str, retryable: bool) -> RegistryError:
    return problem(
        "unreachable", registry=attempt.place, url=attempt.host.url, cause=cause, retryable=retryable
    )


def _interrupted(error: BaseException, attempt: Attempt) -> RegistryError:
    if isinstance(error, aiohttp.ClientHttpProxyError) and attempt.proxy is not None:
        refused = proxy_refusal(attempt.place, attempt.proxy, error.status)
        refused.retryable = error.status in (502, 503, 504)  # it did not reach the registry this time
        return refused
    if isinstance(error, aiohttp.ClientResponseError):
        return _no_http(error, attempt)
    if isinstance(error, ValueError):  # InvalidURL, UnicodeError of a label that no host name may have
        return _unreachable(attempt, "it is no host name", False)
    if isinstance(error, (asyncio.TimeoutError, TimeoutError)):
        return _late(error, attempt)
    return silent(attempt, "cut the connection")


def _late(error: BaseException, attempt: Attempt) -> RegistryError:
    # aiohttp before 3.10 has one class for all timeouts and says which in its text ("Connection timeout to host ...")
    connecting = getattr(aiohttp, "ConnectionTimeoutError", None)
    if (connecting is not None and isinstance(error, connecting)) or "connection timeout" in str(error).lower():
        return _unreachable(attempt, f"no answer in {attempt.timeout:g} s", True)
    return silent(attempt, f"sent nothing for {attempt.timeout:g} s")


def _no_http(error: aiohttp.ClientResponseError, attempt: Attempt) -> RegistryError:
    if attempt.host.scheme == "http" and is_tls_record(_first_bytes(error)):
        return wrong_scheme(attempt.host, attempt.registry)
    return problem(
        "hostile-answer", registry=attempt.place, what=attempt.request.what, cause="something that is no HTTP",
        retryable=True,
    )


def _first_bytes(error: aiohttp.ClientResponseError) -> bytes:
    """Return what stood where a status line should; aiohttp shows it as text or as the text of bytes."""
    text = _shown(error)
    for start in ("\\x15\\x03", "\x15\x03"):
        position = text.find(start)
        if position >= 0:
            return b"\x15\x03\x01"
    return b""


def _shown(error: aiohttp.ClientResponseError) -> str:
    return f"{error.message} {getattr(error.__cause__, 'message', '')}"


def silent(attempt: Attempt, cause: str) -> RegistryError:
    """Return the error for a connection that stood and then broke or fell silent."""
    doing = OPERATIONS[attempt.request.operation].doing
    what = attempt.request.what
    return problem("silent", registry=attempt.place, cause=cause, what=what, doing=doing, retryable=True)
