# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup image_digest: the digest that a tag points to, for templates that pin images."""

from __future__ import annotations

DOCUMENTATION = r"""
name: image_digest
author: The registry_api.v2 contributors (@registry-api)
version_added: 1.1.0
short_description: Return the digest that an image tag points to
description:
  - Returns the digest of the manifest or multi-platform image to which a tag points. Use it to pin images in templates.
  - It runs on the controller and sends one HEAD request for each reference. Docker Hub does not count HEAD requests
    as pulls.
  - If a tag does not exist, the lookup fails.
notes:
  - Existing C(docker login) and C(podman login) credentials of the user who runs Ansible are used for each host.
    O(username), O(password) and O(token) replace them for every reference of the call.
options:
  _terms:
    description:
      - References such as C(registry.example.com/team/app:1.4). A missing tag means C(latest).
      - A reference without a host belongs to the registry of O(registry_url). Without that option, it belongs to
        Docker Hub.
    type: list
    elements: str
    required: true
  registry_url:
    description:
      - URL of the registry for references without a host, for example C(http://localhost:5000).
      - Its scheme also applies to references that contain the same host. Other hosts are reached by https, except for
        this host (C(localhost) and loopback addresses), which is reached by http.
    type: str
  username:
    description: User name for the registry. Set O(password) too.
    type: str
  password:
    description: Password for the registry.
    type: str
  token:
    description: Bearer token for the registry, instead of O(username) and O(password).
    type: str
  config_path:
    description: File with C(docker login) or C(podman login) credentials.
    type: path
  validate_certs:
    description: Whether to verify the certificate of the registry.
    type: bool
    default: true
  ca_path:
    description: PEM file with the certificate authority of the registry.
    type: path
  client_cert:
    description: PEM file with a client certificate. Set O(client_key) too.
    type: path
  client_key:
    description: PEM file with the key of O(client_cert), not encrypted.
    type: path
  timeout:
    description: Seconds to wait for a connection or an answer.
    type: int
    default: 30
  retries:
    description: How often to repeat a request that failed for a reason that may pass.
    type: int
    default: 4
seealso:
  - module: registry_api.v2.registry_image_info
  - plugin: registry_api.v2.image_reference
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the digest of a tag
  ansible.builtin.debug:
    msg: "{{ lookup('registry_api.v2.image_digest', 'registry.example.com/team/app:1.4.2') }}"

- name: Write a compose file that pins the image
  ansible.builtin.copy:
    dest: /srv/images/compose.yml
    content: |
      services:
        app:
          image: registry.example.com/{{ image }}@{{ lookup('registry_api.v2.image_digest', image, registry_url=url) }}
    mode: "0644"
  vars:
    url: https://registry.example.com
    image: team/app:1.4.2

- name: Ask for several tags with one login
  ansible.builtin.debug:
    msg: "{{ query('registry_api.v2.image_digest', *images, username='deployer', password=registry_password) }}"
  vars:
    images: [registry.example.com/team/app:1.4.2, registry.example.com/team/tools:1.0]
"""

RETURN = r"""
_raw:
  description: The digests, in the order of the references.
  type: list
  elements: str
  sample: [sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d]
"""

import asyncio
import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.client import RegistryClient
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.errors import RegistryError
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.reference import (
    ImageName,
    on_docker_hub,
    parse_image_name,
    parse_registry,
)
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.settings import (
    Login,
    Settings,
    Tls,
)
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.transport.auth.realms import (
    literal_address,
)

DOCKER_HUB = "registry-1.docker.io"


class LookupModule(LookupBase):
    """Digests of image references."""

    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[str]:
        """Return a digest for each reference. Raises AnsibleLookupError if one cannot be read."""
        self.set_options(var_options=variables, direct=kwargs)
        try:
            images = [_placed(term, self.get_option("registry_url")) for term in terms]
            return asyncio.run(_digests(images, self.get_options()))
        except RegistryError as error:
            raise AnsibleLookupError(error.one_line()) from error


def _placed(term: t.Any, registry_url: str | None) -> tuple[str, ImageName]:
    """Return the registry's URL and the image's name there."""
    if not isinstance(term, str):
        raise AnsibleLookupError(
            f"image_digest expects references such as registry.example.com/team/app:1.4, not {type(term).__name__}."
        )
    name = parse_image_name(term.strip())
    registry = parse_registry(registry_url) if registry_url else None
    if registry is not None and name.host in (None, registry.netloc):
        return registry.url, name
    name = on_docker_hub(name)
    if name.host == "docker.io":
        return f"https://{DOCKER_HUB}", name
    address = literal_address(parse_registry(f"https://{name.host}").host)
    return f"{'http' if address is not None and address.is_loopback else 'https'}://{name.host}", name


async def _digests(images: list[tuple[str, ImageName]], options: dict[str, t.Any]) -> list[str]:
    """Return the digests in order; each registry is reached through one client."""
    found: dict[tuple[str, ImageName], str] = {}
    for url in dict.fromkeys(url for url, _name in images):
        async with RegistryClient(_settings(url, options)) as client:
            for name in dict.fromkeys(name for other, name in images if other == url):
                found[url, name] = await client.resolve(name.repository, name.digest or name.tag or "latest")
    return [found[image] for image in images]


def _settings(url: str, options: dict[str, t.Any]) -> Settings:
    return Settings(
        url=url,
        login=Login(options["username"], options["password"], options["token"], options["config_path"]),
        tls=Tls(options["validate_certs"], options["ca_path"], options["client_cert"], options["client_key"]),
        timeout=options["timeout"], retries=options["retries"],
    )
