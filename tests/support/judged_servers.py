# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What the tests of faults judge, and the blob that they do it with."""

from __future__ import annotations

import os
from typing import Union

from plain_http import digest_of

from pytest_oci_registry.proxy import FaultProxy
from pytest_oci_registry.server import EmbeddedRegistry

Server = Union[EmbeddedRegistry, FaultProxy]
DATA = os.urandom(300_000)  # more than a socket's buffers hold at once
DIGEST = digest_of(DATA)
RESET = (ConnectionResetError, BrokenPipeError)


def blob(repository: str, digest: str = DIGEST) -> str:
    """The path of a blob, of DATA where no digest is given."""
    return f"/v2/{repository}/blobs/{digest}"
