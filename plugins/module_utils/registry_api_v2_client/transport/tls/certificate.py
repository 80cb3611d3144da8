# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Reads what a sentence about a certificate needs, issuer, names and dates, from its DER bytes.

Python parses only certificates that it has verified, and the ones to explain are those that failed. Source: RFC 5280,
section 4.1. Nothing here decides about trust.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone

from ...problems import printable

if t.TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CERTIFICATE = 64 * 1024  # bytes
MAX_NAMES = 5  # shown

_COMMON_NAME = bytes.fromhex("550403")
_ORGANIZATION = bytes.fromhex("55040a")
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")
_OID, _OCTETS, _UTC_TIME, _EXTENSIONS, _VERSION = 0x06, 0x04, 0x17, 0xA3, 0xA0
_DNS, _ADDRESS = 0x82, 0x87

Node = t.Tuple[int, bytes]  # tag and content


@dataclass(frozen=True)
class Certificate:
    """A certificate in words; parts that could not be read are empty."""

    issuer: str = ""
    names: tuple[str, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None


def read_certificate(der: bytes) -> Certificate:
    """Return what the DER bytes of a certificate say; bytes that are none give an empty one."""
    try:
        return _certificate(der[:MAX_CERTIFICATE])
    except (ValueError, IndexError):
        return Certificate()


def _certificate(der: bytes) -> Certificate:
    body = _children(_children(der)[0][1])[0][1]
    fields = [node for node in _children(body) if node[0] != _VERSION]
    _serial, _algorithm, issuer, validity, subject = fields[:5]
    starts, ends = (_time(node) for node in _children(validity[1])[:2])
    extensions = next((content for tag, content in fields if tag == _EXTENSIONS), b"")
    names = tuple(_alternative_names(extensions)) or tuple(filter(None, [_name(subject[1], _COMMON_NAME)]))
    return Certificate(
        _name(issuer[1], _COMMON_NAME) or _name(issuer[1], _ORGANIZATION), names[:MAX_NAMES], starts, ends
    )


def _children(content: bytes) -> list[Node]:
    nodes: list[Node] = []
    position = 0
    while position < len(content):
        tag, length, start = _header(content, position)
        if start + length > len(content):
            raise ValueError("a node is longer than what holds it")
        nodes.append((tag, content[start: start + length]))
        position = start + length
    return nodes


def _header(content: bytes, position: int) -> tuple[int, int, int]:
    """Return tag, length and start of the content of the node at a position."""
    tag, length, start = content[position], content[position + 1], position + 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(content[start: start + size], "big")
        start += size
    return tag, length, start


def _name(content: bytes, kind: bytes) -> str:
    for _set, pairs in _children(content):
        for _sequence, pair in _children(pairs):
            (_oid, oid), (_text, value) = _children(pair)[:2]
            if oid == kind:
                return printable(value.decode("utf-8", "replace"), 100)
    return ""


def _time(node: Node) -> datetime:
    tag, content = node
    text = content.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc)


def _alternative_names(extensions: bytes) -> Iterator[str]:
    if not extensions:
        return
    for _tag, extension in _children(_children(extensions)[0][1]):
        parts = _children(extension)
        if parts[0] == (_OID, _ALTERNATIVE_NAMES) and parts[-1][0] == _OCTETS:
            yield from _general_names(_children(parts[-1][1])[0][1])


def _general_names(content: bytes) -> Iterator[str]:
    for tag, value in _children(content):
        if tag == _DNS:
            yield printable(value.decode("ascii", "replace"), 100)
        elif tag == _ADDRESS and len(value) in (4, 16):
            yield str(ipaddress.ip_address(value))
