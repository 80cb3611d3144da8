# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role registry_prune says: which images go, and why others stay."""

from __future__ import annotations

import typing as t

Values = t.Dict[str, t.Any]


def prune_report(results: list[Values], check: bool = False) -> list[str]:
    """Return a line for each repository that a rule looked at, why images stay, and below it the names that go."""
    lines: list[str] = []
    for result in results:
        lines += _pruned(result, check)
    return lines or ["Nothing to prune: no repository matches."]


def _pruned(result: Values, check: bool) -> list[str]:
    untagged = [{**one, "tags": [one["tag"]], "parent": None} for one in result.get("untagged", [])]
    gone = result.get("deleted", []) + untagged
    kept = result.get("kept", [])
    lines = []
    for repository in dict.fromkeys(one["repository"] for one in [*gone, *kept]):
        of_it = [one for one in gone if one["repository"] == repository]
        stays = [one for one in kept if one["repository"] == repository]
        digests = {one["digest"] for one in stays}
        going = f"{_manifests(len(of_it))} {'would go' if check else 'went'}"
        lines.append(f"{repository}: {going}, {len(digests)} kept{_reasons(stays)}")
        lines += [f"  {_names(repository, one)}" for one in of_it]
    return lines


def _manifests(count: int) -> str:
    return "1 manifest" if count == 1 else f"{count} manifests"


def _reasons(kept: list[Values]) -> str:
    counts: dict[str, int] = {}
    for one in kept:
        reason = one["reason"].replace("_", " ")
        counts[reason] = counts.get(reason, 0) + 1
    return f" ({', '.join(f'{count} {reason}' for reason, count in counts.items())})" if counts else ""


def _names(repository: str, one: Values) -> str:
    names = ", ".join(f"{repository}:{tag}" for tag in one["tags"])
    why = f" (went along with {one['parent'][:19]})" if one.get("parent") else ""
    return f"{names or repository + '@' + one['digest']}{why}"


class FilterModule:
    """The filter of registry_prune."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"prune_report": prune_report}
