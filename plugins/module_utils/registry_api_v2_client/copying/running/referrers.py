# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""After the manifests of referrers: lists of registries without the referrers API, and what a registry cannot hold."""

from __future__ import annotations

import typing as t

from ...concurrency import run_all
from ...errors import RefusedError, RegistryError
from ...problems import problem, quoted
from ...referrers.index import entry_of
from ..plan import ImagePlan

if t.TYPE_CHECKING:
    from ...stores.protocols import Destination
    from .outcome import PushOutcome

_CANNOT_HOLD = (400, 403, 404, 405, 415, 501)  # ECR answers 405 to a manifest with a subject (containers-roadmap#2783)


async def record_lists(
    images: t.Mapping[int, ImagePlan], destination: Destination, outcome: PushOutcome
) -> dict[int, RegistryError]:
    """Write the referrers tag of each subject whose registry did not confirm it with OCI-Subject, one write for each.

    `images` are the plans of referrers that were written, by number. Returns the failures by number.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for number, image in images.items():
        key = image.repository, image.root.digest
        if image.owned is not None and key in outcome.subjects and outcome.subjects[key] is None:
            groups.setdefault((image.repository, image.owned.subject), []).append(number)
    failed: dict[int, RegistryError] = {}

    async def one(repository: str, subject: str, numbers: list[int]) -> None:
        entries = [entry_of(images[number].root.digest, images[number].data) for number in numbers]
        try:
            if not {entry["digest"] for entry in entries} <= set(await destination.referrers(repository, subject)):
                await destination.record_referrers(repository, subject, entries)
        except RegistryError as error:
            failed.update(dict.fromkeys(numbers, error))

    destination.forget()  # a registry with the API may list by now what it did not confirm
    await run_all(one(*key, numbers) for key, numbers in groups.items())
    return failed


def cannot_hold(error: RegistryError) -> bool:
    """True if the registry refuses this kind of manifest, and not only now."""
    return isinstance(error, RefusedError) and error.status in _CANNOT_HOLD


def refused(image: ImagePlan, error: RegistryError, registry: str) -> RegistryError:
    """Return the error for a referrer that the registry cannot hold."""
    said = f"{error.status}{quoted(error.registry_code, error.registry_message)}"
    return problem(
        "referrer-refused", registry=registry, kind=(image.owned.kind if image.owned else "") or "artifact",
        referrer=f"{image.repository}@{image.root.digest}", said=said, image=image.label, status=error.status,
        registry_code=error.registry_code, registry_message=error.registry_message,
    )
