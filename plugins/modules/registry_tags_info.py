# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_tags_info
short_description: List the tags of a repository
version_added: 1.0.0
author: The registry_api.v2 contributors (@registry-api)
description:
  - Lists the tags of a repository, however many pages the registry needs, and on request what image each of them names.
extends_documentation_fragment:
  - registry_api.v2._registry
  - registry_api.v2._attributes
  - registry_api.v2._attributes.info_module
options:
  name:
    description:
      - The repository, without host and tag.
    type: str
    required: true
    aliases: [repository]
  match:
    description:
      - A regular expression, or a list of them. Tags in which one of them is found are listed.
    type: raw
  limit:
    description:
      - How many tags to list at most. RV(total) counts all the same.
    type: int
  order_by:
    description:
      - V(name) sorts by name. V(created) lists the newest images first, and costs two requests for each image.
      - V(version) lists the highest version first, C(1.10) before C(1.9), and tags that are no version last.
    type: str
    choices: [name, created, version]
    default: name
  details:
    description:
      - Tell digest, media type, platforms, creation time and size too.
      - Costs one request for each tag, and two for each image, whatever the number of its tags.
    type: bool
    default: false
seealso:
  - module: registry_api.v2.registry_tags
  - module: registry_api.v2.registry_image_info
"""

EXAMPLES = r"""
- name: List the tags of a repository
  registry_api.v2.registry_tags_info:
    registry_url: https://registry.example.com
    name: team/app

- name: List with one login for all tasks of a block
  module_defaults:
    group/registry_api.v2.registry:
      registry_url: https://registry.example.com
      username: deployer
      password: "{{ registry_password }}"
  block:
    - name: The three highest versions
      registry_api.v2.registry_tags_info:
        name: team/app
        match: ^\d
        order_by: version
        limit: 3

- name: What every tag names, and how large it is
  registry_api.v2.registry_tags_info:
    registry_url: https://registry.example.com
    name: team/app
    order_by: created
    details: true
  register: found

- name: Use the newest image
  ansible.builtin.debug:
    msg: "{{ found.images[0].digest }} has {{ found.images[0].size | human_readable }}"
  when: found.exists

- name: An expression is found anywhere in a tag (1.4 finds 11.42 too, so anchor it and escape the dot)
  registry_api.v2.registry_tags_info:
    registry_url: https://registry.example.com
    name: team/app
    match: ^1\.4(\.|$)
"""

RETURN = r"""
exists:
  description: Whether the registry knows the repository.
  returned: always
  type: bool
  sample: true
tags:
  description: The tags that match, in the order asked for.
  returned: success
  type: list
  elements: str
  sample: ["1.4.2", "latest"]
total:
  description: How many tags the repository has.
  returned: success
  type: int
  sample: 12
images:
  description: The images that these tags name, each once; null without O(details).
  returned: success
  type: list
  elements: dict
  contains:
    digest:
      description: Digest of the manifest or index.
      type: str
      returned: always
      sample: sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
    tags:
      description: Those of RV(tags) that name it.
      type: list
      elements: str
      returned: always
      sample: ["1.4.2", "latest"]
    media_type:
      description: Media type of the manifest or index.
      type: str
      returned: always
      sample: application/vnd.oci.image.manifest.v1+json
    platforms:
      description: Platforms of the image, or of the images of an index.
      type: list
      elements: str
      returned: always
      sample: ["linux/amd64"]
    created:
      description: When the newest image of it was made, null where that is missing or before 2000.
      type: str
      returned: always
      sample: "2026-11-02T09:14:00Z"
    size:
      description: Bytes of configs and layers, each counted once.
      type: int
      returned: always
      sample: 512000000
unreadable:
  description: Tags whose manifest or config cannot be read.
  returned: success
  type: list
  elements: str
  sample: []
unreadable_reasons:
  description: Why each tag of RV(unreadable) cannot be read, by tag.
  returned: success
  type: dict
  sample: {"1.3": "registry.example.com has no manifest for the tag team/app:1.3."}
error:
  description:
    - Why the task failed. C(msg) has the sentence. C(code) is the heading in the troubleshooting guide, C(hint) is what
      to do, C(status), C(registry_code) and C(registry_message) what the registry said, C(image) what it is
      about, and C(retryable) tells whether the same task may succeed later.
  returned: failure
  type: dict
  sample: {"code": "no-credentials", "image": "team/app", "retryable": false}
log:
  description: What was asked of the registry.
  returned: when O(debug=true)
  type: list
  elements: str
  sample: ["GET /v2/ 200 ping"]
"""

from ansible_collections.registry_api.v2.plugins.module_utils._module import registry_module, run
from ansible_collections.registry_api.v2.plugins.module_utils._tags import TAGS_INFO, list_tags


def main() -> None:
    run(registry_module(TAGS_INFO), list_tags)


if __name__ == "__main__":
    main()
