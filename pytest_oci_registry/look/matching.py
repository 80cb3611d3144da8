# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Does the registry hold what the tar holds? The answer is a value that says where the two differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union

from ..tars import SavedImage, SavedTar
from ..tars.images import split_name
from .seeding import without_host
from .validator import Report


@dataclass(frozen=True)
class Match:
    """True when nothing differs; `differences` are sentences."""

    reference: str
    expected: str
    differences: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether all is as expected."""
        return not self.differences

    def __repr__(self) -> str:
        """The first difference, short enough for an assertion's message."""
        if not self.differences:
            return f"<{self.reference} is as in {self.expected}>"
        more = f" (and {len(self.differences) - 1} more)" if len(self.differences) > 1 else ""
        return f"<{self.reference} differs from {self.expected}: {self.differences[0]}{more}>"

    def __str__(self) -> str:
        """All differences, a line each."""
        return f"{self.reference} differs from {self.expected}:" + "".join(f"\n  {line}" for line in self.differences)


def expected_image(tar: Union[SavedTar, SavedImage], repository: str, tag: str) -> SavedImage:
    """The image that is meant: the only one, or the one of that name. Raises ValueError when that cannot be told."""
    if isinstance(tar, SavedImage):
        return tar
    if len(tar.images) == 1:
        return tar.images[0]
    for image in tar.images:
        for name in image.names:
            path, its_tag = split_name(without_host(name))
            if its_tag == tag and (path == repository or repository.endswith("/" + path)):
                return image
    raise ValueError(f"{tar} holds several images and none is {repository}:{tag}; compare with one of tar.images")


def compare(report: Report, expected: SavedImage, name: str) -> Match:
    """Differences between what the registry holds and what the tar holds, by config digests and diff_ids."""
    differences = list(report.problems)
    wanted, found = expected.images, [image for image in report.images if not image.artifact]
    if report.digest is not None:
        configs = [image.config_digest for image in wanted]
        differences += missing("config", configs, report.config_digests)
        pairs = [(image, there) for image in wanted for there in found if there.config_digest == image.config_digest]
        for image, there in pairs:
            differences += layer_differences(image, there.diff_ids)
    return Match(report.reference, name, tuple(differences))


def missing(word: str, wanted: Sequence[str], found: Sequence[str]) -> list[str]:
    """What one side has and the other has not."""
    return [f"{word} {digest} is in the tar, not in the registry" for digest in wanted if digest not in found] + [
        f"{word} {digest} is in the registry, not in the tar" for digest in found if digest not in wanted]


def layer_differences(image: SavedImage, found: Sequence[object]) -> list[str]:
    """Layers that are not the tar's, one sentence each; absent foreign layers are as they should be."""
    if len(found) != len(image.layers):
        return [f"the tar has {len(image.layers)} layers, the registry {len(found)}"]
    return [f"layer {number}: the tar has {layer.diff_id}, the registry {there}"
            for number, (layer, there) in enumerate(zip(image.layers, found))
            if there != layer.diff_id and not (there is None and layer.urls)]
