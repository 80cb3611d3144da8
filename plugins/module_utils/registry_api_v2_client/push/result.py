# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What came of a push, in the words that modules return: statuses, counts, the message and the diff. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..errors import RegistryError
from ..problems import size_text
from .plan import (
    COMPRESS, FAILED, MOUNT, NOT_TRIED, PRESENT, PUSHED, TAGGED, UNCHANGED, UPLOAD, FailedImage, ImagePlan, PushPlan,
)
from .run import Outcome

_ACTIONS = {PRESENT: "present", MOUNT: "mounted", UPLOAD: "uploaded", COMPRESS: "uploaded"}
_SENT = (UPLOAD, COMPRESS)
AFTER_COMPRESSION = "known when its layers are compressed"
MAX_NAMED = 5  # failed images that msg names; `images` lists all


@dataclass(frozen=True)
class PushResult:
    """The end of one push or of its rehearsal.

    `outcome` is None where nothing was sent: in check mode, and where a failure before the first write stopped all
    (`stopped`). `seconds` is how long it took, `compressor` names library, version and level where layers were compressed.
    """

    plan: PushPlan
    outcome: Outcome | None
    seconds: float
    stopped: bool = False
    compressor: str | None = None

    @property
    def _images(self) -> tuple[ImagePlan, ...]:
        """The plans, as they turned out where compressing decided."""
        completed = self.outcome.completed if self.outcome else {}
        return tuple(completed.get(number, image) for number, image in enumerate(self.plan.images))

    @property
    def changed(self) -> bool:
        """True where the registry changed, or would."""
        return any(status in (PUSHED, TAGGED) for status in self._statuses()) or bool(self._actions_done())

    @property
    def error(self) -> RegistryError | None:
        """The first failure, in the order of the images."""
        if self.plan.failed:
            return self.plan.failed[0].error
        failed = self.outcome.failed if self.outcome else {}
        return failed[min(failed)] if failed else None

    @property
    def digest(self) -> str | None:
        """The manifest digest where the task was about one image."""
        return self._images[0].root.digest or None if len(self._images) == 1 and not self.plan.failed else None

    @property
    def bytes_uploaded(self) -> int:
        """Bytes of blobs that arrived, or would be sent; mounts and retries are not counted."""
        if self.outcome is not None or self.stopped:
            return self.outcome.bytes_sent if self.outcome else 0
        return sum(image.bytes_to_send for image in self._images)

    def status(self, number: int) -> str:
        """Return what happened to one image of the plan."""
        image = self._images[number]
        if self.outcome is None:
            return NOT_TRIED if self.stopped and image.status != UNCHANGED else image.status
        if number in self.outcome.failed:
            return FAILED
        return image.status if number in self.outcome.finished or image.status == UNCHANGED else NOT_TRIED

    def _statuses(self) -> list[str]:
        return [self.status(number) for number in range(len(self._images))]

    def _actions_done(self) -> dict[tuple[str, str], str]:
        return self.outcome.actions if self.outcome else {}

    def as_result(self) -> dict[str, t.Any]:
        """Return the values that docker_tar_push documents, but for `diff`."""
        return {
            "changed": self.changed,
            "msg": self.message(),
            "digest": self.digest,
            "bytes_uploaded": self.bytes_uploaded,
            "compressor": self.compressor,
            "actions": self.actions(),
            "images": self.images(),
        }

    def images(self) -> list[dict[str, t.Any]]:
        """Return one record for each image, failures that happened before anything was asked at the end."""
        records = [self._record(number) for number in range(len(self._images))]
        return records + [_failure(failed) for failed in self.plan.failed]

    def _record(self, number: int) -> dict[str, t.Any]:
        image = self._images[number]
        status = self.status(number)
        error = self.outcome.failed.get(number) if self.outcome else None
        actions = [self._action(step.key, step.action) for step in image.blobs]
        return {
            "path": image.path,
            "source": image.source,
            "repository": image.repository,
            "tags": [step.tag for step in image.tags],
            "digest": image.root.digest or None,
            "media_type": image.root.media_type or None,
            "platforms": _platforms(image),
            "size": _size(image),
            "status": status,
            "moved": {step.tag: step.before for step in image.tags if step.before is not None and step.writes},
            "present": actions.count(PRESENT),
            "uploaded": actions.count(UPLOAD) + actions.count(COMPRESS),
            "mounted": actions.count(MOUNT),
            "blobs": [] if status == UNCHANGED or (self.error is not None and status != FAILED) else [
                {"digest": step.blob.descriptor.digest or None, "size": step.blob.descriptor.size, "action": _ACTIONS[action]}
                for step, action in zip(image.blobs, actions)
            ],
            "error": error.as_values() if error else None,
        }

    def _action(self, key: tuple[str, str], planned: str) -> str:
        return self._actions_done().get(key, planned) if planned != PRESENT else planned

    def actions(self) -> list[str]:
        """Return one sentence for each image that changed, or would, or failed."""
        sentences = [self._sentence(number) for number in range(len(self._images))]
        named = [f"{failed.repository or failed.path} failed: {failed.error.message}" for failed in self.plan.failed]
        return [sentence for sentence in sentences if sentence] + named

    def _sentence(self, number: int) -> str:
        image, status = self._images[number], self.status(number)
        names = ", ".join([image.label] + [step.tag for step in image.tags[1:]])
        if status == FAILED and self.outcome is not None:
            return f"{names} failed: {self.outcome.failed[number].message}"
        if status not in (PUSHED, TAGGED):
            return ""
        verb = "Would push" if self.outcome is None else "Pushed"
        return f"{verb} {names}: {image.count(UPLOAD) + image.count(COMPRESS)} of {_blobs(len(image.blobs))}, {size_text(image.bytes_to_send)}."

    def message(self) -> str:
        """Return the sentence of `msg`."""
        statuses = self._statuses()
        failed = statuses.count(FAILED) + len(self.plan.failed)
        total = len(statuses) + len(self.plan.failed)
        unchanged = statuses.count(UNCHANGED)
        if failed:
            return self._failure_message(failed, total, statuses)
        if not total:
            return "Nothing to do: no image was asked for."
        if unchanged == total:
            return f"Nothing to do: {_all(total)} in {self.plan.registry}."
        return self._success_message(total, unchanged)

    def _success_message(self, total: int, unchanged: int) -> str:
        moved = total - unchanged
        blobs = sum(image.count(UPLOAD) + image.count(COMPRESS) for image in self._images)
        size = size_text(self.bytes_uploaded)
        if self.outcome is None:
            return (f"Would push {moved} of {_images(total)} to {self.plan.registry}: {_blobs(blobs)}, {size} to send;"
                    f" {unchanged} unchanged.")
        return (f"Pushed {moved} of {_images(total)} to {self.plan.registry}: {_blobs(blobs)}, {size} in"
                f" {self.seconds:.1f} s; {unchanged} unchanged.")

    def _failure_message(self, failed: int, total: int, statuses: list[str]) -> str:
        pushed = statuses.count(PUSHED) + statuses.count(TAGGED)
        first = self.error.one_line() if self.error else ""
        if total == 1:
            return first
        counts = [f"{pushed} pushed", f"{statuses.count(UNCHANGED)} unchanged"]
        if NOT_TRIED in statuses:
            counts.append(f"{statuses.count(NOT_TRIED)} not tried")
        names = [f"{name} [{error.code}]" for name, error in self._failures()]
        more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        return (f"{failed} of {_images(total)} failed, {', '.join(counts)}: {', '.join(names[:MAX_NAMED])}{more}."
                f" First: {first}")

    def _failures(self) -> list[tuple[str, RegistryError]]:
        failed = self.outcome.failed if self.outcome else {}
        found = [(self._images[number].label, error) for number, error in sorted(failed.items())]
        return [(f"{one.repository}:{one.tags[0]}" if one.repository and one.tags else one.path, one.error)
                for one in self.plan.failed] + found

    def diff(self) -> dict[str, str] | None:
        """Return the diff that Ansible shows, None where nothing changes: the same before and after the run."""
        moves = sorted({
            (f"{image.repository}:{step.tag}", step.before or "absent", step.after or AFTER_COMPRESSION)
            for image in self._images for step in image.tags if step.writes
        })
        if not moves and all(image.status == UNCHANGED for image in self._images):
            return None
        steps = {step.key: step for image in self._images for step in image.blobs}
        sending = [step for image in self._images for step in image.blobs if step.action in _SENT]
        size = size_text(sum(step.blob.descriptor.size for step in sending))
        return {
            "before_header": self.plan.registry,
            "after_header": f"{self.plan.registry} ({len(sending)} of {_blobs(len(steps))} to send, {size})",
            "before": "".join(f"{name}\n  {before}\n" for name, before, _after in moves),
            "after": "".join(f"{name}\n  {after}\n" for name, _before, after in moves),
        }


def _failure(failed: FailedImage) -> dict[str, t.Any]:
    return {
        "path": failed.path, "source": failed.source, "repository": failed.repository, "tags": list(failed.tags),
        "digest": None, "media_type": None, "platforms": [], "size": None, "status": FAILED, "moved": {}, "present": 0,
        "uploaded": 0, "mounted": 0, "blobs": [], "error": failed.error.as_values(),
    }


def _size(image: ImagePlan) -> int:
    """Bytes of all blobs, each counted once; those of layers that are to be compressed as they lie in the archive."""
    blobs = {blob.descriptor.digest or f"layer {blob.position}": blob for one in image.images for blob in one.blobs}
    return sum(blob.descriptor.size for blob in blobs.values())


def _platforms(image: ImagePlan) -> list[str]:
    return list(dict.fromkeys(str(one.image.platform) for one in image.images if one.image.platform))


def _images(count: int) -> str:
    return f"{count} image" if count == 1 else f"{count} images"


def _all(count: int) -> str:
    return "the image is" if count == 1 else f"all {count} images are"


def _blobs(count: int) -> str:
    return f"{count} blob" if count == 1 else f"{count} blobs"
