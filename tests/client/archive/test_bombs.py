# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Files below 1 MB that unpack to a lot of work: one sentence, within a second of CPU time and 64 MB of memory."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import subprocess
import sys
import tarfile

import pytest
import zstandard
from registry_api_v2_client.archive.limits import Limits

CPU_SECONDS, MEMORY = 1.0, 64_000_000
ZSTD = zstandard.ZstdCompressor(level=3).compress
CHILD = """
import re, resource, sys
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.errors import RegistryError
def used():
    now = resource.getrusage(resource.RUSAGE_SELF)
    peak = re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())  # ru_maxrss may be that of the parent
    return now.ru_utime + now.ru_stime, int(peak.group(1)) * 1024
cpu, memory = used()
try:
    open_archive(sys.argv[1]).close()
    said = ""
except RegistryError as error:
    said = f"{error.code}: {error.message}"
print(used()[0] - cpu, used()[1] - memory, said, sep="\\n")
"""


def header(name="a", size=0, kind=b"0", link=""):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return info.tobuf(tarfile.USTAR_FORMAT)


def file(name, data):
    return header(name, len(data)) + padded(data)


def padded(data):
    return data + bytes(-len(data) % 512)


def extension(data, kind=b"x"):
    return header("x", len(data), kind) + padded(data)


def record(key, value):
    body = f" {key}={value}\n"
    length = len(body) + len(str(len(body) + 2))
    return f"{length}{body}".encode()


def dumped(value):
    return json.dumps(value, separators=(",", ":")).encode()


def blob(data):
    digest = hashlib.sha256(data).hexdigest()
    return digest, file(f"blobs/sha256/{digest}", data)


def docker(listed, *more):
    return file("manifest.json", dumped(listed)) + file("c.json", dumped(CONFIG)) + b"".join(more)


