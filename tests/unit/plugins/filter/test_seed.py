# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What registry_seed computes between its tasks, from results as the modules return them."""

from __future__ import annotations

import pytest
from ansible_collections.registry_api.v2.plugins.filter.prune import prune_report
from ansible_collections.registry_api.v2.plugins.filter.seed import (
    seed_checksums,
    seed_images,
    seed_lacking,
    seed_outcome,
    seed_questions,
    seed_sources,
)

DIGEST = "sha256:" + "a" * 64


def found(*names):
    return [{"path": f"/t/{name}", "size": 5, "isdir": name == "folder"} for name in names]


def test_sources_come_from_files_folders_and_globs_in_order():
    looks = [
        {"item": {"path": "/t/app.tar", "name": "team/app", "tags": ["1.10"]}, "stat": {"exists": True, "size": 7}},
        {"item": "/t", "stat": {"exists": True, "isdir": True}},
        {"item": "/t/x*.tar", "skipped": True},
    ]
    finds = [{"skipped": True}, {"files": found("b.tar", "a.tar", "folder")}, {"files": found("x1.tar")}]
    result = seed_sources(looks, finds)
    assert [source["path"] for source in result["sources"]] == ["/t/app.tar", "/t/a.tar", "/t/b.tar", "/t/x1.tar"]
    assert result["sources"][0] == {"path": "/t/app.tar", "size": 7, "name": "team/app", "tags": ["1.10"]}
    assert result["failed"] == []


@pytest.mark.parametrize(("look", "find", "code", "said"), [
    ({"item": "/t/no.tar", "stat": {"exists": False}}, {"skipped": True}, "no-file", "There is no file /t/no.tar."),
    ({"item": "/t", "stat": {"exists": True, "isdir": True}}, {"files": []}, "no-archives",
     "The folder /t contains no image tar."),
    ({"item": "/t/*.tar", "skipped": True}, {"files": []}, "no-archives", "Nothing matches /t/*.tar."),
])
def test_what_is_not_there_is_said(look, find, code, said):
    assert seed_sources([look], [find])["failed"] == [{"what": look["item"], "code": code, "message": said}]


def test_images_are_pushed_from_where_they_lie_now():
    copied = {"path": "/t/a.tar", "size": 1, "file_name": "a.tar", "name": "team/a"}
    sources = [copied, {"path": "/t/b.tar", "size": 1}, "/t/more/*.tar"]
    assert seed_images(sources, "/copies") == [
        {"path": "/copies/a.tar", "name": "team/a"}, {"path": "/t/b.tar"}, {"path": "/t/more/*.tar"},
    ]


@pytest.mark.parametrize(("text", "codes"), [
    ("{0}  app.tar\n", []),
    ("{0} *app.tar\n", []),
    ("{0}  ./app.tar\n", []),
    ("{1}  app.tar\n", ["wrong-checksum"]),
    ("{0}  other.tar\n", ["no-checksum"]),
    ("", ["no-checksum"]),
])
def test_checksums(text, codes):
    looks = [{"item": "/t/app.tar", "stat": {"checksum": "a" * 64}}]
    failed = seed_checksums([{"path": "/t/app.tar"}], text.format("a" * 64, "b" * 64), "/t", looks)
    assert [failure["code"] for failure in failed] == codes


def info(path, *images):
    return {"images": [
        {"path": path, "number": number, "names": list(names), "digest": DIGEST, "size": 9, "problem": None,
         "images": [{"config": {"os": "linux"}}]}
        for number, names in enumerate(images, 1)
    ]}


@pytest.mark.parametrize(("source", "options", "names"), [
    ({}, {}, ["team/app:1", "team/app:latest"]),
    ({}, {"original_tags": "first", "prefix": "mirror"}, ["mirror/team/app:1"]),
    ({}, {"original_registry": "keep", "original_tags": "first"}, ["registry.io/team/app:1"]),
    ({"name": "x/y"}, {}, ["x/y:1", "x/y:latest"]),
    ({"name": "x/y", "tags": "1.10,2"}, {}, ["x/y:1.10", "x/y:2"]),
])
def test_the_registry_is_asked_for_the_names_that_a_push_gives(source, options, names):
    archived = info("/t/app.tar", ("registry.io/team/app:1", "team/app"))
    asked = seed_questions([{"path": "/t/app.tar", **source}], archived, options)
    assert [one["image"] for one in asked["questions"]] == names
    assert asked["failed"] == []


