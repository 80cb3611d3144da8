# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_info
short_description: Find out whether a registry is there, and as whom it is talked to
version_added: 1.0.0
author: The registry_api.v2 contributors (@registry-api)
description:
  - Tells whether a registry can be reached, which login it wants, which login would be used and where that comes from,
    and which repositories it lists. A registry that cannot be reached is an answer and no failure.
extends_documentation_fragment:
  - registry_api.v2._registry
  - registry_api.v2._attributes
  - registry_api.v2._attributes.info_module
options:
  match:
    description:
      - A regular expression, or a list of them. Repositories in whose name one of them is found are listed.
    type: raw
  limit:
    description:
      - How many repositories to list at most.
    type: int
seealso:
  - module: registry_api.v2.registry_tags_info
notes:
  - Many registries do not list their repositories, or only to administrators. That is a warning.
"""

EXAMPLES = r"""
- name: Is the registry there
  registry_api.v2.registry_info:
    registry_url: https://registry.example.com

- name: Ask with a login for all tasks of a block
  module_defaults:
    group/registry_api.v2.registry:
      registry_url: https://registry.example.com
      username: deployer
      password: "{{ registry_password }}"
  block:
    - name: List the repositories of a team
      registry_api.v2.registry_info:
        match: ^team/
        limit: 100

- name: Ask before a rollout
  registry_api.v2.registry_info:
    registry_url: https://registry.example.com
  register: found

- name: Say which login would be used, and stop where it is refused
  ansible.builtin.assert:
    that:
      - found.reachable
      - found.authenticated
    fail_msg: "{{ found.msg }} Login: {{ found.login.username }} from {{ found.login.source }}"
    success_msg: "Login: {{ found.login.username | default('none', true) }}"
"""

RETURN = r"""
msg:
  description: One sentence about the registry, or why it cannot be used.
  returned: always
  type: str
  sample: registry.example.com is a registry and lists 12 repositories.
reachable:
  description: Whether something answered that may be a registry.
  returned: success
  type: bool
  sample: true
authenticated:
  description: Whether the registry takes the login, or needs none.
  returned: success
  type: bool
  sample: true
api_version:
  description: What the registry's API calls itself, null where it does not say it.
  returned: success
  type: str
  sample: registry/2.0
auth:
  description: The login that the registry wants, V(none), V(basic), V(bearer) or V(other), null where that is not
    known.
  returned: success
  type: str
  sample: bearer
login:
  description: The login that would be used. Secrets are never returned.
  returned: success
  type: dict
  contains:
    username:
      description: The user, null for none.
      type: str
      returned: always
      sample: deployer
    source:
      description: Where the login comes from.
      type: str
      returned: always
      sample: /home/deploy/.docker/config.json
    looked_at:
      description: All places that were looked at, in their order.
      type: list
      elements: str
      returned: always
      sample: ["/run/user/1000/containers/auth.json (missing)", "/home/deploy/.docker/config.json"]
repositories:
  description: Names of repositories, null where the registry does not list them.
  returned: success
  type: list
  elements: str
  sample: ["team/app", "team/db"]
complete:
  description: Whether these are all that match; false where O(limit) cut the list.
  returned: success
  type: bool
  sample: true
problem:
  description: Why the registry cannot be used, with the keys of C(error) of other modules; null where it can.
  returned: success
  type: dict
  sample: null
error:
  description:
    - Why the task failed. C(msg) has the sentence. C(code) is the heading in the troubleshooting guide, C(hint) is what
      to do, C(status), C(registry_code) and C(registry_message) what the registry said, C(image) what it is
      about, and C(retryable) tells whether the same task may succeed later.
  returned: failure
  type: dict
  sample: {"code": "bad-credentials-file", "image": "team/app", "retryable": false}
log:
  description: What was asked of the registry.
  returned: when O(debug=true)
  type: list
  elements: str
  sample: ["GET /v2/ 200 ping"]
"""

from ansible_collections.registry_api.v2.plugins.module_utils._info import REGISTRY_INFO, registry_info
from ansible_collections.registry_api.v2.plugins.module_utils._module import registry_module, run


def main() -> None:
    run(registry_module(REGISTRY_INFO), registry_info)


if __name__ == "__main__":
    main()
