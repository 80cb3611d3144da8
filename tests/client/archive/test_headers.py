# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The tar format itself: names, sizes and links in every dialect, and headers that lie."""

from __future__ import annotations

import tarfile

import pytest
from registry_api_v2_client.archive.tar.headers import BadHeaderError, parse_header, parse_pax, pax_size

DIALECTS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]


def header_of(name="a", size=5, kind=b"0", link="", dialect=tarfile.USTAR_FORMAT):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return bytearray(info.tobuf(dialect))


def with_checksum(block):
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def with_size(field):
    block = header_of()
    block[124:136] = field
    return with_checksum(block)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("length", [1, 99, 100, 101, 200, 255, 256, 1000])
def test_long_names_are_read_in_every_dialect(tars, dialect, length):
    name = "/".join(["n" * 49] * (length // 50) + ["x" * (length % 50 or 1)])
    if dialect == tarfile.USTAR_FORMAT:
        name = name[-201:].lstrip("/")  # ustar has 155 and 100 characters, split at a slash
    manifest = [{"Config": "c.json", "RepoTags": ["a:1"], "Layers": [name]}]
    members = [tars.member(name, tars.LAYER), *tars.docker(manifest=manifest)]
    with tars.open(tars.tar_bytes(members, dialect)) as archive:
        assert archive.entries[0].node.layers[0].member.name == name


@pytest.mark.parametrize("dialect", DIALECTS[1:])
def test_long_link_targets_are_followed(tars, dialect):
    target = "t" * 300
    members = [tars.member(target, tars.LAYER), tars.member("l0/layer.tar", b"", tarfile.SYMTYPE, f"../{target}"),
               *tars.docker()[1:]]
    with tars.open(tars.tar_bytes(members, dialect)) as archive:
        assert archive.read(archive.entries[0].node.layers[0].member) == tars.LAYER


@pytest.mark.parametrize("size", [0, 7, 8**11 - 1, 8**11, 10 << 40])
def test_sizes_are_octal_or_base_256(size):
    assert parse_header(bytes(header_of(size=size, dialect=tarfile.GNU_FORMAT))).size == size


@pytest.mark.parametrize(("field", "size"), [
    (b"00000000005\0", 5), (b"00000000005 ", 5), (b"          5 ", 5), (b"\0" * 12, 0), (b" " * 12, 0),
    (b"\x80" + b"\0" * 10 + b"\x05", 5),
])
def test_sizes_as_programs_write_them(field, size):
    assert parse_header(with_size(field)).size == size


@pytest.mark.parametrize("field", [
    b"\xff" * 12, b"\xff" + bytes(11), b"\x80" + b"\xff" * 11, b"-0000000005\0", b"00000000009\0", b"0x000000005\0",
    b"0000 000005\0",
])
def test_impossible_sizes_are_refused(field):
    with pytest.raises(BadHeaderError):
        parse_header(with_size(field))


def test_a_block_of_zeros_is_the_end_and_noise_is_no_header():
    assert parse_header(bytes(512)) is None
    with pytest.raises(BadHeaderError):
        parse_header(b"x" * 512)


def test_checksums_of_signed_bytes_are_accepted():
    block = header_of(name="x" * 10)
    block[0:10] = b"\xe4" * 10
    block[148:156] = b" " * 8
    signed = sum(byte - 256 if byte > 127 else byte for byte in block)
    block[148:156] = b"%06o\0 " % signed
    assert parse_header(bytes(block)) is not None


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"5", b"6"])
def test_entries_without_content_have_none_whatever_their_size_says(kind):
    assert parse_header(bytes(header_of(kind=kind, size=4096))).content == 0


def test_pax_records_that_matter_are_kept():
    said = pax(path="aä b\nc/d=e") + pax(size="7") + pax(uid="1")
    assert parse_pax(said) == {"path": "aä b\nc/d=e", "size": "7"}


