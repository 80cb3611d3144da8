# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""`/_oci/`: the request log and the fault rules for other processes."""

from __future__ import annotations

import json
import os
from ipaddress import ip_address
from secrets import compare_digest
from typing import Any

from ...fault_controls import FaultControls
from ...request_log import RequestLog
from ..access import credentials
from ..exchange import Exchange
from ..reply import Reply, error, json_reply, reply


class AdminGuard:
    """Decides who may use `/_oci/`: on a loopback address everybody, elsewhere the account or the holder of `key`.

    Without an account and without the key the endpoints are off, because other hosts could reach them.
    """

    def __init__(self, bind: str, account: tuple[str, str] | None, key: str) -> None:
        self._open = is_loopback(bind)
        self._account = account
        self._key = key

    def refusal(self, exchange: Exchange) -> Reply | None:
        """The answer to a caller who may not use the endpoints; None if the caller may."""
        if self._open or self._knows_key(exchange):
            return None
        if self._account is None:
            return error("DENIED", "/_oci/ is off: other hosts reach this registry, and it has no account", 403)
        if credentials(exchange.header("Authorization")) == self._account:
            return None
        return error("UNAUTHORIZED", "/_oci/ needs the account", WWW_Authenticate='Basic realm="test registry"')

    def _knows_key(self, exchange: Exchange) -> bool:
        scheme, _space, value = exchange.header("Authorization").partition(" ")
        return scheme.lower() == "bearer" and compare_digest(value.encode(), self._key.encode())


def is_loopback(bind: str) -> bool:
    """Whether only processes of this machine reach the address."""
    try:
        return ip_address(bind).is_loopback
    except ValueError:
        return bind == "localhost"


async def admin(log: RequestLog, controls: FaultControls, exchange: Exchange) -> Reply:
    """requests: GET, DELETE. rules: GET, POST one rule as JSON, DELETE. state: GET."""
    method, path = exchange.request.method, exchange.entry.path
    if path == "/_oci/state" and method == "GET":
        return json_reply({"pid": os.getpid(), "requests": len(log)})
    if path == "/_oci/requests" and method in ("GET", "DELETE"):
        return _requests(log, exchange, method)
    if path == "/_oci/rules":
        return await _rules(controls, exchange, method)
    return error(
        "UNSUPPORTED", "/_oci/requests (GET, DELETE), /_oci/rules (GET, POST, DELETE) and /_oci/state are here", 404
    )


def _requests(log: RequestLog, exchange: Exchange, method: str) -> Reply:
    entries = log.writes if exchange.parameter("writes") else list(log)
    answer = json_reply([entry.as_dict() for entry in entries])
    if method == "DELETE":
        log.clear()
    return answer


async def _rules(controls: FaultControls, exchange: Exchange, method: str) -> Reply:
    if method == "GET":
        return json_reply([rule.as_dict() for rule in controls.rules])
    if method == "DELETE":
        controls.rules.clear()
        return reply(204)
    if method != "POST":
        return error("UNSUPPORTED", "rules know GET, POST and DELETE")
    try:
        wanted: dict[str, Any] = json.loads(await exchange.body.read() or b"{}")
        rule = controls.fail(wanted.pop("operation", "*"), **wanted)
    except (ValueError, TypeError, AttributeError) as problem:
        return error("UNSUPPORTED", f"this is no rule: {problem}", 400)
    return json_reply(rule.as_dict(), 201)
