# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What came of a copy between registries, in the words that modules return. Pure."""

from __future__ import annotations

import typing as t

from ..plan import PUSHED
from ..result import MAX_NAMED, PushResult
from .planner import CopyPlan

COPIED = "copied"


class CopyResult(PushResult):
    """The end of one copy, or of its check."""

    verbs = ("Would copy", "Copied", "copied")

    def as_result(self) -> dict[str, t.Any]:
        """Return the values that registry_image_copy documents, but for `diff`."""
        values = super().as_result()
        return {name: value for name, value in values.items() if name not in ("compressor", "left_out")}

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each index that is incomplete at the source, at most five."""
        sparse = [image for image in self.plan.images if isinstance(image, CopyPlan) and image.absent]
        return tuple(
            f"{image.source} lists {len(image.absent)} images that its registry does not have, such as"
            f" {image.absent[0]}. They are not copied." for image in sparse[:MAX_NAMED]
        )

    def images(self) -> list[dict[str, t.Any]]:
        """Return one record for each image, in the order of the task."""
        records = super().images()
        return [self._of_copy(item, record) for item, record in zip(self.plan.items, records)]

    def _of_copy(self, item: object, record: dict[str, t.Any]) -> dict[str, t.Any]:
        kept = {name: value for name, value in record.items() if name not in ("path", "source")}
        status = COPIED if record["status"] == PUSHED else record["status"]
        if not isinstance(item, CopyPlan):
            return {"from": record["source"], **kept, "source_digest": None, "note": None, "absent": []}
        size = sum(step.blob.descriptor.size for step in item.blobs) if item.examined else None
        return {
            "from": item.source, **kept, "status": status, "size": size, "platforms": list(item.platforms),
            "source_digest": item.source_digest, "note": item.note, "absent": list(item.absent),
        }
