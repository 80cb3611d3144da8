# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Python keeps what it compiles when it imports from a zip file.

Ansible sends a module as a zip file of sources, so each task compiles a hundred files; the tests run hundreds of tasks.
"""

from __future__ import annotations

import _imp
import contextlib
import hashlib
import marshal
import os
import zipimport


def install(folder):
    """Keep what is compiled in this folder, from now on in this process and in those that it forks."""
    compile_really = zipimport._compile_source

    def compile_source(path, source):
        kept = os.path.join(folder, f"{hashlib.sha256(source).hexdigest()}.code")
        with contextlib.suppress(OSError):
            with open(kept, "rb") as file:
                code = marshal.loads(file.read())
            _imp._fix_co_filename(code, path)
            return code
        code = compile_really(path, source)
        with open(f"{kept}.{os.getpid()}", "wb") as file:
            file.write(marshal.dumps(code))
        os.replace(f"{kept}.{os.getpid()}", kept)
        return code

    zipimport._compile_source = compile_source
