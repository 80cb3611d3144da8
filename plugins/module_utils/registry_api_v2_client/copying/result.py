# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What came of a push, in the words that modules return: statuses, counts, the message and the diff. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from functools import cached_property

from ..errors import RegistryError
from ..problems import size_text
from .plan import (
    COMPRESS,
    FAILED,
    MOUNT,
    NOT_TRIED,
    PRESENT,
    PUSHED,
    TAGGED,
    UNCHANGED,
    UPLOAD,
    BlobStep,
    FailedImage,
    ImagePlan,
    PushPlan,
    TagStep,
)
from .running.outcome import PushOutcome

NOT_SENT = "not sent"
LEFT_BEHIND = "left_behind"
_ACTIONS = {PRESENT: "present", MOUNT: "mounted", UPLOAD: "uploaded", COMPRESS: "uploaded", NOT_SENT: "missing"}
_SENT = (UPLOAD, COMPRESS)
_DONE = (PUSHED, TAGGED, UNCHANGED)
AFTER_COMPRESSION = "known when its layers are compressed"
MAX_NAMED = 5  # failed images that msg names; `images` lists all


@dataclass(frozen=True)
class PushResult:
    """The end of one push or of its rehearsal.

    `outcome` is None where nothing was sent: in check mode, and where a failure before the first write stopped all
    (`stopped`). `seconds` is how long it took, `compressor` names library, version and level where layers were
    compressed.
    """

    plan: PushPlan
    outcome: PushOutcome | None
    seconds: float
    stopped: bool = False
    compressor: str | None = None
    verbs: t.ClassVar[tuple[str, str, str]] = ("Would push", "Pushed", "pushed")

    @cached_property
    def _images(self) -> tuple[ImagePlan, ...]:
        """The plans, as they turned out where compressing decided."""
        completed = self.outcome.completed if self.outcome else {}
        return tuple(completed.get(number, image) for number, image in enumerate(self.plan.images))

    @cached_property
    def _places(self) -> tuple[int | FailedImage, ...]:
        """What the task asked for, in its order: numbers of plans, and failures of the planning."""
        numbers = iter(range(len(self.plan.images)))
        places = [next(numbers) if isinstance(item, ImagePlan) else item for item in self.plan.items]
        return tuple(one for one in places if isinstance(one, FailedImage) or not self._images[one].owned)

    @property
    def changed(self) -> bool:
        """True where the registry changed, also by a push that failed half-way, or would."""
        written = self.outcome is not None and self.outcome.wrote
        return written or any(self.status(number) in (PUSHED, TAGGED) for number in range(len(self._images)))

    @property
    def error(self) -> RegistryError | None:
        """The first failure, in the order of the task."""
        return next((error for _name, error in self._failures()), None)

    @property
    def digest(self) -> str | None:
        """The manifest digest where the task was about one image, and did not fail."""
        if len(self._places) != 1 or not self._images or self.status(0) not in _DONE:
            return None
        return self._images[0].root.digest or None

    @property
    def digests(self) -> list[str]:
        """Manifest digests, one for each tag, in the order of the task."""
        return [step.after for image in self._images if not image.owned for step in image.tags]

    @property
    def bytes_uploaded(self) -> int:
        """Bytes of blobs that arrived, or would be sent; mounts and retries are not counted."""
        if self.outcome is not None or self.stopped:
            return self.outcome.bytes_sent if self.outcome else 0
        return sum(image.bytes_to_send for image in self._images)

    def status(self, number: int) -> str:
        """Return what happened to one image of the plan."""
        if self.outcome is not None and number in self.outcome.left_behind:
            return LEFT_BEHIND
        planned = self._planned(number)
        if self.outcome is None:
            return NOT_TRIED if self.stopped and planned != UNCHANGED else planned
        if number in self.outcome.failed:
            return FAILED
        return planned if number in self.outcome.finished or planned == UNCHANGED else NOT_TRIED

    def _planned(self, number: int) -> str:
        """Return the planned status; an image is pushed if anything that belongs to it is."""
        image = self._images[number]
        if image.status != UNCHANGED or not image.signed:
            return image.status
        left = self.outcome.left_behind if self.outcome else {}
        below = [self._images[at] for at in self._owned_by(image) if at not in left]
        return PUSHED if any(one.status != UNCHANGED for one in below) else UNCHANGED

    def _owned_by(self, owner: ImagePlan) -> list[int]:
        return [
            at for at, one in enumerate(self._images)
            if one.owned and one.repository == owner.repository and owner.root.digest in one.owned.owners
        ]

    def _statuses(self) -> list[str]:
        return [self.status(one) for one in self._places if not isinstance(one, FailedImage)]

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
            "left_out": [vars(one).copy() for one in self.plan.left_out],
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each thing that an archive holds and that was not pushed, at most five."""
        lost = [one for one in self.plan.left_out if not one.absent]
        said = [f"{one.digest} ({one.media_type or 'no media type'}) in {one.path} is not pushed: {one.reason}."
                for one in lost]
        return tuple(said[:MAX_NAMED])

    def images(self) -> list[dict[str, t.Any]]:
        """Return one record for each image and repository, in the order of the task."""
        failing = self.error is not None
        return [
            _failure(one, one.error.as_values()) if isinstance(one, FailedImage) else self._record(one, failing)
            for one in self._places
        ]

    def _record(self, number: int, failing: bool) -> dict[str, t.Any]:
        image, status = self._images[number], self.status(number)
        error = self.outcome.failed.get(number) if self.outcome else None
        actions = self._blob_actions(number)
        moved = [step for step in image.tags if step.before is not None and self._moved(number, step)]
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
            "moved": {step.tag: step.before for step in moved},
            "present": actions.count(PRESENT),
            "uploaded": actions.count(UPLOAD) + actions.count(COMPRESS),
            "mounted": actions.count(MOUNT),
            "blobs": [] if status == UNCHANGED or (failing and status != FAILED) else [
                _blob(step, action) for step, action in zip(image.blobs, actions)
            ],
            "error": error and error.as_values(),
            "referrers": self._referrers(image),
        }

    def _referrers(self, owner: ImagePlan) -> list[dict[str, t.Any]]:
        """Return one record for each referrer that belongs to an image."""
        left = self.outcome.left_behind if self.outcome else {}
        return [
            {
                "digest": one.root.digest, "subject": one.owned.subject, "artifact_type": one.owned.kind,
                "tag": one.tags[0].tag if one.tags else None, "size": _size(one) + len(one.data),
                "status": self.status(number),
                "error": left[number].as_values() if number in left else None,
            }
            for number in self._owned_by(owner) for one in [self._images[number]] if one.owned
        ]

    def _blob_actions(self, number: int) -> list[str]:
        """Return what happened to each blob of one image, or would."""
        done = self.status(number) in _DONE or (self.outcome is not None and number in self.outcome.completed)
        return [self._action(step, done) for step in self._images[number].blobs]

    def _action(self, step: BlobStep, done: bool) -> str:
        repaired = self.outcome is not None and step.key in self.outcome.repaired
        if step.action == PRESENT:
            return UPLOAD if repaired else PRESENT
        actual = self.outcome.actions.get(step.key) if self.outcome else None
        return actual or (step.action if done else NOT_SENT)

    def _moved(self, number: int, step: TagStep) -> bool:
        """True where the tag names another manifest now, or would."""
        image = self._images[number]
        if self.outcome is None:
            return step.moves and self.status(number) in _DONE
        return step.moves and (image.repository, step.tag) in self.outcome.tags

    def _sent(self, number: int) -> list[BlobStep]:
        steps = self._images[number].blobs
        return [step for step, action in zip(steps, self._blob_actions(number)) if action in _SENT]

    def actions(self) -> list[str]:
        """Return one sentence for each image that changed, or would, or failed."""
        sentences = [
            f"{one.repository or one.path} failed [{one.error.code}]." if isinstance(one, FailedImage)
            else self._sentence(one) for one in self._places
        ]
        return [sentence for sentence in sentences if sentence]

    def _sentence(self, number: int) -> str:
        image, status = self._images[number], self.status(number)
        names = ", ".join([image.label] + [step.tag for step in image.tags[1:]])
        if status == FAILED and self.outcome is not None:
            return f"{names} failed [{self.outcome.failed[number].code}]."
        if status not in (PUSHED, TAGGED):
            return ""
        verb = self.verbs[0 if self.outcome is None else 1]
        sent = self._sent(number)
        return f"{verb} {names}: {len(sent)} of {_blobs(len(image.blobs))}, {size_text(_bytes(sent))}."

    def message(self) -> str:
        """Return the sentence of `msg`."""
        total = len(self._places)
        unchanged = self._statuses().count(UNCHANGED)
        if self.error is not None:
            return self._failure_message(self.error)
        if not total:
            return "Nothing to do: no image was asked for."
        if unchanged == total:
            return f"Nothing to do: {_all(total)} in {self.plan.registry}."
        return self._success_message(total, unchanged)

    def _success_message(self, total: int, unchanged: int) -> str:
        moved = total - unchanged
        blobs = sum(len(self._sent(number)) for number in range(len(self._images)))
        size = size_text(self.bytes_uploaded)
        if self.outcome is None:
            return (f"{self.verbs[0]} {moved} of {_images(total)} to {self.plan.registry}: {_blobs(blobs)}, {size} to"
                    f" send; {unchanged} unchanged.")
        return (f"{self.verbs[1]} {moved} of {_images(total)} to {self.plan.registry}: {_blobs(blobs)}, {size} in"
                f" {self.seconds:.1f} s; {unchanged} unchanged.")

    def _failure_message(self, first: RegistryError) -> str:
        total, statuses, failures = len(self._places), self._statuses(), self._failures()
        if total == 1:
            return first.one_line()
        done = ("would be " if self.outcome is None and not self.stopped else "") + self.verbs[2]
        counts = [f"{statuses.count(PUSHED) + statuses.count(TAGGED)} {done}", f"{statuses.count(UNCHANGED)} unchanged"]
        if NOT_TRIED in statuses:
            counts.append(f"{statuses.count(NOT_TRIED)} not tried")
        names = [f"{name} [{error.code}]" for name, error in failures]
        more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        named = ", ".join(names[:MAX_NAMED]) + more
        return f"{len(failures)} of {_images(total)} failed, {', '.join(counts)}: {named}. First: {first.one_line()}"

    def _failures(self) -> list[tuple[str, RegistryError]]:
        failed = self.outcome.failed if self.outcome else {}
        return [
            (_name(one), one.error) if isinstance(one, FailedImage) else (self._images[one].label, failed[one])
            for one in self._places if isinstance(one, FailedImage) or one in failed
        ]

    def diff(self) -> dict[str, str] | None:
        """Return the diff that Ansible shows, None where nothing changes: the same before and after the run.

        After a push that failed it holds what was written.
        """
        numbers = range(len(self._images))
        moves = sorted({
            (f"{self._images[number].repository}:{step.tag}", step.before or "absent", step.after or AFTER_COMPRESSION)
            for number in numbers for step in self._images[number].tags if self._moved(number, step)
        })
        if not self.changed:
            return None
        steps = {step.key for image in self._images for step in image.blobs}
        sent = [step for number in numbers for step in self._sent(number)]
        summary = f"{len(sent)} of {_blobs(len(steps))} to send, {size_text(_bytes(sent))}"
        return {
            "before_header": self.plan.registry,
            "after_header": f"{self.plan.registry} ({summary})",
            "before": "".join(f"{name}\n  {before}\n" for name, before, _after in moves),
            "after": "".join(f"{name}\n  {after}\n" for name, _before, after in moves),
        }


def _failure(failed: FailedImage, error: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        "path": failed.path, "source": failed.source, "repository": failed.repository, "tags": list(failed.tags),
        "digest": None, "media_type": None, "platforms": [], "size": None, "status": FAILED, "moved": {}, "present": 0,
        "uploaded": 0, "mounted": 0, "blobs": [], "error": error, "referrers": [],
    }


def _blob(step: BlobStep, action: str) -> dict[str, t.Any]:
    blob = step.blob.descriptor
    return {"digest": blob.digest or None, "size": blob.size, "action": _ACTIONS[action]}


def _name(failed: FailedImage) -> str:
    return f"{failed.repository}:{failed.tags[0]}" if failed.repository and failed.tags else failed.path


def _bytes(steps: t.Iterable[BlobStep]) -> int:
    return sum(step.blob.descriptor.size for step in steps)


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
