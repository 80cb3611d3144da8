#!/bin/sh
# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs its arguments with a Python of 3.11 or newer that can make virtual environments.
# Set PYTHON to choose one; otherwise the first that fits is taken.

suits() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

for python in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14 /usr/bin/python3}; do
    if suits "$python"; then
        exec "$python" "$@"
    fi
done

echo "error: ${PYTHON:-no python3 on PATH} is not Python 3.11 or newer with its venv module" >&2
echo "hint: apt-get install python3 python3-venv (Debian, Ubuntu), or PYTHON=/path/to/python make ..." >&2
exit 1
