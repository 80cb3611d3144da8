# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which member a name leads to: links inside the archive are followed, nothing outside of it is ever reached."""

from __future__ import annotations

import tarfile

import pytest
from registry_api_v2_client.errors import ValidationError

SYMLINK, HARDLINK = tarfile.SYMTYPE, tarfile.LNKTYPE


def with_layer(tars, *members):
    """A docker archive whose layer l0/layer.tar is what `members` make of it; t/real.tar is the true one."""
    return [*members, tars.member("t/real.tar", tars.LAYER), *tars.docker()[1:]]


@pytest.mark.parametrize(("name", "kind", "target"), [
    ("l0/layer.tar", SYMLINK, "../t/real.tar"),
    ("l0/layer.tar", SYMLINK, ".././t//real.tar"),
    ("l0/layer.tar", SYMLINK, "../x/../t/real.tar"),
    ("l0/layer.tar", HARDLINK, "t/real.tar"),
    ("l0/layer.tar", HARDLINK, "./t/real.tar"),
    ("l0/layer.tar", HARDLINK, "/t/real.tar"),
    ("./l0/layer.tar", SYMLINK, "../t/real.tar"),
    ("/l0/layer.tar", SYMLINK, "../t/real.tar"),
])
def test_a_link_inside_the_archive_is_followed(tars, name, kind, target):
    with tars.open(with_layer(tars, tars.member(name, b"", kind, target))) as archive:
        assert archive.read(archive.entries[0].node.layers[0].member) == tars.LAYER


def test_a_link_to_a_folder_is_followed(tars):
    link = [tars.member("l0", b"", SYMLINK, "t"), tars.member("t/layer.tar", b"", SYMLINK, "real.tar")]
    assert tars.entries(with_layer(tars, *link))[0].node.complete


@pytest.mark.parametrize(("kind", "target", "said"), [
    (SYMLINK, "/etc/passwd", "out of the archive"),
    (SYMLINK, "../../etc/passwd", "out of the archive"),
    (HARDLINK, "../etc/passwd", "out of the archive"),
    (SYMLINK, "layer.tar", "in a circle"),
    (HARDLINK, "l0/layer.tar", "in a circle"),
    (SYMLINK, "", "to nowhere"),
    (SYMLINK, "x" * 5000, "to nowhere"),
])
def test_a_link_that_leads_elsewhere_is_refused(tars, kind, target, said):
    error = tars.refusal(with_layer(tars, tars.member("l0/layer.tar", b"", kind, target)))
    assert isinstance(error, ValidationError) and error.member == "l0/layer.tar" and said in error.message


@pytest.mark.parametrize("links", [[("l0/layer.tar", "../a"), ("a", "b"), ("b", "a")], [("l0", "l0/x")]])
def test_circles_over_several_links_end(tars, links):
    members = [tars.member(name, b"", SYMLINK, target) for name, target in links]
    assert "in a circle" in tars.refusal(with_layer(tars, *members)).message


def test_a_dangling_link_is_an_absent_member(tars):
    error = tars.refusal(with_layer(tars, tars.member("l0/layer.tar", b"", SYMLINK, "nothing")))
    assert "names l0/layer.tar, which is not in the archive" in error.message


def test_chains_longer_than_the_system_follows_are_refused(tars):
    chain = [tars.member(f"l0/{n}", b"", SYMLINK, str(n + 1)) for n in range(60)]
    first = tars.member("l0/layer.tar", b"", SYMLINK, "0")
    assert tars.refusal(with_layer(tars, first, *chain)).code == "bad-archive"


@pytest.mark.parametrize("kind", [tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_what_is_no_file_is_refused_by_its_kind(tars, kind):
    error = tars.refusal(with_layer(tars, tars.member("l0/layer.tar", b"", kind)))
    assert error.member == "l0/layer.tar" and ", not a file" in error.message


@pytest.mark.parametrize("path", ["../l0/layer.tar", "/l0/layer.tar", "l0/../../x", "a/" * 100 + "b", ""])
def test_a_reference_out_of_the_archive_is_refused(tars, path):
    manifest = [{"Config": "c.json", "RepoTags": ["a:1"], "Layers": [path]}]
    assert isinstance(tars.refusal(tars.docker(manifest=manifest)), ValidationError)


@pytest.mark.parametrize("name", ["../../evil", "/../evil", "a/../../evil", "..", "n" * 6000])
def test_members_that_nobody_asks_for_may_be_called_anything(tars, name):
    assert tars.entries([tars.member(name, b"x"), *tars.docker()])[0].names == ("app:1",)


@pytest.mark.parametrize("prefix", ["./", "/", ".//./"])
def test_prefixes_of_member_names_do_not_matter(tars, prefix):
    members = tars.docker()
    for info, dummy in members:
        info.name = prefix + info.name
    assert tars.entries(members)[0].node.complete


def test_of_members_with_one_name_the_last_counts(tars):
    members = [tars.member("manifest.json", b"[]"), tars.member("l0/layer.tar", b"other"), *tars.docker()]
    assert tars.entries(members)[0].node.layers[0].member.size == len(tars.LAYER)


def test_backslashes_are_letters(tars):
    manifest = [{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l0\\layer.tar"]}]
    members = [tars.member("l0\\layer.tar", tars.LAYER), *tars.docker(manifest=manifest)]
    assert tars.entries(members)[0].node.layers[0].member.name == "l0\\layer.tar"


def test_names_that_are_no_utf8_are_shown_and_never_crash(tars):
    member = tars.member("l0/l\udcff\x1b\n.tar", b"", tarfile.DIRTYPE)
    manifest = [{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l0/l\udcff\x1b\n.tar"]}]
    message = tars.refusal([member, *tars.docker(manifest=manifest)]).message
    assert message.isprintable()


def test_a_layout_packed_with_its_folder_is_found(tars):
    oci = tars.Oci()
    assert tars.entries(oci.members(tars.named(oci.image(), "a:1"), prefix="x/img/"))[0].names == ("a:1",)
    members = tars.docker()
    for info, dummy in members:
        info.name = f"saved/{info.name}"
    twins = [tars.member("._saved", b"mac"), tars.member("saved/._manifest.json", b"mac")]
    assert tars.entries([*twins, *members])[0].names == ("app:1",)


def test_a_folder_beside_others_is_no_root(tars):
    oci = tars.Oci()
    assert tars.refusal([tars.member("b/x", b"x"), *oci.members(oci.image(), prefix="a/")]).code == "no-manifest"
