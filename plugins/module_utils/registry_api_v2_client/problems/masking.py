# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Secrets that open sessions have sent, and their removal from the words of registries, token servers and proxies.

A server may repeat a request in its error. problems.printable, through which all foreign text passes, masks it here.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
import typing as t
import weakref
from urllib.parse import parse_qsl, quote, urlsplit

if t.TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"
MAX_SECRETS = 1000  # of one session; the oldest tokens are forgotten first
MIN_SIGNATURE = 16  # characters of a query value of a foreign URL that may be a signature
MIN_CUT = 8  # characters of a secret at the end of a text that was cut there

_LOGINS = ("authorization", "proxy-authorization")
_GRANTS = ("password", "refresh_token")
_lock = threading.Lock()
_open: weakref.WeakSet[Secrets] = weakref.WeakSet()


class _Secret:
    """One secret in all its forms. Its pattern is only made for a text that may hold it: tokens are long and many."""

    def __init__(self, secret: str) -> None:
        misread = secret.encode().decode("latin-1")  # by a server that takes UTF-8 for Latin-1
        self._whole = sorted({form for form in (secret, secret.strip(), misread) if form}, key=len, reverse=True)
        self._cut = [form.lower() for form in (secret, misread, quote(secret, ""), json.dumps(secret)[1:-1],
                                               html.escape(secret))]  # fmt: skip
        self._key = max(re.findall(r"[a-z0-9]*", secret.lower()), key=len)  # which no encoding changes
        self._pattern: re.Pattern[str] | None = None

    def mask(self, text: str) -> str:
        """Return the text without the secret, also without the beginning of the secret at its end."""
        if self._key in text.lower():
            if self._pattern is None:
                self._pattern = re.compile("|".join(map(_spellings, self._whole)), re.IGNORECASE)
            text = self._pattern.sub(MASK, text)
        for form in self._cut:
            text = _without_cut(text, form)
        return text


class Secrets:
    """The secrets of one session, in each form in which they were sent. Forgotten when the session is."""

    def __init__(self) -> None:
        self._known: dict[str, _Secret] = {}
        with _lock:
            _open.add(self)

    def learn(self, headers: Iterable[tuple[str, str]], form: bytes = b"", signed_url: str = "") -> None:
        """Keep the logins in these headers, the grants of a token request, and the signatures in a foreign URL."""
        found = [part for name, value in headers if name.lower() in _LOGINS for part in _login_parts(value)]
        found += [value for name, value in parse_qsl(form.decode("latin-1")) if name in _GRANTS]
        found += [value for _name, value in parse_qsl(urlsplit(signed_url).query) if len(value) >= MIN_SIGNATURE]
        for secret in found:
            if secret and secret not in self._known:
                self._known[secret] = _Secret(secret)
                if len(self._known) > MAX_SECRETS:
                    del self._known[next(iter(self._known))]

    def mask(self, text: str) -> str:
        """Return the text without these secrets, longest first: a password may be part of a token."""
        for secret in sorted(self._known, key=len, reverse=True):
            text = self._known[secret].mask(text)
        return text


def masked(text: str) -> str:
    """Return the text without the secrets of all open sessions of this process."""
    with _lock:
        sessions = list(_open)
    for secrets in sessions:
        text = secrets.mask(text)
    return text


def _login_parts(value: str) -> list[str]:
    """Return the credentials of an Authorization header, and the password if they are Basic."""
    scheme, _space, credentials = value.partition(" ")
    secret = credentials.rstrip("=")  # some decoders drop the padding
    if scheme.lower() != "basic":
        return [secret]
    return [secret, base64.b64decode(credentials).decode().partition(":")[2]]


def _spellings(secret: str) -> str:
    """Return a pattern of the secret as is, percent-encoded, or escaped for JSON, HTML or a log."""
    return "".join(map(_spelling, secret))


def _spelling(char: str) -> str:
    if char.isascii() and char.isalnum():
        return char
    encoded = "".join(f"%{byte:02x}" for byte in char.encode())
    json_form = "".join(rf"\\u{unit:04x}" for unit in _utf16(char))
    log_form = "".join(rf"\\x{byte:02x}" for byte in char.encode())
    # The character itself comes last: an encoded form may begin with it.
    forms = [encoded, json_form, log_form, rf"\\{re.escape(char)}", r"&#?\w{1,8};", re.escape(char)]
    if not char.isprintable() or char.isspace():
        forms += [r"\s+", r"\+", r"\\[a-z]"]
    return f"(?:{'|'.join(forms)})"


def _utf16(char: str) -> list[int]:
    data = char.encode("utf-16-be")
    return [int.from_bytes(data[at:at + 2], "big") for at in range(0, len(data), 2)]


def _without_cut(text: str, secret: str) -> str:
    start = text.lower().rfind(secret[:MIN_CUT], max(0, len(text) - len(secret)))
    is_cut = start >= 0 and len(text) - start >= MIN_CUT and secret.startswith(text[start:].lower())
    return text[:start] + MASK if is_cut else text
