# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The library in a process of its own: pushes tars, or lists tags with their images. Prints its own peak memory."""

from __future__ import annotations

import asyncio
import json
import re
import sys


async def push(url: str, paths: list[str], options: dict[str, object]) -> None:
    from registry_api_v2_client import PushOptions, RegistryClient, Source

    async with RegistryClient(url) as client:
        result = await client.push([Source(path) for path in paths], PushOptions(**options))
    if result.error is not None:
        raise SystemExit(result.error.one_line())


async def tags(url: str, repository: str) -> None:
    from registry_api_v2_client import RegistryClient
    from registry_api_v2_client.inspection.tags import TagsQuery

    async with RegistryClient(url) as client:
        listing = await client.list_images(TagsQuery(repository, details=True))
    json.dumps(listing.as_result())


def main() -> None:
    verb, url, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
    asyncio.run(push(url, rest[1:], json.loads(rest[0])) if verb == "push" else tags(url, rest[0]))
    with open("/proc/self/status") as file:
        found = re.search(r"VmHWM:\s+(\d+) kB", file.read())
    print(f"VmHWM {found[1] if found else 0}")


if __name__ == "__main__":
    main()