UNREADABLE = {"path": "/t/bad.tar", "number": None, "problem": {"code": "truncated", "message": "It is cut."}}


@pytest.mark.parametrize(("archived", "code", "message"), [
    ({"images": [UNREADABLE], "msg": "1 of 2"}, "truncated", "It is cut."),
    ({"images": [{**UNREADABLE, "problem": {"code": "truncated"}}], "msg": "It is cut. [truncated]"}, "truncated",
     "It is cut."),
    ({"msg": "No such interpreter."}, "failed", "No such interpreter."),
])
def test_a_tar_that_cannot_be_read_is_a_failure_and_not_copied(archived, code, message):
    asked = seed_questions([{"path": "/t/bad.tar"}], archived, {})
    assert asked == {"questions": [], "failed": [{"what": "/t/bad.tar", "code": code, "message": message}]}
    assert seed_lacking([{"path": "/t/bad.tar"}], [], {}) == []


def test_one_bad_tar_leaves_the_others_to_be_asked_for():
    archived = {"images": [UNREADABLE, *info("/t/app.tar", ("team/app:1",))["images"]]}
    asked = seed_questions([{"path": "/t/bad.tar"}, {"path": "/t/app.tar"}], archived, {})
    assert [one["image"] for one in asked["questions"]] == ["team/app:1"]
    assert [one["what"] for one in asked["failed"]] == ["/t/bad.tar"]


QUESTION = {
    "path": "/t/app.tar", "image": "team/app:1", "digest": DIGEST, "size": 9, "config": {"os": "linux"},
}


@pytest.mark.parametrize(("answer", "copied"), [
    ({"exists": True, "digest": DIGEST, "config": None, "missing": []}, False),
    ({"exists": True, "digest": "sha256:other", "config": {"os": "linux"}, "missing": []}, False),
    ({"exists": True, "digest": "sha256:other", "config": {"os": "plan9"}, "missing": []}, True),
    ({"exists": True, "digest": DIGEST, "config": None, "missing": [{"kind": "blob"}]}, True),
    ({"exists": False}, True),
    ({"exists": None, "error": {"code": "not-allowed"}}, True),
    (None, True),
])
def test_only_what_the_registry_lacks_is_copied(answer, copied):
    result = {"msg": "No answer."} if answer is None else {"infos": [{"image": "team/app:1", **answer}]}
    lacking = seed_lacking([{"path": "/t/app.tar"}], [QUESTION], result)
    assert bool(lacking) is copied
    assert all(source["file_name"].endswith("-app.tar") and "/" not in source["file_name"] for source in lacking)


@pytest.mark.parametrize("other", [{"exists": False}, {"exists": True, "digest": DIGEST, "missing": []}])
def test_a_tar_is_copied_if_one_of_its_images_is_not_there(other):
    questions = [QUESTION, {**QUESTION, "image": "team/app:2"}]
    there = {"image": "team/app:1", "exists": True, "digest": DIGEST, "missing": []}
    answer = {"infos": [there, {"image": "team/app:2", **other}]}
    assert bool(seed_lacking([{"path": "/t/app.tar"}], questions, answer)) is not other["exists"]


def image(status="pushed", **words):
    return {"path": "/t/app.tar", "repository": "team/app", "tags": ["1"], "status": status, "digest": DIGEST,
            "size": 9_000_000, "error": None, **words}


def outcome(push, failed=(), verified=None, present=(), waiting=(), check=False):
    return seed_outcome(push, list(failed), verified or {}, list(present), "r:5000", list(waiting), check)


def test_the_report_is_in_columns_by_the_names_that_nodes_pull():
    images = [image(), image("unchanged", repository="team/longer")]
    push = {"msg": "Pushed 1 of 2 images.", "bytes_uploaded": 9_000_000, "images": images}
    assert outcome(push)["report"] == [
        "pushed     r:5000/team/app:1     9.0 MB",
        "unchanged  r:5000/team/longer:1  9.0 MB",
        "2 images for r:5000: 1 pushed, 1 unchanged; 9.0 MB sent.",
    ]


