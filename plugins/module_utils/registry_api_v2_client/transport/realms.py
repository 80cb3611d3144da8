# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where credentials may go besides the registry's own origin: the token realm that its own 401 names."""

from __future__ import annotations

import ipaddress
import re
import socket
import typing as t
from urllib.parse import SplitResult, urlsplit

from ..masking import masked
from ..problems import printable, problem
from ..reference import Registry

_INTERNAL = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".test", ".intranet", ".corp", ".private")
_METADATA = ("100.100.100.200", "fd00:ec2::254")  # Alibaba's and AWS' metadata services outside the link-local range

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


def token_realm(realm: str, registry: Registry) -> str:
    """Return the URL of a token realm when credentials may go there.

    Raises AuthenticationError (unsafe-realm) for plain http of an https registry, another scheme, a URL with a user,
    and a private address where the registry is public.
    """
    url = registry.url + realm if realm.startswith("/") and not realm.startswith("//") else realm
    cause = _fault(url, registry)
    if cause:
        raise problem("unsafe-realm", registry=registry.netloc, realm=_shown(url), cause=cause)
    return url.partition("#")[0]


def _fault(url: str, registry: Registry) -> str:
    parts = _split(url)
    if parts is None or not parts.hostname or not re.fullmatch(r"[\x21-\x7e]+", url) or "\\" in url:
        return "that is no URL"
    if parts.scheme not in ("http", "https"):
        return f"its scheme {printable(parts.scheme, 20)} is neither http nor https"
    if parts.username is not None or parts.password is not None:
        return "the URL holds a user"
    if parts.scheme == "http" and registry.scheme == "https":
        return "the registry is reached by https, the realm is not"
    return _address_fault(parts.hostname, registry)


def _address_fault(host: str, registry: Registry) -> str:
    address = literal_address(host)
    if host == registry.host or address is None:
        return ""
    if address.is_link_local or str(address) in _METADATA:
        return "that is a link-local or metadata address"
    inside = address.is_private or address.is_loopback or address.is_unspecified or address.is_reserved
    return "that is a private address, and the registry is public" if inside and _is_public(registry.host) else ""


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
