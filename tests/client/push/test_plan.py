# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The plan as a value: one upload for each blob and repository, mounts, statuses, the diff and the message."""

from __future__ import annotations

import json
import time

from registry_api_v2_client.copying.compose import Blob
from registry_api_v2_client.copying.plan import (
    MOUNT,
    PRESENT,
    UPLOAD,
    BlobStep,
    FailedImage,
    ImagePlan,
    PushPlan,
    TagStep,
    share_blobs,
)
from registry_api_v2_client.copying.result import PushResult
from registry_api_v2_client.copying.running.run import PushOutcome
from registry_api_v2_client.errors import Failure
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.problems import problem
from registry_api_v2_client.reference import digest_of


def blob(name: str, size: int = 1000) -> Blob:
    return Blob(Descriptor("application/octet-stream", digest_of(name.encode()), size), 1)


def image(repository: str, *steps: tuple[str, str], before: str | None = None, after: str = "sha256:new") -> ImagePlan:
    blobs = tuple(BlobStep(repository, blob(name), action, "") for name, action in steps)
    root = Descriptor("application/json", after, 10)
    return ImagePlan("a.tar", "app:1", repository, root, b"{}", (), blobs, (), (TagStep("1", before, after),))


def shared(*images: ImagePlan) -> list[list[str]]:
    present = frozenset(step.key for one in images for step in one.blobs if step.action == PRESENT)
    return [[step.action for step in one.blobs] for one in share_blobs(images, present, mounting=True)]


def plan(*images: ImagePlan, failed: tuple[FailedImage, ...] = ()) -> PushPlan:
    return PushPlan("reg.example.com", (*images, *failed))


def test_a_blob_of_two_images_in_one_repository_is_sent_once() -> None:
    second = image("app", ("a", UPLOAD), ("b", UPLOAD))
    assert shared(image("app", ("a", UPLOAD)), second) == [[UPLOAD], [PRESENT, UPLOAD]]


def test_a_blob_of_two_repositories_is_sent_once_and_mounted() -> None:
    plans = share_blobs((image("app", ("a", UPLOAD)), image("web", ("a", UPLOAD))), frozenset(), mounting=True)
    assert (plans[1].blobs[0].action, plans[1].blobs[0].mount_from) == (MOUNT, "app")


def test_a_blob_that_another_repository_has_is_mounted_from_there() -> None:
    assert shared(image("app", ("a", UPLOAD)), image("web", ("a", PRESENT))) == [[MOUNT], [PRESENT]]


def test_nothing_is_mounted_when_everything_is_forced() -> None:
    plans = share_blobs((image("app", ("a", UPLOAD)), image("web", ("a", UPLOAD))), frozenset(), mounting=False)
    assert [one.blobs[0].action for one in plans] == [UPLOAD, UPLOAD]


def test_statuses() -> None:
    assert image("app", ("a", UPLOAD)).status == "pushed"
    assert image("app", ("a", PRESENT)).status == "tagged"
    assert image("app", ("a", PRESENT), before="sha256:new").status == "unchanged"
    assert image("app", ("a", UPLOAD), before="sha256:new").status == "pushed"


def test_the_rehearsal_returns_the_keys_and_values_of_the_run() -> None:
    wanted = plan(image("app", ("a", UPLOAD), ("b", PRESENT)))
    key = wanted.images[0].blobs[0].key
    ran = PushResult(wanted, PushOutcome(actions={key: UPLOAD}, bytes_sent=1000, finished={0}), 1.0).as_result()
    told = PushResult(wanted, None, 1.0).as_result()
    assert {**told, "msg": "", "actions": []} == {**ran, "msg": "", "actions": []}
    assert told["msg"] == "Would push 1 of 1 image to reg.example.com: 1 blob, 1.0 kB to send; 0 unchanged."
    assert ran["msg"] == "Pushed 1 of 1 image to reg.example.com: 1 blob, 1.0 kB in 1.0 s; 0 unchanged."


def test_a_declined_mount_is_told_as_an_upload() -> None:
    wanted = plan(*share_blobs((image("app", ("a", UPLOAD)),), frozenset({("web", digest_of(b"a"))}), mounting=True))
    key = wanted.images[0].blobs[0].key
    assert PushResult(wanted, None, 0).images()[0]["mounted"] == 1
    assert PushResult(wanted, PushOutcome(actions={key: UPLOAD}, finished={0}), 0).images()[0]["uploaded"] == 1


def test_the_diff_names_what_moves_and_keeps_name_and_digests_together() -> None:
    wanted = plan(image("app", ("a", UPLOAD), before="sha256:old"), image("web", ("b", PRESENT), before="sha256:new"))
    assert PushResult(wanted, None, 0).diff() == {
        "before_header": "reg.example.com", "after_header": "reg.example.com (1 of 2 blobs to send, 1.0 kB)",
        "before": "app:1\n  sha256:old\n", "after": "app:1\n  sha256:new\n",
    }


def test_nothing_to_do_has_no_diff_and_says_so() -> None:
    result = PushResult(plan(image("app", ("a", PRESENT), before="sha256:new")), None, 0)
    assert result.diff() is None and not result.changed
    assert result.message() == "Nothing to do: the image is in reg.example.com."


def test_a_failure_before_the_first_write_leaves_the_others_untried() -> None:
    error = problem("damaged", path="b.tar", member="x", cause="y")
    failed = FailedImage("b.tar", None, None, (), Failure.of(error))
    result = PushResult(plan(image("app", ("a", UPLOAD)), failed=(failed,)), None, 0, True)
    assert [one["status"] for one in result.images()] == ["not_tried", "failed"]
    assert not result.changed and result.bytes_uploaded == 0
    assert result.error is not None and result.error.message == error.message
    said = "1 of 2 images failed, 0 pushed, 0 unchanged, 1 not tried: b.tar [damaged]. First: "
    assert result.message().startswith(said)


def test_a_failed_run_lists_blobs_of_failed_images_only() -> None:
    error = problem("body-too-large", registry="r", what="layer 1 of web:1")
    wanted = plan(image("app", ("a", UPLOAD)), image("web", ("b", UPLOAD)))
    images = PushResult(wanted, PushOutcome(failed={1: error}, finished={0}), 0).images()
    assert [(one["status"], len(one["blobs"])) for one in images] == [("pushed", 0), ("failed", 1)]
    assert images[1]["error"]["code"] == "body-too-large"


def test_the_result_of_a_thousand_images_is_made_at_once_and_stays_small() -> None:
    steps = [(f"{n}", PRESENT) for n in range(10)]
    result = PushResult(plan(*(image(f"app{n}", *steps, before="sha256:new") for n in range(1000))), None, 0)
    began = time.process_time()
    text = json.dumps(result.as_result())
    assert time.process_time() - began < 2 and len(text) < 500_000
    assert result.diff() is None