def test_failures_name_file_and_code():
    cut = image("failed", error={"code": "truncated", "message": "It is cut."})
    push = {"msg": "1 failed", "images": [cut, image()]}
    result = outcome(push, failed=[{"what": "/t/no.tar", "code": "no-file", "message": "There is none."}])
    assert result["total"] == 3
    assert result["report"][-1] == "3 images for r:5000: 1 pushed, 2 failed."
    assert [one["code"] for one in result["failed"]] == ["no-file", "truncated"]
    assert "failed  /t/app.tar (team/app:1)  [truncated]" in result["report"]


def test_a_push_that_failed_as_a_whole_is_a_failure():
    result = outcome({"failed": False, "msg": "Two contents for one tag. [tag-clash]", "error": {"code": "tag-clash"}})
    assert result["failed"] == [{"what": "r:5000", "code": "tag-clash", "message": "Two contents for one tag."}]


def test_the_only_image_has_its_sentence_in_the_message_of_the_task():
    """Ansible prints the whole result, so a sentence is only once in it."""
    cut = image("failed", error={"code": "truncated", "hint": "Copy it again."})
    (failed,) = outcome({"msg": "It is cut. Copy it again. [truncated]", "images": [cut]})["failed"]
    assert failed == {"what": "/t/app.tar (team/app:1)", "code": "truncated", "message": "It is cut. Copy it again."}


@pytest.mark.parametrize(("answer", "said"), [
    ({"exists": True, "digest": DIGEST, "missing": []}, None),
    ({"exists": True, "digest": DIGEST, "missing": None}, None),
    ({"exists": True, "digest": "sha256:x", "missing": []}, f"team/app:1 is sha256:x and not {DIGEST}."),
    ({"exists": False}, "The registry has no team/app:1."),
    ({"exists": True, "digest": DIGEST, "missing": [{"kind": "blob", "digest": "sha256:b"}]},
     "team/app:1 lacks blob sha256:b."),
    ({"exists": None, "error": {"code": "wrong-bytes", "message": "Wrong bytes.", "hint": ""}}, "Wrong bytes."),
    ({"exists": None, "error": {"code": "wrong-bytes"}}, "No answer."),
    (None, "No answer."),
])
def test_what_verifying_finds(answer, said):
    infos = {} if answer is None else {"infos": [{"image": "team/app:1", "error": None, **answer}]}
    verified = {"msg": "No answer. [wrong-bytes]", "error": {"code": "wrong-bytes"}, **infos}
    failed = outcome({"images": [image()], "msg": ""}, verified=verified)["failed"]
    assert [one["message"] for one in failed] == ([] if said is None else [said])


@pytest.mark.parametrize("verified", [{}, {"skipped": True, "changed": False}])
def test_without_verifying_nothing_is_wrong(verified):
    assert outcome({"images": [image()], "msg": ""}, verified=verified)["failed"] == []


def test_check_mode_says_would():
    lines = outcome({"images": [image()], "msg": "Would push."}, waiting=[QUESTION], check=True)["report"]
    assert lines[0].startswith("would be pushed  r:5000/team/app:1") and lines[1].startswith("would be pushed")


def test_a_plan_is_one_line_for_each_repository_then_names():
    result = {
        "deleted": [{"repository": "team/app", "digest": DIGEST, "tags": ["1", "old"], "parent": None},
                    {"repository": "team/app", "digest": DIGEST, "tags": [], "parent": DIGEST}],
        "untagged": [{"repository": "team/app", "digest": DIGEST, "tag": "stable"}],
        "kept": [{"repository": "team/app", "digest": "sha256:k", "tags": ["2"], "reason": "newest"},
                 {"repository": "team/db", "digest": "sha256:d", "tags": ["9"], "reason": "unknown_age"}],
    }
    assert prune_report([result], True) == [
        "team/app: 3 manifests would go, 1 kept (1 newest)",
        "  team/app:1, team/app:old",
        f"  team/app@{DIGEST} (went along with {DIGEST[:19]})",
        "  team/app:stable",
        "team/db: 0 manifests would go, 1 kept (1 unknown age)",
    ]
    assert prune_report([{}]) == ["Nothing to prune: no repository matches."]
