# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a file is that is not a tar, recognized by its first bytes, in words that follow "it"."""

from __future__ import annotations

from ..archive_errors import FETCH_AGAIN
from ..bytes.codecs import NONE, compression_of

_WEB_PAGE = "Check the address that it was downloaded from, and whether the download needs a login."
_POWERSHELL = "Save it again with `docker save -o FILE IMAGE`: in PowerShell, `>` turns binary output into text."


def describe(head: bytes) -> tuple[str, str]:
    """Return what the file is, as far as 512 bytes show it, and what to do."""
    if not head:
        return "is empty", FETCH_AGAIN
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:14].lower().startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")):
        return "begins with HTML, so it is a web page, perhaps a login page or an error", _WEB_PAGE
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "begins as UTF-16 text", _POWERSHELL
    if start.startswith(b"version https://git-lfs"):
        return "is a Git LFS pointer", "Run `git lfs pull` in the repository that it comes from."
    if head.startswith(b"PK\x03\x04"):
        return "is a zip file", "Unzip it and push the image archive that is in it."
    if start[:1] in (b"{", b"["):
        return "begins with JSON and is no tar", FETCH_AGAIN
    compression = compression_of(head)
    if compression == NONE:
        return "is no tar", FETCH_AGAIN
    return f"is compressed twice (inside there is {compression} again)", "Decompress it once."
