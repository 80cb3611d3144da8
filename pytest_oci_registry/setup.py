# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Lists the packages: this folder is pytest_oci_registry itself, which pyproject.toml alone cannot say."""

from __future__ import annotations

from setuptools import find_packages, setup

setup(packages=["pytest_oci_registry", *(f"pytest_oci_registry.{name}" for name in find_packages("."))])
