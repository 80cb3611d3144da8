# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Faults by operation: what may go wrong with an exchange, when, and how often.

Pure values and counters; the server carries them out.
"""

from __future__ import annotations

import difflib
import random
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any

from .operations import OPERATIONS, Operation
from .request_log import LoggedRequest

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_THEN = ("drain", "close", "stall")
_STALLS = ("", "unread", "silent")


@dataclass(frozen=True)
class Fault:
    """What happens to one exchange. Sizes are bytes, times seconds; the empty value changes nothing.

    With a request body `reset_after` and `after_bytes` count its bytes, otherwise those of the answer.
    """

    status: int | None = None
    code: str | None = None
    message: str | None = None
    retry_after: float | str | None = None
    reset_after: int | None = None
    lose_answer: bool = False
    truncate: float | int | None = None
    corrupt: bool = False
    wrong_digest: bool = False
    early: bool = False
    after_bytes: int = 0
    then: str = "drain"
    stall: str = ""
    redirect: str = ""
    expire: bool = False
    seconds: float = 0.0
    bytes_per_second: int | None = None

    @property
    def is_outcome(self) -> bool:
        """Whether it decides the answer, rather than only the pace."""
        return replace(self, seconds=0.0, bytes_per_second=None) != NO_FAULT

    def __str__(self) -> str:
        changed = {
            item.name: getattr(self, item.name) for item in fields(self) if getattr(self, item.name) != item.default
        }
        return ", ".join(name if value is True else f"{name}={value}" for name, value in changed.items())


NO_FAULT = Fault()


def size_of(value: int | str) -> int:
    """Bytes of 65536, "64KiB" or "1 MB". ValueError when it is none of these."""
    if isinstance(value, int):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", value)
    if found is None or found[2].upper() not in _UNITS:
        raise ValueError(f"{value!r} is no size, write for example 65536 or 64KiB")
    return int(float(found[1]) * _UNITS[found[2].upper()])


def fault_of(options: dict[str, Any]) -> Fault:
    """The fault that these words describe. ValueError names an unknown word, a contradiction, or a missing outcome."""
    known = {item.name for item in fields(Fault)}
    for name in sorted(set(options) - known):
        raise ValueError(f"a fault has no setting {name!r}{_nearest(name, known)}")
    words = {name: value for name, value in options.items() if value is not None}
    for name in ("reset_after", "after_bytes", "bytes_per_second"):
        if name in words:
            words[name] = size_of(words[name])
    if "retry_after" in words:
        words.setdefault("status", 429)
    fault = Fault(**words)
    _check(fault)
    return fault


def _check(fault: Fault) -> None:
    if fault == NO_FAULT:
        raise ValueError(
            "this fault does nothing: give status, reset_after, lose_answer, truncate, corrupt, wrong_digest or a pace"
        )
    if fault.then not in _THEN or fault.stall not in _STALLS:
        raise ValueError(f"then is one of {', '.join(_THEN)}; stall is unread or silent")
    if fault.early and fault.status is None:
        raise ValueError("early=True is about an answer: give its status")


def _nearest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f", did you mean {close[0]!r}?" if close else ""


class Rule:
    """A fault, the requests it is for, and how often it happens.

    `hits` counts, `requests` are those it met; usable in `with`.

    `after` requests that match go through first; then `times` meet the fault (None: all). Leaving the `with` block ends
    the rule.
    """

    def __init__(
        self,
        operation: str | Iterable[str],
        fault: Fault,
        *,
        times: int | None = 1,
        after: int = 0,
        repo: str | None = None,
        ref: str | None = None,
        server: str | None = None,
    ) -> None:
        self.operations = (operation,) if isinstance(operation, str) else tuple(operation)
        for pattern in self.operations:
            _check_pattern(pattern)
        self.fault = fault
        self.times = times
        self.after = after
        self.repo = repo
        self.ref = ref
        self.server = server
        self.requests: list[LoggedRequest] = []
        self.passed = 0
        self.ended = False

    @property
    def hits(self) -> int:
        """How many requests met the fault."""
        return len(self.requests)

    @property
    def is_unused(self) -> bool:
        """Whether it happened less often than it was meant to."""
        return self.hits < (1 if self.times is None else self.times)

    def end(self) -> None:
        """Let all further requests through."""
        self.ended = True

    def matches(self, operation: Operation, server: str) -> bool:
        """Whether a request is one that this rule is about.

        The second origin of blobs only when asked for by server="cdn".
        """
        if server != self.server and (self.server is not None or server == "cdn"):
            return False
        named = any(fnmatchcase(operation.name, pattern) for pattern in self.operations)
        return (
            named
            and self.repo in (None, operation.repository)
            and self.ref in (None, operation.reference, operation.session)
        )

    def take(self, entry: LoggedRequest) -> bool:
        """Count a matching request; True when the fault happens to it."""
        if self.ended or (self.times is not None and self.hits >= self.times):
            return False
        if self.passed < self.after:
            self.passed += 1
            return False
        self.requests.append(entry)
        return True

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "operation": list(self.operations),
            "fault": str(self.fault),
            "times": self.times,
            "after": self.after,
            "repo": self.repo,
            "ref": self.ref,
            "hits": self.hits,
            "ended": self.ended,
        }

    def __enter__(self) -> Rule:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def __repr__(self) -> str:
        narrowed = "".join(f" {name}={value}" for name, value in (("repo", self.repo), ("ref", self.ref)) if value)
        expected = "always" if self.times is None else f"{self.times} times"
        return f"<Rule {'|'.join(self.operations)}{narrowed}: {self.fault}; {expected}, {self.hits} hits>"


def _check_pattern(pattern: str) -> None:
    if not any(fnmatchcase(name, pattern) for name in (*OPERATIONS, "other")):
        raise ValueError(
            f"{pattern!r} is no operation{_nearest(pattern, OPERATIONS)}; there are {', '.join(OPERATIONS)}, and *"
        )


class Chaos(Rule):
    """Faults at random, the same ones for the same seed and order of requests; `injected` counts them."""

    KINDS = (
        Fault(status=503),
        Fault(status=429, retry_after=0),
        Fault(status=500),
        Fault(reset_after=0),
        Fault(reset_after=2**14),
        Fault(lose_answer=True),
        Fault(truncate=0.5),
    )

    def __init__(
        self, p: float, seed: int, operation: str | Iterable[str] = "*", kinds: Iterable[Fault] = KINDS
    ) -> None:
        super().__init__(operation, Fault(status=503), times=None)
        self.probability = p
        self.kinds = tuple(kinds)
        self._random = random.Random(seed)

    @property
    def injected(self) -> int:
        """How many requests met a fault."""
        return self.hits

    def take(self, entry: LoggedRequest) -> bool:
        """Draw twice for every request, so that one draw more or less never shifts the rest."""
        unlucky, kind = self._random.random() < self.probability, self._random.choice(self.kinds)
        # Only answers to GET have a body that can be cut; a fault that changes nothing must not be counted.
        self.fault = Fault(reset_after=0) if kind.truncate is not None and entry.method != "GET" else kind
        return unlucky and super().take(entry)


class RuleBook:
    """The rules of one registry, asked once for every request; safe for several threads."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def add(self, rule: Rule) -> Rule:
        """Put a rule behind the others; the first one that still happens decides."""
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Forget all rules."""
        with self._lock:
            self._rules.clear()

    def __iter__(self) -> Iterator[Rule]:
        with self._lock:
            return iter(list(self._rules))

    def decide(self, operation: Operation, entry: LoggedRequest) -> Fault:
        """What happens to this request: one outcome at most, and the slowest pace of all rules about pace."""
        outcome, seconds, rates = NO_FAULT, 0.0, []
        with self._lock:
            for rule in self._rules:
                if not rule.matches(operation, entry.server) or (rule.fault.is_outcome and outcome != NO_FAULT):
                    continue
                if rule.take(entry):
                    outcome = rule.fault if rule.fault.is_outcome else outcome
                    seconds = max(seconds, rule.fault.seconds)
                    rates += [rule.fault.bytes_per_second] if rule.fault.bytes_per_second else []
        fault = replace(outcome, seconds=seconds, bytes_per_second=min(rates) if rates else None)
        entry.fault = str(fault)
        return fault