CONFIG = {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": []}}
IMAGE = {"Config": "c.json", "Layers": []}


def numbered(folder, count):
    """Return headers of files with numbers for names; tarfile would take a second for 30,000."""
    block = header(f"{folder}/000000")
    begin, rest, total = block[:len(folder) + 1], block[len(folder) + 7:148], sum(block[:148]) + sum(block[156:]) + 256
    names = (b"%06d" % n for n in range(count))
    return b"".join(begin + n + rest + b"%06o\0 " % (total - 288 + sum(n)) + block[156:] for n in names)


def many_names():
    return numbered("layer/etc/file", 50_000)


def old_sparse():
    block = bytearray(header("holes", 0, b"S"))
    block[482] = 1
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + (bytes(504) + b"\1" + bytes(7)) * 500_000


def one_config_for_many_manifests(count):
    described = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": len(dumped(CONFIG)),
                 "digest": f"sha256:{hashlib.sha256(dumped(CONFIG)).hexdigest()}"}
    blobs = [blob(dumped({"schemaVersion": 2, "config": described, "layers": [], "n": n})) for n in range(count)]
    top = [{"digest": f"sha256:{digest}", "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "annotations": {"org.opencontainers.image.ref.name": f"b:{n}"}} for n, (digest, _data) in enumerate(blobs)]
    items = [{**IMAGE, "RepoTags": [f"a:{n}"]} for n in range(count)]
    return docker(items, blob(dumped(CONFIG))[1], file("index.json", dumped({"manifests": top})),
                  *(data for _digest, data in blobs))


def link_mazes():
    """Images whose layer paths lead over 38 links, each of them over 15 folders and back."""
    links = b"".join(header(f"l{n}", 0, b"2", f"{'x/../' * 15}l{n + 1}") for n in range(38))
    config = {**CONFIG, "rootfs": {"diff_ids": [f"sha256:{'0' * 64}"] * 4000}}
    items = [{"Config": "big.json", "Layers": ["l0"] * 4000}] * 3
    return docker(items, file("big.json", dumped(config)), links, header("x/y"), file("l38", b"x"))


def layers_without_end():
    config = {**CONFIG, "rootfs": {"diff_ids": [f"sha256:{'0' * 64}"] * 4000}}
    listed = [{"Config": "big.json", "Layers": ["l"] * 4000, "RepoTags": [f"a:{n}"]} for n in range(60)]
    return docker(listed, file("big.json", dumped(config)), file("l", b"x"))


def indexes_of_indexes():
    child = {"digest": f"sha256:{'0' * 64}", "size": 1, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    out, top = b"", []
    for n in range(8):
        digest, data = blob(dumped({"schemaVersion": 2, "manifests": [child] * 12_000, "n": n}))
        out += data
        top.append({"digest": f"sha256:{digest}", "mediaType": "application/vnd.oci.image.index.v1+json"})
    return file("index.json", dumped({"manifests": top})) + out


def wide_window():
    return zstandard.ZstdCompressor(compression_params=zstandard.ZstdCompressionParameters(window_log=27))


def wide_text():
    return docker([IMAGE], file("manifest.json", b'["' + "\U0001f600".encode() + b"a" * (3 << 20) + b'"]'))


def bzip2(data, times):
    return bz2.compress(data) * times  # streams one after the other are one file


def gzipped(data, times):
    return gzip.compress(data, 6) * times


BOMBS = {
    "a million members of one name": lambda: bzip2(header() * 10_000, 100),
    "a million refused names": lambda: bzip2(header("../a") * 10_000, 100),
    "members of one name, gzip": lambda: gzipped(header() * 10_000, 20),
    "names without end": lambda: lzma.compress(many_names(), preset=0),
    "names without end, zstd": lambda: ZSTD(many_names()),
    "global PAX headers": lambda: bzip2(extension(record("comment", "x"), b"g") * 10_000, 40),
    "global PAX headers, gzip": lambda: gzipped(extension(record("comment", "x"), b"g") * 10_000, 8),
    "PAX records without end": lambda: ZSTD(extension(record("a", "b") * 150_000)) * 40,
    "PAX records without end, plain": lambda: extension(record("a", "b") * 140_000),
    "PAX values of a megabyte": lambda: ZSTD(extension(record("path", "a" * 1_000_000))) * 200,
    "GNU long names": lambda: ZSTD(extension(b"a/" * 500_000, b"L") + header()) * 200,
    "GNU long links": lambda: ZSTD(extension(b"a/" * 500_000, b"K") + header("l", 0, b"2")) * 200,
    "sparse maps without end": lambda: ZSTD(old_sparse()),
    "zeros, gzip": lambda: gzip.compress(header("a", 7 << 30)) + gzipped(bytes(50 << 20), 19),
    "zeros, bzip2": lambda: bz2.compress(header("a", 7 << 30)) + bzip2(bytes(20 << 20), 300),
    "zeros, xz with a large window": lambda: lzma.compress(header("a", 7 << 30) + bytes(90 << 20), preset=9),
    "zeros, zstd": lambda: ZSTD(header("a", 7 << 30)) + ZSTD(bytes(100 << 20)) * 100,
    "zstd with a large window": lambda: wide_window().compress(header("a", 7 << 30) + bytes(200 << 20)),
    "gzip in gzip in gzip": lambda: gzip.compress(gzip.compress(gzip.compress(bytes(50 << 20)))),
    "bzip2 in bzip2": lambda: bzip2(bz2.compress(bytes(10 << 20)) * 10_000, 100),
    "JSON of empty objects": lambda: ZSTD(docker([IMAGE], file("manifest.json", b"[" + b"{}," * 300_000 + b"1]"))),
    "JSON of lists": lambda: ZSTD(docker([[[]]] * 120_000)),
    "JSON nested deeply": lambda: ZSTD(docker([IMAGE], file("manifest.json", b"[" * 200_000))),
    "JSON of wide text": lambda: ZSTD(wide_text()),
    "many JSON members": lambda: ZSTD(b"".join(file(f"{n}.json", b" " * (1 << 20)) for n in range(100))),
    "many configs": lambda: ZSTD(b"".join([
        docker([{**IMAGE, "Config": f"{n}.json"} for n in range(20)]),
        *(file(f"{n}.json", dumped({**CONFIG, "x": [n] * 200_000})) for n in range(20)),
    ])),
    "layers without end": lambda: ZSTD(layers_without_end()),
    "links without end": lambda: ZSTD(link_mazes()),
    "indexes of indexes": lambda: ZSTD(indexes_of_indexes()),
    "manifests that share a config": lambda: ZSTD(one_config_for_many_manifests(1_000)),
    "too many manifests that share a config": lambda: ZSTD(one_config_for_many_manifests(9_000)),
    "names of one image": lambda: ZSTD(docker([{**IMAGE, "RepoTags": [f"a:{n}"]} for n in range(1_000)])),
}
# The first two are images and have to be read in time. Of the third, the images beyond the limit of layers are refused.
HARMLESS = {"manifests that share a config", "names of one image", "layers without end"}


@pytest.mark.parametrize("shape", BOMBS)
def test_a_bomb_costs_at_most_a_second_and_64_mb(tmp_path, shape):
    path = tmp_path / "bomb.tar"
    path.write_bytes(BOMBS[shape]())
    assert path.stat().st_size < 1_000_000
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, timeout=60, check=True,
    )
    cpu, memory, said = ran.stdout.splitlines()
    assert (said == "") == (shape in HARMLESS), said
    assert float(cpu) < CPU_SECONDS and int(memory) < MEMORY, ran.stdout
    assert shape in HARMLESS or str(path) in said


@pytest.mark.parametrize("packed", [
    lambda tar: lzma.compress(tar, preset=9), lambda tar: wide_window().compress(tar),
    gzip.compress, bz2.compress, bytes,
], ids=["xz -9", "zstd --ultra", "gzip", "bzip2", "none"])
def test_an_archive_of_many_files_is_read(tars, packed):
    files = numbered("usr/share", 12_000)
    assert tars.entries(packed(files + tars.tar_bytes(tars.docker())))[0].names == ("app:1",)


def test_a_tar_of_seventy_thousand_files_is_read(tars):
    files = numbered("usr/share", 70_000)
    assert tars.entries(files + tars.tar_bytes(tars.docker()))[0].names == ("app:1",)


def test_the_limit_of_members_says_what_to_do(tars):
    error = tars.refusal(numbered("share", 1_001), limits=Limits(members=1_000))
    assert error.code == "over-limit" and "more than 1000 members" in error.message
    assert "save its images to several archives" in error.hint


@pytest.mark.parametrize(("count", "limits", "words"), [
    (10, {"pax_records": 10}, ""), (11, {"pax_records": 10}, "more than 10 PAX records"),
    (1, {"headers": 1}, "more than 1 headers"),
    (10, {"header_bytes": 60}, ""), (11, {"header_bytes": 60}, "extended headers of more than 60 bytes"),
])
def test_headers_are_counted_up_to_their_limits(tars, count, limits, words):
    data = extension(record("a", "b") * count) + tars.tar_bytes(tars.docker())
    if words:
        assert words in tars.refusal(data, limits=Limits(**limits)).message
    else:
        with tars.open(data, limits=Limits(**limits)) as archive:
            assert archive.entries
