# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As sitecustomize.py, has Python keep what it compiles when it imports from a zip file, in the folder of this file.

Ansible sends a module as a zip file of sources, so each task compiles a hundred files; the tests run hundreds of tasks.
"""

from __future__ import annotations

import _imp
import contextlib
import hashlib
import marshal
import os
import sys
import zipimport

FOLDER = os.path.dirname(os.path.abspath(__file__))
_compile = getattr(zipimport, "_compile_source", None)


def compile_source(path, source):
    """Return the code of a source file, from an earlier process if that has compiled the same bytes."""
    digest = hashlib.sha256(source).hexdigest()
    kept = os.path.join(FOLDER, f"{digest}-{sys.implementation.cache_tag}")
    with contextlib.suppress(OSError):
        with open(kept, "rb") as file:
            code = marshal.loads(file.read())
        _imp._fix_co_filename(code, path)
        return code
    code = _compile(path, source)
    with contextlib.suppress(OSError):  # a read-only folder, or another user's
        with open(f"{kept}.{os.getpid()}", "wb") as file:
            file.write(marshal.dumps(code))
        os.replace(f"{kept}.{os.getpid()}", kept)
    return code


if _compile is not None:
    zipimport._compile_source = compile_source
