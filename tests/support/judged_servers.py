# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What the tests of faults judge."""

from __future__ import annotations

from typing import Union

from pytest_oci_registry.proxy import FaultProxy
from pytest_oci_registry.server import EmbeddedRegistry

Server = Union[EmbeddedRegistry, FaultProxy]
