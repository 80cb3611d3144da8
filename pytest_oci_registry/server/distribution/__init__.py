# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What distribution 2.8.2 and 3.1.1 do differently from the specification, for the personalities of these names.

`tests/plugin/likeness` sends the same requests to the real programs and compares the answers.
"""
