# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Every breakage breaks what it says, and nothing else."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import tarfile
from pathlib import Path
from typing import Any, Optional

import pytest

from pytest_oci_registry.tars import Broken, ImageSpec, SavedTar, save_tar

NEEDS: dict[Broken, dict[str, Any]] = {
    Broken.MISSING_MANIFEST_BLOB: {"layout": "oci"}, Broken.DESCRIPTOR_SIZE: {"layout": "oci"},
    Broken.TRAVERSAL_DIGEST: {"layout": "oci"}, Broken.CORRUPT_GZIP: {"layout": "kaniko"},
    Broken.TRUNCATED_OUTER: {"outer": "gzip"}}


def broken_tar(folder: Path, broken: Broken) -> SavedTar:
    return save_tar(folder / "broken.tar", "app:1", broken=broken, **NEEDS.get(broken, {}))


def good_tar(folder: Path, broken: Broken) -> SavedTar:
    return save_tar(folder / "good.tar", "app:1", **NEEDS.get(broken, {}))


def last_layer(saved: SavedTar) -> Optional[tarfile.TarInfo]:
    name = json.loads(document(saved))[0]["Layers"][-1]
    with tarfile.open(saved) as tar:
        return next((entry for entry in tar if entry.name.strip("/") == name.strip("/")), None)


def document(saved: SavedTar) -> bytes:
    with tarfile.open(saved) as tar:
        extracted = tar.extractfile(next(entry for entry in tar if entry.name == "manifest.json"))
        assert extracted is not None
        return extracted.read()


@pytest.mark.parametrize("broken", list(Broken))
def test_each_breakage_changes_the_file_and_is_documented(tmp_path: Path, broken: Broken) -> None:
    assert broken_tar(tmp_path, broken).path.read_bytes() != good_tar(tmp_path, broken).path.read_bytes()
    source = (Path(__file__).parents[3] / "pytest_oci_registry" / "tars" / "broken.py").read_text()
    assert f'{broken.name} = "{broken.value}"\n    """' in source


@pytest.mark.parametrize(("broken", "kind"), [
    ("link-cycle", tarfile.SYMTYPE), ("escaping-link", tarfile.SYMTYPE), ("absolute-link", tarfile.SYMTYPE),
    ("dangling-link", tarfile.SYMTYPE), ("hardlink-escape", tarfile.LNKTYPE), ("layer-is-fifo", tarfile.FIFOTYPE),
    ("layer-is-directory", tarfile.DIRTYPE)])
def test_the_last_layer_is_no_file(tmp_path: Path, broken: str, kind: bytes) -> None:
    entry = last_layer(broken_tar(tmp_path, Broken(broken)))
    assert entry is not None and entry.type == kind


def test_missing_layer_is_named_and_not_there(tmp_path: Path) -> None:
    assert last_layer(broken_tar(tmp_path, Broken.MISSING_LAYER)) is None


def test_absolute_name_is_what_the_document_says(tmp_path: Path) -> None:
    data = broken_tar(tmp_path, Broken.ABSOLUTE_NAME).path.read_bytes()
    name = re.search(rb',"(/[0-9a-f]{64}/layer.tar)"', data)
    assert name is not None and data.count(b"\0" + name.group(1) + b"\0") == 1


def test_truncated_ends_inside_the_last_layer(tmp_path: Path) -> None:
    saved = broken_tar(tmp_path, Broken.TRUNCATED)
    entry = last_layer(saved)
    assert entry is not None and entry.offset_data < saved.size < entry.offset_data + entry.size


def test_size_lie_claims_more_than_the_file_holds(tmp_path: Path) -> None:
    saved = save_tar(tmp_path / "lie.tar", "app:1", broken="size-lie", manifest_at="first")
    entry = last_layer(saved)
    assert entry is not None and entry.size == 8 << 30 > saved.size


def test_digest_mismatch_changes_one_byte_of_the_layer(tmp_path: Path) -> None:
    bad, good = (make(tmp_path, Broken.DIGEST_MISMATCH).path.read_bytes() for make in (broken_tar, good_tar))
    assert len(bad) == len(good) and sum(one != other for one, other in zip(bad, good)) == 1


def test_diff_id_mismatch_is_in_a_config_true_to_its_name(tmp_path: Path) -> None:
    saved = broken_tar(tmp_path, Broken.DIFF_ID_MISMATCH)
    with tarfile.open(saved) as tar:
        config = tar.extractfile(saved.config_digest[7:] + ".json")
        assert config is not None
        data = config.read()
    assert hashlib.sha256(data).hexdigest() == saved.config_digest[7:]
    assert json.loads(data)["rootfs"]["diff_ids"][-1] not in saved.diff_ids


def test_corrupt_gzip_has_a_true_digest_and_a_false_checksum(tmp_path: Path) -> None:
    saved = broken_tar(tmp_path, Broken.CORRUPT_GZIP)
    layer = saved.image.layers[-1]
    with tarfile.open(saved) as tar:
        extracted = tar.extractfile(layer.digest[7:] + ".tar.gz")
        assert extracted is not None
        data = extracted.read()
    assert "sha256:" + hashlib.sha256(data).hexdigest() == layer.digest
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(data)


def test_export_holds_no_document(tmp_path: Path) -> None:
    with tarfile.open(broken_tar(tmp_path, Broken.EXPORT)) as tar:
        assert not {"manifest.json", "index.json", "repositories"} & set(tar.getnames())


def test_a_breakage_that_the_layout_cannot_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="changes nothing in this layout"):
        save_tar(tmp_path / "app.tar", ImageSpec(("app:1",)), broken="traversal-digest")
