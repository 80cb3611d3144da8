# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""References as docker reads them: ports, tag and digest together, Docker Hub's short names."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.registry_api.v2.plugins.filter.image_reference import FilterModule

DIGEST = "sha256:" + "a" * 64
image_reference = FilterModule().filters()["image_reference"]


@pytest.mark.parametrize(("text", "host", "repository", "tag", "digest"), [
    ("nginx", "docker.io", "library/nginx", "latest", None),
    ("nginx:1.27", "docker.io", "library/nginx", "1.27", None),
    ("docker.io/nginx:1.27", "docker.io", "library/nginx", "1.27", None),
    ("index.docker.io/nginx", "docker.io", "library/nginx", "latest", None),
    ("bitnami/redis", "docker.io", "bitnami/redis", "latest", None),
    ("registry.example.com/app", "registry.example.com", "app", "latest", None),
    ("registry.example.com:5000/team/app:1.4", "registry.example.com:5000", "team/app", "1.4", None),
    ("localhost/app:1", "localhost", "app", "1", None),
    ("localhost:5000/app", "localhost:5000", "app", "latest", None),
    ("[::1]:5000/app:1", "[::1]:5000", "app", "1", None),
    (f"nginx@{DIGEST}", "docker.io", "library/nginx", None, DIGEST),
    (f"registry.example.com/team/app:1.4@{DIGEST}", "registry.example.com", "team/app", "1.4", DIGEST),
    (f" quay.io/team/app:1@{DIGEST}\n", "quay.io", "team/app", "1", DIGEST),
])
def test_parts(text, host, repository, tag, digest):
    parts = image_reference(text)
    named = f"{host}/{repository}" + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    assert parts == {"host": host, "repository": repository, "tag": tag, "digest": digest, "reference": named}
    assert image_reference(parts["reference"]) == parts


@pytest.mark.parametrize(("text", "said"), [
    ("", "\"\""),
    ("team/App", "capital letter"),
    ("https://registry.example.com/app", "https"),
    ("app:", "tag"),
    ("app@sha256:12", "digest"),
    ("app:1:2", "app"),
    (1.10, "string"),
    (None, "string"),
])
def test_what_is_not_a_reference_is_one_sentence(text, said):
    with pytest.raises(AnsibleFilterError, match=said):
        image_reference(text)
