# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The words in which tests ask for faults; the embedded registry and the proxy speak them alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from .faults import Chaos, Fault, Rule, RuleBook, fault_of


class FaultControls:
    """Mixed into everything that has a rule book."""

    if TYPE_CHECKING:

        @property
        def rules(self) -> RuleBook:
            """All fault rules."""

        # The words of a fault, for type checkers; at run time a wrong word gets a hint.
        def fail(
            self,
            operation: str | Iterable[str] = "*",
            *,
            times: int | None = 1,
            after: int = 0,
            repo: str | None = None,
            ref: str | None = None,
            server: str | None = None,
            status: int | None = None,
            code: str | None = None,
            message: str | None = None,
            retry_after: float | str | None = None,
            reset_after: int | str | None = None,
            lose_answer: bool = False,
            truncate: float | None = None,
            corrupt: bool = False,
            wrong_digest: bool = False,
            early: bool = False,
            after_bytes: int | str = 0,
            then: Literal["drain", "close", "stall"] = "drain",
            stall: Literal["", "unread", "silent"] = "",
            redirect: str = "",
            expire: bool = False,
            seconds: float | None = None,
            bytes_per_second: int | str | None = None,
        ) -> Rule:
            """Let requests of an operation go wrong; see below."""

    else:

        def fail(
            self,
            operation: str | Iterable[str] = "*",
            *,
            times: int | None = 1,
            after: int = 0,
            repo: str | None = None,
            ref: str | None = None,
            server: str | None = None,
            **fault: Any,
        ) -> Rule:
            """Let requests of an operation go wrong, once unless `times` says more (None: always).

            `after` of them succeed first.

            Outcomes: `status` (with `code`, `message`, `retry_after`), `reset_after` (TCP reset after so many bytes of
            the body), `lose_answer` (done, then reset), `truncate` (a share below 1, or bytes), `corrupt`,
            `wrong_digest`, `early` (answered after `after_bytes` of the body, `then` drain, close or stall). Sizes:
            65536 or "64KiB".
            ValueError for unknown operations and settings.
            """
            return self.rules.add(
                Rule(operation, fault_of(fault), times=times, after=after, repo=repo, ref=ref, server=server)
            )

    def slow(
        self,
        operation: str | Iterable[str] = "*",
        *,
        seconds: float = 0.0,
        bytes_per_second: int | str | None = None,
        times: int | None = None,
        after: int = 0,
        repo: str | None = None,
        ref: str | None = None,
        server: str | None = None,
    ) -> Rule:
        """Wait `seconds` before the answer, or let bodies move at `bytes_per_second` only.

        Always unless `times` is given.
        """
        return self.fail(
            operation,
            times=times,
            after=after,
            repo=repo,
            ref=ref,
            server=server,
            seconds=seconds or None,
            bytes_per_second=bytes_per_second,
        )

    def stall(
        self,
        operation: str | Iterable[str] = "*",
        *,
        reading: bool = False,
        after_bytes: int | str = 0,
        times: int | None = 1,
        after: int = 0,
        repo: str | None = None,
        ref: str | None = None,
        server: str | None = None,
    ) -> Rule:
        """Accept the request and never answer.

        With `reading` its body is still read, else reading stops after `after_bytes`.
        """
        return self.fail(
            operation,
            times=times,
            after=after,
            repo=repo,
            ref=ref,
            server=server,
            stall="silent" if reading else "unread",
            after_bytes=after_bytes,
        )

    def redirect(
        self,
        operation: str | Iterable[str],
        to: object,
        *,
        status: int = 307,
        times: int | None = None,
        after: int = 0,
        repo: str | None = None,
        ref: str | None = None,
        server: str | None = None,
    ) -> Rule:
        """Answer with a redirect to the same path on another URL (or on a registry object).

        Always unless `times` is given.
        """
        target = str(getattr(to, "url", to)).rstrip("/")
        return self.fail(
            operation,
            times=times,
            after=after,
            repo=repo,
            ref=ref,
            server=server,
            redirect=target,
            status=status,
        )

    def expire_tokens(self, after: int = 0) -> Rule:
        """Let `after` further requests pass, then refuse every token issued so far, once, with 401."""
        narrow = ("ping", "blob_*", "upload_*", "manifest_*", "tags", "referrers", "catalog")
        return self.rules.add(Rule(narrow, Fault(expire=True), times=1, after=after))

    def chaos(self, p: float = 0.05, seed: int = 1, operation: str | Iterable[str] = "*") -> Chaos:
        """Let a share `p` of all requests go wrong, the same ones for the same seed; `.injected` counts them."""
        rule = Chaos(p, seed, operation)
        self.rules.add(rule)
        return rule

    def unused_rules(self) -> list[Rule]:
        """Rules that happened less often than they were meant to: a test that has one did not test what it says."""
        return [rule for rule in self.rules if rule.is_unused]
