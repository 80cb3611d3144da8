# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Files that are no image archive, or only part of one: one sentence that says what they are."""

from __future__ import annotations

import errno
import io
import os
import random
import socket
import tarfile

import pytest
from registry_api_v2_client.archive.limits import Limits
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.errors import TarReadError, ValidationError

HEADER = tarfile.TarInfo("a").tobuf(tarfile.USTAR_FORMAT)


@pytest.mark.parametrize(("data", "said"), [
    (b"", "is empty"),
    (b"<!DOCTYPE html><html>", "begins with HTML"),
    (b"\n\n<html><head>", "begins with HTML"),
    (b"<HTML>" + bytes(2000), "begins with HTML"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "is a Git LFS pointer"),
    (b"PK\x03\x04" + bytes(600), "is a zip file"),
    (b'{"errors": []}', "begins with JSON"),
    (b"null", "is no tar"),
    (random.Random(1).randbytes(4000).replace(b"\x1f", b"a"), "is no tar"),
    (b"x", "is no tar"),
    ("docker save".encode("utf-16"), "begins as UTF-16 text"),
], ids=lambda value: value if isinstance(value, str) else "data")
def test_what_it_is_instead_is_said(tars, data, said):
    error = tars.refusal(data)
    assert isinstance(error, TarReadError) and error.code == "not-an-image" and said in error.message


@pytest.mark.parametrize(("data", "said"), [
    (bytes(10240), "is a tar without any file"),
    (HEADER + bytes(1024), "is a tar without manifest.json and index.json"),
], ids=["empty", "one file"])
def test_a_readable_tar_without_images_is_a_validation_error(tars, data, said):
    error = tars.refusal(data)
    assert isinstance(error, ValidationError) and error.code == "no-manifest" and said in error.message


@pytest.mark.parametrize("key", ["Image", "ImageIndex"])
def test_a_tar_of_imgpkg_is_named(tars, key):
    error = tars.refusal([tars.member("manifest.json", b'[{"%s": {"Refs": []}}]' % key.encode())])
    assert isinstance(error, ValidationError) and "imgpkg" in error.message and "imgpkg copy --tar" in error.hint


@pytest.mark.parametrize("roots", [[".dockerenv", "app/x"], ["bin/sh", "etc/passwd", "usr/bin/env", "x"]])
def test_an_exported_container_is_told_from_an_image(tars, roots):
    error = tars.refusal([tars.member(name, b"x") for name in roots])
    assert isinstance(error, ValidationError) and error.code == "container-export"


def test_an_exported_container_of_any_size_is_told_from_an_image(tars):
    files = [tars.member(f"{top}/{n}") for top in ("bin", "etc", "usr") for n in range(40)]
    assert tars.refusal(files, limits=Limits(members=100)).code == "container-export"


def test_a_tar_of_too_many_members_is_not_kept_in_memory(tars):
    files = [tars.member(str(n)) for n in range(101)]
    assert tars.refusal(files, limits=Limits(members=100)).code == "over-limit"
    assert tars.refusal([tars.member("n" * 90)] , limits=Limits(member_names=80)).code == "over-limit"


def test_what_docker_saved_before_1_10_is_named(tars):
    error = tars.refusal([tars.member("repositories", b"{}"), tars.member("abc/json", b"{}")])
    assert error.code == "no-manifest" and "docker before 1.10" in error.message


def test_a_relative_path_says_where_it_was_looked_up(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TarReadError) as caught:
        open_archive("app.tar")
    assert f"looked up from {tmp_path}" in caught.value.message


def test_a_missing_file_and_a_directory_are_told_apart(tmp_path):
    with pytest.raises(TarReadError) as missing:
        open_archive(tmp_path / "none.tar")
    with pytest.raises(TarReadError, match="yields no image archive"):
        open_archive(tmp_path)
    assert missing.value.code == "no-file"


def test_pipes_sockets_and_devices_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        for path in (tmp_path / "pipe", tmp_path / "s", "/dev/null", "/dev/zero"):
            with pytest.raises(TarReadError):
                open_archive(path)


def test_a_name_with_nul_is_refused():
    with pytest.raises(TarReadError):
        open_archive("a\0b")


@pytest.mark.parametrize("error", [PermissionError(errno.EACCES, "Permission denied"), OSError(errno.EIO, "I/O error")])
def test_a_file_that_may_not_be_read_says_who_tried(tars, monkeypatch, error):
    def refuse(*_):
        raise error

    path = tars.write(tars.docker())
    monkeypatch.setattr(os, "open", refuse)  # root, who often runs tests, may read every file
    with pytest.raises(TarReadError) as caught:
        open_archive(path)
    assert caught.value.code == "unreadable-file" and "cannot read" in caught.value.message


def test_every_cut_of_an_archive_is_known_by_its_headers(tars):
    whole = tars.tar_bytes(tars.docker())
    end = len(whole.rstrip(b"\0"))
    for size in range(1, end, 97):
        error = tars.refusal(whole[:size])
        assert error.code in ("truncated", "not-an-image", "no-manifest", "bad-archive"), size


def test_a_cut_member_is_named_with_what_is_missing(tars):
    error = tars.refusal(tars.tar_bytes(tars.docker())[:512 + 24])
    assert error.code == "truncated" and error.member == "l0/layer.tar"
    assert "ends 1.0 kB before the end of l0/layer.tar" in error.message and "536 bytes on" in error.hint


def test_an_archive_without_closing_blocks_is_whole(tars):
    whole = tars.tar_bytes(tars.docker())
    assert tars.entries(whole[:len(whole.rstrip(b"\0"))])[0].names == ("app:1",)


def test_a_claim_of_gigabytes_is_a_cut(tars):
    block = tarfile.TarInfo("l0/layer.tar")
    block.size = 8 << 30
    error = tars.refusal(block.tobuf(tarfile.GNU_FORMAT) + bytes(512))
    assert error.code == "truncated" and "8.6 GB" in error.message


def test_garbage_between_members_is_located(tars):
    whole = bytearray(tars.tar_bytes(tars.docker()))
    whole[1536:2048] = b"x" * 512
    error = tars.refusal(bytes(whole))
    assert error.code == "damaged" and "after l0/layer.tar" in error.message


def test_garbage_behind_the_end_is_no_part_of_the_tar(tars):
    assert tars.entries(tars.tar_bytes(tars.docker()) + b"garbage" * 100)[0].names == ("app:1",)


def test_every_file_is_closed_after_an_error(tars):
    before = len(os.listdir("/dev/fd"))
    for data in (b"", bytes(10240), tars.tar_bytes(tars.docker())[:900]):
        tars.refusal(data)
    assert len(os.listdir("/dev/fd")) == before


def test_errors_about_content_are_validation_errors(tars):
    assert isinstance(tars.refusal(tars.docker(manifest=b"null")), ValidationError)
    assert isinstance(tars.refusal(io.BytesIO(b"null").read()), TarReadError)