def pax(**records):
    out = b""
    for key, value in records.items():
        body = f" {key}={value}\n".encode()
        length = len(body) + len(str(len(body) + 2))
        out += str(length).encode() + body
    return out


@pytest.mark.parametrize("data", [
    b"x", b"5 a=b", b"99 path=a\n", b"0 path=a\n", b"-7 path=a\n", b"6 path\n", b"8path=a\n",
])
def test_broken_pax_records_are_refused(data):
    with pytest.raises(BadHeaderError):
        parse_pax(data)


@pytest.mark.parametrize("value", ["", "-1", "1.5", "1e3", "9" * 40, "\u0663"])
def test_pax_sizes_are_plain_numbers(value):
    with pytest.raises(BadHeaderError):
        pax_size(value)


def test_a_pax_size_wins_over_the_header(tars):
    extended = tars.member("PaxHeaders/x", pax(size=str(len(tars.LAYER))), b"x")
    lying = bytearray(header_of("l0/layer.tar", 0))
    data = tars.tar_bytes([extended])[:1024] + with_checksum(lying) + tars.LAYER + tars.tar_bytes(tars.docker()[1:])
    with tars.open(data) as archive:
        assert archive.read(archive.entries[0].node.layers[0].member) == tars.LAYER


def test_a_global_pax_header_holds_for_what_follows(tars):
    comment = tars.member("pax_global_header", pax(comment="52" * 20), b"g")
    assert tars.entries(tars.tar_bytes([comment])[:1024] + tars.tar_bytes(tars.docker()))[0].names == ("app:1",)


def test_a_members_own_pax_header_wins_over_the_global_one(tars):
    everywhere = tars.tar_bytes([tars.member("pax_global_header", pax(path="elsewhere", size="7"), b"g")])[:1024]
    size = str(len(tars.LAYER))
    own = tars.tar_bytes([tars.member("PaxHeaders/x", pax(path="l0/layer.tar", size=size), b"x")])[:1024]
    rest = b"".join(
        tars.tar_bytes([tars.member("PaxHeaders/x", pax(path=info.name, size=str(info.size)), b"x")])[:1024]
        + tars.tar_bytes([(info, data)])[:512 + (len(data) + 511) // 512 * 512] for info, data in tars.docker()[1:]
    )
    layer = with_checksum(header_of("some", 0)) + tars.LAYER
    with tars.open(everywhere + own + layer + rest + bytes(1024)) as archive:
        assert archive.read(archive.entries[0].node.layers[0].member) == tars.LAYER


@pytest.mark.parametrize("records", [{"GNU.sparse.map": "0,1"}, {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}])
def test_sparse_files_are_refused_where_they_are_used(tars, records):
    sparse = tars.member("l0/layer.tar", tars.LAYER, pax_headers=records)
    error = tars.refusal([sparse, *tars.docker()[1:]])
    assert error.code == "bad-archive" and error.member == "l0/layer.tar" and "sparse" in error.message


def test_old_sparse_files_that_nobody_uses_are_passed_over(tars):
    block = header_of("holes", 512, b"S")
    block[482] = 1
    data = with_checksum(block) + bytes(504) + b"\1" + bytes(7) + bytes(512) + b"x" * 512
    assert tars.entries(data + tars.tar_bytes(tars.docker()))[0].names == ("app:1",)


@pytest.mark.parametrize("rest", [b"", bytes(100)], ids=["at its begin", "within"])
def test_a_sparse_map_that_is_cut_off_is_an_error(tars, rest):
    block = header_of("holes", 512, b"S")
    block[482] = 1
    error = tars.refusal(with_checksum(block) + rest)
    assert error.code == "truncated" and str(512 - len(rest)) in error.message


def test_an_extended_header_of_gigabytes_is_not_read(tars):
    data = with_checksum(header_of("x", 3 << 30, b"x", dialect=tarfile.GNU_FORMAT))
    assert tars.refusal(data + bytes(2048)).code == "damaged"
