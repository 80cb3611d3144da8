# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Is that image whole and true? Every manifest, config and blob is read back and compared, in bounded memory.

    from pytest_oci_registry.validate import validate
    report = validate("http://127.0.0.1:5000", "team/app", "1.4.2")
    assert not report.problems, report

Standard library only (zstd layers need the package zstandard, otherwise they are a problem that says so).
"""

from __future__ import annotations

from typing import Optional

from .look.http_source import HttpSource
from .look.validator import Report, validate_image

__all__ = ["Report", "validate", "validate_image"]


def validate(url: str, repository: str, reference: str, *, username: Optional[str] = None,
             password: Optional[str] = None, ca_file: Optional[str] = None) -> Report:
    """Everything about the image of a tag or digest, read over HTTP; what is wrong with it stands in `.problems`.

    Raises SourceError when the registry cannot be asked. A missing image or blob is a problem, no exception.
    """
    return validate_image(HttpSource(url, username, password, ca_file), repository, reference)
