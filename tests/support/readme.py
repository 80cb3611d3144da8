# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Output as the README prints it and as a run printed it, made comparable."""

from __future__ import annotations

import re

_MASKS = (
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:DIGEST"),
    (re.compile(r"(?:127\.0\.0\.1|localhost):\d+|registry\.example\.com"), "REGISTRY"),
    (re.compile(r"https?://"), "SCHEME://"),
    (re.compile(r"\d+\.\d s\b"), "TIME s"),
    (re.compile(r"[ *]+$", re.MULTILINE), ""),
)


def masked(output: str) -> list[str]:
    """The lines that say something, without digests, addresses, times and the filling of Ansible's headings."""
    for pattern, word in _MASKS:
        output = pattern.sub(word, output)
    return [line for line in output.splitlines() if line]
