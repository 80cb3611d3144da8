# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a push is, as a JSON file that is replaced as a whole: for whoever watches a task that runs.

The action plugin of docker_tar_push reads it. The file never decides about the push: what cannot be written is left
out. Private to this collection.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import time
import typing as t

from .registry_api_v2_client.copying.plan import MOUNT, PRESENT, UNCHANGED, BlobStep, PushPlan
from .registry_api_v2_client.transport.connection.retry import Pause

INTERVAL = 0.5  # seconds between two versions of the file
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
MAX_RETRIES = 20  # the last ones that the file holds


class Tally:
    """Counts over the images of a plan that change: layers, bytes, and images whose layers are all there."""

    def __init__(self, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: float | None = None
        self._images: list[frozenset[str]] = []
        self._label = ""
        self._layers = 0
        self._sizes: dict[str, int] = {}
        self._done: dict[str, int] = {}
        self._retries: list[str] = []

    def planned(self, plan: PushPlan) -> None:
        """Take in what will be sent."""
        self._began = self._clock()
        images = [image for image in plan.images if image.status != UNCHANGED]
        layers = [step for image in images for step in image.blobs if step.blob.position]
        self._label = images[0].label if len(images) == 1 else ""
        self._layers = len({_key(step) for step in layers})
        self._sizes = {_key(step): step.blob.descriptor.size for step in layers if step.action not in (PRESENT, MOUNT)}
        self._images = [frozenset(map(_key, image.blobs)) & self._sizes.keys() for image in images]

    def moved(self, digest: str, done: int, _size: int) -> None:
        """Take in how much of one layer has gone."""
        self._done[digest] = done

    def paused(self, pause: Pause) -> None:
        """Take in that an upload is tried again."""
        cause = str(pause.status) if pause.status else "a broken connection"
        layer, of, image = pause.what.partition(" of ")
        place = f"{image}  {layer}" if of else pause.what
        tries = f"try {pause.number} of {pause.limit}, in {pause.seconds:.0f} s"
        self._retries.append(f"{place} again after {cause} ({tries})")

    def values(self) -> dict[str, t.Any]:
        """Return the counts as they are now; `seconds` since the plan, the last `retries`, and how many there were."""
        gone = {key: min(self._done.get(key, 0), size) for key, size in self._sizes.items()}
        finished = {key for key, size in self._sizes.items() if gone[key] >= size}
        return {
            "seconds": 0.0 if self._began is None else round(self._clock() - self._began, 1),
            "label": self._label,
            "images": len(self._images),
            "images_done": sum(image <= finished for image in self._images),
            "layers": self._layers,
            "layers_to_send": len(self._sizes),
            "layers_done": len(finished),
            "bytes": sum(self._sizes.values()),
            "bytes_done": sum(gone.values()),
            "retried": len(self._retries),
            "retries": self._retries[-MAX_RETRIES:],
        }


def _key(step: BlobStep) -> str:
    """The name under which progress of this blob is reported: the content's where it is compressed on the way."""
    layer = step.blob.layer
    return step.blob.descriptor.digest or (layer.diff_id if layer is not None else None) or ""


class ProgressFile(logging.Handler):
    """Keeps the file at a path up to date while it is open: `async with ProgressFile(path) as file`."""

    def __init__(self, path: str) -> None:
        super().__init__(logging.DEBUG)
        self.tally = Tally()
        self._path = path
        self._version = 0
        self._logger = logging.getLogger("registry_api_v2_client")
        self._level = self._logger.level
        self._writer: asyncio.Task[None] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        pause = getattr(record, "pause", None)
        if isinstance(pause, Pause) and pause.what:
            self.tally.paused(pause)

    async def __aenter__(self) -> ProgressFile:
        self._logger.addHandler(self)
        self._logger.setLevel(logging.DEBUG)
        self._writer = asyncio.ensure_future(self._keep_writing())
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._logger.removeHandler(self)
        self._logger.setLevel(self._level)
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        self._write(ended=True)

    async def _keep_writing(self) -> None:
        while True:
            self._write(ended=False)
            await asyncio.sleep(INTERVAL)

    def _write(self, *, ended: bool) -> None:
        self._version += 1
        values = {**self.tally.values(), "version": self._version, "pid": os.getpid(), "ended": ended}
        with contextlib.suppress(OSError):
            _replace(self._path, json.dumps(values))


def _replace(path: str, text: str) -> None:
    """Replace a file by a new one, which is written beside it under a name that nobody can predict or prepare."""
    folder, name = os.path.split(path)
    partial = os.path.join(folder, f".{name}.{secrets.token_hex(8)}")
    descriptor = os.open(partial, _CREATE, 0o644)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise
