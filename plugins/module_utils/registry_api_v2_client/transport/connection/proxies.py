# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which proxy a request goes through: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, by our own reading.

aiohttp's own reading (trust_env) would also send passwords from .netrc.
"""

from __future__ import annotations

import base64
import ipaddress
import os
import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from ...problems import printable, problem
from ..auth.realms import literal_address

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ...errors import RegistryError

_PORTS = {"http": 80, "https": 443}
_ENTRY = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True)
class Proxy:
    """A proxy: its URL without a user, its own login, and the variable that names it. The login goes to it alone."""

    url: str
    variable: str
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def header(self) -> tuple[str, str] | None:
        """Name and value of the header that logs in to the proxy, None where its URL holds no user."""
        if self.username is None:
            return None
        login = f"{self.username}:{self.password or ''}".encode()
        return "Proxy-Authorization", "Basic " + base64.b64encode(login).decode("ascii")


def proxy_for(url: str, environ: Mapping[str, str] | None = None) -> Proxy | None:
    """Return the proxy for a URL, None where it is reached directly, as every loopback address is.

    The lower-case variable wins over the upper-case one; a variable that is set but empty means no proxy. Raises
    ValidationError (bad-option) for a value that is no URL of an http or https proxy.
    """
    variables = os.environ if environ is None else environ
    name = _variable(url.partition(":")[0].lower(), variables)
    if name is None or not variables[name].strip():
        return None
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if _is_direct(host, _port(parts), variables):
        return None
    return _parse(variables[name].strip(), name)


def proxy_refusal(registry: str, proxy: Proxy, status: int) -> RegistryError:
    """Return the sentence for a proxy that refuses: 407 wants a login, another status forbids the way."""
    advice = f"Let the proxy's owner allow {registry}, or put {registry} into NO_PROXY if it is reached without."
    if status == 407:
        advice = f"Write user and password into {proxy.variable}: http://USER:PASSWORD@HOST:PORT, special signs as %XX."
    return problem("proxy-refused", registry=registry, proxy=proxy.url, variable=proxy.variable, status=status,
                   advice=advice)


def _variable(scheme: str, variables: Mapping[str, str]) -> str | None:
    names = [f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"]
    if "REQUEST_METHOD" in variables:
        names = [name for name in names if name != "HTTP_PROXY"]  # a CGI's client sets it by a Proxy header (httpoxy)
    return next((name for name in names if name in variables), None)


def _parse(value: str, name: str) -> Proxy:
    text = value if "://" in value else f"http://{value}"
    if value[0] in "\"'" or value[-1] in "\"'":
        raise _bad(name, "is in quotes", "Write it without quotes")
    try:
        parts = urlsplit(text)
        port = _port(parts)
        host = parts.hostname or ""
    except ValueError:
        cause = "holds a host or port that cannot be read"
        raise _bad(name, cause, "Percent-encode special characters of a user and password there (# as %23)") from None
    if "@" in parts.path + parts.query + parts.fragment:
        raise _bad(name, "holds a user or password with a raw #, / or ?",
                   "Percent-encode special characters there: # as %23, / as %2F, ? as %3F, @ as %40")
    if parts.scheme not in _PORTS:
        raise _bad(name, f"names a proxy of the kind {printable(parts.scheme, 20)}, which is not spoken here")
    if not re.fullmatch(r"[A-Za-z0-9._:%-]+", host):
        raise _bad(name, "holds no URL of a proxy")
    shown = f"[{host}]" if ":" in host else host
    username = unquote(parts.username) if parts.username is not None else None
    return Proxy(f"{parts.scheme}://{shown}:{port}", name, username, unquote(parts.password or "") or None)


def _bad(name: str, cause: str, advice: str = "Write it as http://HOST:PORT") -> RegistryError:
    return problem("bad-option", option=f"The variable {name}", cause=cause,
                   advice=f"{advice}, or put the registry into NO_PROXY.")


def _is_direct(host: str, port: int, variables: Mapping[str, str]) -> bool:
    address = literal_address(host)
    if address is not None and address.is_loopback:
        return True
    name = "no_proxy" if "no_proxy" in variables else "NO_PROXY"
    entries = re.split(r"[\s,]+", variables.get(name, "").strip().lower())
    return any(_fits(entry, host, port) for entry in entries if entry)


def _fits(entry: str, host: str, port: int) -> bool:
    """True where an entry of NO_PROXY means a host: *, a domain and all below it, an address, a network."""
    if entry == "*":
        return True
    address = literal_address(host)
    network = _network(entry)
    if network is not None:
        return address is not None and address in network
    match = _ENTRY.fullmatch(entry)
    if match is None or (match["port"] and int(match["port"]) != port):
        return False
    if address is not None:
        return literal_address(match["host"].strip("[]")) == address
    domain = match["host"].lstrip("*").strip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    if "/" not in entry and entry.count(":") < 2:
        return None
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _port(parts: SplitResult) -> int:
    return parts.port if parts.port is not None else _PORTS.get(parts.scheme, 0)
