# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""OCI layouts as directories, and what a path stands for."""

from __future__ import annotations

import os
import tarfile

import pytest
from registry_api_v2_client.archive.paths import expand
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.errors import RegistryError, TarReadError, ValidationError
from registry_api_v2_client.transport.body.file_slice import open_slice


@pytest.fixture
def layout(tars, tmp_path):
    """A layout directory of one image; returns its path."""
    oci = tars.Oci()
    folder = tmp_path / "layout"
    unpack(tars, oci.members(tars.named(oci.image(), "app:1")), folder)
    return folder


def unpack(tars, members, folder):
    path = tars.write(members, "packed.tar")
    with tarfile.open(path) as tar:
        tar.extractall(folder, filter="data")
    os.unlink(path)


def only_layer(archive):
    return archive.entries[0].node.layers[0]


def blob_of(layout, tars):
    return layout / "blobs" / "sha256" / tars.sha256(tars.LAYER).partition(":")[2]


def test_a_directory_is_read_like_the_tar_of_it(tars, layout):
    oci = tars.Oci()
    with open_archive(layout) as found, tars.open(oci.members(tars.named(oci.image(), "app:1"))) as packed:
        (one,), (other,) = found.entries, packed.entries
        assert (one.names, one.node.manifest.data) == (other.names, other.node.manifest.data)
        assert found.digest(only_layer(found).member) == packed.digest(only_layer(packed).member)
        assert b"".join(found.content(only_layer(found))) == tars.LAYER
        assert found.verify_layer(only_layer(found)) == packed.verify_layer(only_layer(packed))


def test_a_layer_is_sent_from_its_own_file(tars, layout):
    with open_archive(layout) as archive:
        piece = archive.slice(only_layer(archive).member)
        assert (piece.path, piece.offset, piece.size) == (str(blob_of(layout, tars)), 0, len(tars.LAYER))
        os.close(open_slice(piece))
        archive.check_unchanged()


def test_the_layout_may_be_one_level_below(layout):
    with open_archive(layout.parent) as archive:
        assert archive.entries[0].names == ("app:1",)


def replaced_by_link(path, target):
    path.unlink()
    path.symlink_to(target)


def linked_folder(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize("spoil", [
    lambda layout, blob: replaced_by_link(blob, "/etc/passwd"),
    lambda layout, blob: replaced_by_link(layout / "index.json", "/etc/passwd"),
    lambda layout, blob: linked_folder(layout / "blobs"),
    lambda layout, blob: linked_folder(layout / "blobs" / "sha256"),
    lambda layout, blob: (blob.unlink(), os.mkfifo(blob)),
    lambda layout, blob: (blob.unlink(), blob.mkdir()),
    lambda layout, blob: blob.unlink(),
    lambda layout, blob: blob.write_bytes(b"short"),
    lambda layout, blob: (layout / "index.json").write_text('{"manifests": [{"digest": "sha256:../../x"}]}'),
], ids=["blob is a link", "index is a link", "blobs is a link", "sha256 is a link", "pipe", "folder", "absent", "short",
        "escaping digest"])
def test_hostile_layouts_are_refused(tars, layout, spoil):
    spoil(layout, blob_of(layout, tars))
    with pytest.raises(ValidationError):
        open_archive(layout).close()


def test_a_blob_that_is_swapped_is_noticed(tars, layout):
    blob = blob_of(layout, tars)
    with open_archive(layout) as archive:
        piece = archive.slice(only_layer(archive).member)
        blob.rename(blob.with_name("other"))
        blob.symlink_to("/etc/passwd")
        with pytest.raises(TarReadError, match="another file"):
            open_slice(piece)
        with pytest.raises(TarReadError, match="changed while it was being read"):
            archive.check_unchanged()


@pytest.fixture
def folder(tars, layout):
    """A directory of archives, a layout and other files."""
    for name in ("b.tar", "a.tar.gz", "notes.txt", "B.tar", "[x].tar"):
        (layout.parent / name).write_bytes(b"")
    (layout.parent / "empty").mkdir()
    return layout.parent


@pytest.mark.parametrize(("path", "found"), [
    ("", ["B.tar", "[x].tar", "a.tar.gz", "b.tar", "layout"]),
    ("*.tar", ["B.tar", "[x].tar", "b.tar"]),
    ("[ab].*", ["a.tar.gz", "b.tar"]),
    ("[x].tar", ["[x].tar"]),
    ("*", ["B.tar", "[x].tar", "a.tar.gz", "b.tar", "layout", "notes.txt"]),
    ("layout", ["layout"]),
    ("notes.txt", ["notes.txt"]),
    ("absent.tar", ["absent.tar"]),
])
def test_a_path_stands_for(folder, path, found):
    assert expand(os.path.join(folder, path) if path else str(folder)) == [os.path.join(folder, one) for one in found]


@pytest.mark.parametrize("path", ["empty", "*.zip", "empty/*.tar"])
def test_what_yields_nothing_says_where_it_looked(folder, path):
    with pytest.raises(RegistryError) as caught:
        expand(os.path.join(folder, path))
    assert caught.value.code == "no-archives" and f"in {folder}" in caught.value.message


def test_a_directory_of_several_archives_is_not_one_archive(folder):
    with pytest.raises(TarReadError, match="a directory of 5 archives"):
        open_archive(folder)
