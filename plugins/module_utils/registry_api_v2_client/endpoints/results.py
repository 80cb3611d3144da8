# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What became of writes."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class UploadOutcome(enum.Enum):
    """How a blob came into its repository."""

    MOUNTED = "mounted"
    UPLOADED = "uploaded"
    PRESENT = "present"


@dataclass(frozen=True)
class Stored:
    """A manifest that was written: its digest, and the subject under which the registry lists it.

    `subject` is None where the registry has no referrers API, so that the client has to keep the list itself.
    """

    digest: str
    subject: str | None = None
