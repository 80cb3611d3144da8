# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter image_reference: a docker image reference, split into its parts."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.errors import RegistryError
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.reference import (
    on_docker_hub,
    parse_image_name,
)


def image_reference(text: t.Any) -> dict[str, str | None]:
    """Return host, repository, tag, digest and the complete reference, as docker reads them.

    Raises AnsibleFilterError if the text is not an image reference.
    """
    if not isinstance(text, str):
        raise AnsibleFilterError(f"image_reference expects a string such as nginx:1.27, not {type(text).__name__}.")
    try:
        name = on_docker_hub(parse_image_name(text.strip()))
    except RegistryError as error:
        raise AnsibleFilterError(error.one_line()) from error
    return {
        "host": name.host, "repository": name.repository, "tag": name.tag, "digest": name.digest,
        "reference": str(name),
    }


class FilterModule:
    """The filter that splits image references."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"image_reference": image_reference}
