# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_tags
short_description: Promote, move and remove tags without moving an image
version_added: 1.0.0
author: The registry_api.v2 contributors (@registry-api)
description:
  - Lets tags name an image that is in the registry already, and removes tags. No image is ever deleted.
  - From another repository of the same registry the blobs are mounted, manifests keep their bytes, and an index comes
    with its children. Only a blob that the registry declines to mount passes through the host that runs the module,
    from the registry and back, without touching its disk. Within one repository no blob is read.
  - Without O(tags) there is nothing to ensure, nothing is changed, and the answer is the list of tags.
extends_documentation_fragment:
  - registry_api.v2._registry
  - registry_api.v2._attributes
attributes:
  check_mode:
    support: full
    details:
      - Check mode sends GET and HEAD. With O(state=absent) and a tag to remove it also sends DELETE for a digest and a
        tag that are not there, to learn what the registry can; that changes nothing.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  name:
    description:
      - The repository, without host and tag.
    type: str
    required: true
    aliases: [repository]
  tags:
    description:
      - A tag or a list of tags.
      - Tags that look like numbers must be quoted, since YAML reads C(1.10) as C(1.1). An unquoted number is refused.
    type: raw
    aliases: [tag]
  state:
    description:
      - V(present) lets O(tags) name the digest of O(source).
      - V(absent) removes the names. Images and their other tags stay.
    type: str
    choices: [present, absent]
    default: present
  source:
    description:
      - The tag or digest that O(tags) shall name. Needed for O(state=present) with O(tags).
    type: raw
  source_name:
    description:
      - The repository of O(source), where that is not O(name). It has to be in the same registry.
    type: str
  overwrite:
    description:
      - Whether a tag that names another digest may be moved. V(false) fails before anything is changed, with both
        digests.
    type: bool
    default: true
  placeholder:
    description:
      - How to remove a tag where the registry deletes digests only, as distribution 2 does. The tag is moved to an
        empty manifest of its own, and that is deleted. Where this fails the tag is put back.
      - Without it the task fails there and names the tags that would have been lost.
      - Needs the right to push. The few bytes of the empty manifest's blobs stay until the next garbage collection.
    type: bool
    default: false
seealso:
  - module: registry_api.v2.registry_tags_info
  - module: registry_api.v2.registry_image_delete
notes:
  - Costs one listing, and one request for each of O(tags); blobs are asked for only where the repository lacks the
    manifest.
"""

EXAMPLES = r"""
- name: Promote a tested image
  registry_api.v2.registry_tags:
    registry_url: https://registry.example.com
    name: team/app
    source: "1.4.2"
    tags: stable

- name: Promote with one login for all tasks of a block
  module_defaults:
    group/registry_api.v2.registry:
      registry_url: https://registry.example.com
      username: deployer
      password: "{{ registry_password }}"
  block:
    - name: Promote from one repository to another, by mounts
      registry_api.v2.registry_tags:
        name: production/app
        source_name: team/app
        source: "1.4.2"
        tags: ["1.4.2", "latest"]

- name: Give a release a tag that must never move
  registry_api.v2.registry_tags:
    registry_url: https://registry.example.com
    name: team/app
    source: "1.4.2"
    tags: release-7
    overwrite: false

- name: Remove a name and keep the image, also from a registry that cannot do that
  registry_api.v2.registry_tags:
    registry_url: https://registry.example.com
    name: team/app
    tags: ["release-7"]
    state: absent
    placeholder: true

- name: Roll back, and remember where the tag was
  registry_api.v2.registry_tags:
    registry_url: https://registry.example.com
    name: team/app
    source: "1.4.1"
    tags: stable
  register: moved

- name: Check that it moved
  ansible.builtin.assert:
    that:
      - moved.digests.stable is match('sha256:')
      - moved.previous.stable != moved.digests.stable

- name: Quote tags that look like numbers (1.10 without quotes is refused, YAML reads it as 1.1)
  registry_api.v2.registry_tags:
    registry_url: https://registry.example.com
    name: team/app
    source: "1.4.2"
    tags: "1.10"
"""

RETURN = r"""
msg:
  description: One sentence about what happened.
  returned: always
  type: str
  sample: "Moved 1 tag of team/app: stable from sha256:ca978112ca1b to sha256:3e23e8160039."
tags:
  description: All tags of the repository afterwards, sorted.
  returned: success
  type: list
  elements: str
  sample: ["1.4.1", "1.4.2", "stable"]
digests:
  description: What each of O(tags) names afterwards, null for a tag that is gone.
  returned: success
  type: dict
  sample: {"stable": "sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"}
previous:
  description: What each of O(tags) named before, null for a tag that was not there.
  returned: success
  type: dict
  sample: {"stable": "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"}
error:
  description:
    - Why the task failed. C(msg) has the sentence. C(code) is the heading in the troubleshooting guide, C(hint) is what
      to do, C(status), C(registry_code) and C(registry_message) what the registry said, C(image) what it is
      about, and C(retryable) tells whether the same task may succeed later.
  returned: failure
  type: dict
  sample: {"code": "cannot-untag", "image": "team/app:stable", "retryable": false}
log:
  description: What was asked of the registry.
  returned: when O(debug=true)
  type: list
  elements: str
  sample: ["GET /v2/ 200 ping"]
"""

from ansible_collections.registry_api.v2.plugins.module_utils._module import registry_module, run
from ansible_collections.registry_api.v2.plugins.module_utils._tags import TAGS, set_tags


def main() -> None:
    run(registry_module(TAGS), set_tags)


if __name__ == "__main__":
    main()
