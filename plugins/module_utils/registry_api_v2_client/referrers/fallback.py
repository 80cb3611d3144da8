# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Keep the referrers tag of a subject up to date on a registry without the referrers API, beside other writers.

Distribution specification 1.1, "Pushing Manifests with Subject" and "Deleting Manifests". The tag is read, changed and
written, and no registry offers a condition for that write. Two writers that read the same index lose one update
(go-containerregistry#2205), so each writer looks again after the others must have finished, and repeats if needed.
"""

from __future__ import annotations

import asyncio
import random
import time
import typing as t
from dataclasses import dataclass

from ..endpoints.manifests import fetch_manifest, put_manifest
from ..errors import RefusedError
from ..formats import media_types
from ..images.referrer_tags import fallback_tag
from ..problems import problem
from .index import Entry, digests_in, entries_in, with_entries

if t.TYPE_CHECKING:
    from ..transport.request import Sender

ROUNDS = 20  # writes before giving up; ten writers that start together need about four


@dataclass(frozen=True)
class Pace:
    """How long a writer waits before it looks again: at least `least` seconds, and `factor` times its own round trip.

    Others that read before our write must have written by then. `spread` keeps writers from repeating in step.
    """

    least: float = 0.25
    factor: float = 8.0
    spread: t.Callable[[], float] = random.random

    def seconds(self, round_trip: float) -> float:
        """Return the wait after a write that took `round_trip` seconds, reading included."""
        return max(self.least, self.factor * round_trip) * (1 + self.spread())


async def record(
    send: Sender, repository: str, subject: str, entries: t.Sequence[Entry], *, pace: Pace = Pace()
) -> bool:
    """Add entries to the referrers tag of `subject`, and return whether anything was written.

    Raises RefusedError (referrers-tag-taken) if the tag points to something else than a list of referrers, and
    (referrers-not-kept) if other writers remove the entries again and again.
    """
    wanted = digests_in(entries)
    wrote = False
    for dummy in range(ROUNDS):
        began = time.monotonic()
        data = await _read(send, repository, subject)
        if wanted <= digests_in(entries_in(data) or [] if data is not None else []):
            return wrote
        wrote = await _written(send, repository, subject, with_entries(data, entries)) or wrote
        await asyncio.sleep(pace.seconds(time.monotonic() - began))
    raise problem(
        "referrers-not-kept", registry=send.registry.netloc, tag=fallback_tag(subject), repository=repository,
        rounds=ROUNDS,
    )


async def forget(send: Sender, repository: str, subject: str, digests: t.Collection[str]) -> bytes | None:
    """Remove entries from the referrers tag of `subject`, and return the index that is left, None if there is none.

    An index without entries stays: to remove the tag is up to the caller, who knows what the registry can delete.
    """
    current = await _read(send, repository, subject)
    if current is None or not digests_in(entries_in(current) or []) & set(digests):
        return current
    left = with_entries(current, (), frozenset(digests))
    await _write(send, repository, subject, left)
    return left


async def _read(send: Sender, repository: str, subject: str) -> bytes | None:
    """Return the index of the tag, None if the tag does not exist or, as on GitLab, resolves to the subject itself."""
    tag = fallback_tag(subject)
    descriptor, data = await fetch_manifest(send, repository, tag) or (None, b"")
    if descriptor is None or descriptor.digest == subject:
        return None
    if entries_in(data) is None:
        raise problem("referrers-tag-taken", registry=send.registry.netloc, tag=f"{repository}:{tag}")
    return data


async def _written(send: Sender, repository: str, subject: str, data: bytes) -> bool:
    """Write the index and return True; False if another writer disturbed it.

    distribution 2.8 answers DIGEST_INVALID to an index while the link of one of its entries is rewritten.
    """
    try:
        await _write(send, repository, subject, data)
    except RefusedError as error:
        if error.registry_code != "DIGEST_INVALID":
            raise
        return False
    return True


async def _write(send: Sender, repository: str, subject: str, data: bytes) -> None:
    tag = fallback_tag(subject)
    what = f"the list of referrers {repository}:{tag[:19]}"
    await put_manifest(send, repository, tag, data, media_types.OCI_INDEX, what=what)
