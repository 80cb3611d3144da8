# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The state file in a folder in which others may create files: links are not followed, foreign files not believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_oci_registry.command_errors import CommandError
from pytest_oci_registry.state_file import State, read

STATE = State("http://127.0.0.1:5000", 4711)
NOBODY = 65534


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    STATE.write(path)
    assert read(path) == STATE
    assert [entry.name for entry in tmp_path.iterdir()] == ["registry.json"]


@pytest.mark.parametrize("name", ["registry.json", f"registry.json.{os.getpid()}"], ids=["file", "its draft"])
def test_a_link_is_not_written_through(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "passwd"
    secret.write_text("root")
    (tmp_path / name).symlink_to(secret)
    STATE.write(tmp_path / "registry.json")
    assert secret.read_text() == "root"
    assert read(tmp_path / "registry.json") == STATE


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_state_of_another_user_is_refused(tmp_path: Path, kind: str) -> None:
    """`stop` sends a signal to the process that the file contains."""
    path = tmp_path / "registry.json"
    STATE.write(path)
    if kind == "link":
        path = tmp_path / "link.json"
        path.symlink_to("registry.json")
    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    with pytest.raises(CommandError, match="belongs to another user"):
        read(path)
