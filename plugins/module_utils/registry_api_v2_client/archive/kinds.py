# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a file is that is no tar, told by its first bytes, in words that follow "it"."""

from __future__ import annotations

from .codecs import NONE, compression_of


def describe(head: bytes) -> str:
    """Return what the file is, as far as 512 bytes tell."""
    if not head:
        return "is empty"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:14].lower().startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")):
        return "begins with HTML, so it is a web page, perhaps a login page or an error"
    if start.startswith(b"version https://git-lfs"):
        return "is a Git LFS pointer; run `git lfs pull` where it comes from"
    if head.startswith(b"PK\x03\x04"):
        return "is a zip file"
    if start[:1] in (b"{", b"["):
        return "begins with JSON and is no tar"
    compression = compression_of(head)
    return "is no tar" if compression == NONE else f"is compressed twice (inside there is {compression} again)"
