# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where credentials may go besides the registry's own origin: the token realm that its own 401 names."""

from __future__ import annotations

import ipaddress
import re
import socket
import typing as t
from urllib.parse import SplitResult, urlsplit, urlunsplit

from ...problems import printable, problem
from ...problems.masking import masked
from ...reference import Registry

_INTERNAL = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".test", ".intranet", ".corp", ".private")
_METADATA = ("100.100.100.200", "fd00:ec2::254")  # Alibaba's and AWS' metadata services outside the link-local range

_OPERATOR = "Have the registry's operator set its token realm to"

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


def token_realm(realm: str, registry: Registry, address: str | None = None, trusted: str | None = None) -> str:
    """Return the URL of a token realm if credentials may go there.

    An http URL of the https registry itself is read as https: a proxy that ends TLS writes it. `address` is the IP
    address under which the registry was reached, if it is known; `trusted` is a host that the caller trusts. Raises
    AuthenticationError (unsafe-realm) for plain http of an https registry, another scheme, a URL with a user, and a
    private address if the registry is public.
    """
    url = registry.url + realm if realm.startswith("/") and not realm.startswith("//") else realm
    fault = _fault(url, registry, address, trusted)
    if fault is not None:
        cause, advice = fault
        raise problem("unsafe-realm", registry=registry.netloc, realm=_shown(url), cause=cause, advice=advice)
    parts = urlsplit(url.partition("#")[0])
    return urlunsplit(parts._replace(scheme="https", netloc=registry.netloc)) if _is_ours(parts, registry) else (
        url.partition("#")[0])


def _is_ours(parts: SplitResult, registry: Registry) -> bool:
    """True for the registry's own host by http, though it was reached by https."""
    own = parts.hostname == registry.host.lower() and parts.port in (None, 80, registry.port)
    return own and parts.scheme == "http" and registry.scheme == "https"


def _fault(url: str, registry: Registry, address: str | None, trusted: str | None) -> tuple[str, str] | None:
    parts = _split(url)
    if parts is None or not parts.hostname or not re.fullmatch(r"[\x21-\x7e]+", url) or "\\" in url:
        return "that is no URL", f"{_OPERATOR} a URL, such as https://auth.example.com/token."
    if parts.scheme not in ("http", "https"):
        return f"its scheme {printable(parts.scheme, 20)} is neither http nor https", f"{_OPERATOR} an https URL."
    if parts.username is not None or parts.password is not None:
        return "the URL holds a user", f"{_OPERATOR} a URL without user and password."
    if parts.scheme == "http" and registry.scheme == "https" and not _is_ours(parts, registry):
        return "the registry is reached by https, the realm is not", f"{_OPERATOR} a URL that begins with https."
    return None if parts.hostname == (trusted or "").lower() else _address_fault(parts.hostname, registry, address)


def _address_fault(host: str, registry: Registry, reached: str | None) -> tuple[str, str] | None:
    address = literal_address(host)
    if host == registry.host or address is None:
        return None
    if address.is_link_local or str(address) in _METADATA:
        return "that is a link-local or metadata address", f"{_OPERATOR} the address of its token server."
    inside = address.is_private or address.is_loopback or address.is_unspecified or address.is_reserved
    if not inside or not _is_public(reached or registry.host):
        return None
    return "that is a private address, and the registry is public", f"Set realm_host: {host} if you trust that host."


def literal_address(host: str) -> Address | None:
    """Return the IP address a host is spelled as, in every form the system reads (127.1, 0x7f000001), else None."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return ipaddress.IPv4Address("127.0.0.1")
    try:
        address: Address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return _old_spelling(name)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _old_spelling(name: str) -> Address | None:
    if not re.fullmatch(r"[0-9a-fx.]+", name):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(name))
    except OSError:
        return None


def _is_public(host: str) -> bool:
    address = literal_address(host)
    if address is not None:
        return address.is_global
    name = host.rstrip(".").lower()
    return "." in name and not name.endswith(_INTERNAL)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (reading it is what checks it)
    except ValueError:
        return None
    return parts


def _shown(url: str) -> str:
    shown = re.split(r"[^\x21-\x7e]", masked(url).partition("?")[0])[0]  # of what is no URL, the part that may be one
    return printable(re.sub(r"//[^/]*@", "//", shown)) or "nowhere"
