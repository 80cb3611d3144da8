# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_image_info
short_description: Show what an image in a registry is made of
version_added: 1.0.0
author: The registry_api.v2 contributors (@registry-api)
description:
  - Shows manifest, config, layers, labels, platforms and referrers of an image, and on request whether all of it is
    there.
  - O(images) checks a list of images over one connection, which is much faster than a loop of tasks.
  - No layer is read.
extends_documentation_fragment:
  - registry_api.v2._registry
  - registry_api.v2._attributes
  - registry_api.v2._attributes.info_module
options:
  name:
    description:
      - The repository, without host and tag. Required if O(images) is not set.
    type: str
    aliases: [repository]
  tag:
    description:
      - The tag. If neither O(tag) nor O(digest) is set, C(latest).
      - A tag that looks like a number must be quoted, since YAML reads C(1.10) as C(1.1). An unquoted number is
        refused.
    type: raw
  digest:
    description:
      - The digest, instead of O(tag).
    type: str
  platform:
    description:
      - Which image of an index RV(config), RV(labels), RV(layers) and RV(created) are about, as C(linux/arm64). If not
        set, its first one.
    type: str
  images:
    description:
      - A list of images to look up, as C(name:tag) or C(name@digest), instead of O(name). The result is RV(infos).
      - Malformed names and tags are reported before the first request. An image that cannot be read does not stop the
        others. The task fails at the end.
    type: list
    elements: str
  details:
    description:
      - Return everything that is returned for O(name) for each entry of O(images) too. This takes more requests.
      - Ignored with O(name), which always returns them.
    type: bool
    default: false
  verify:
    description:
      - Ask for every part of the image, and return what is not there as RV(missing).
      - V(manifest) asks for the manifests that an index names, V(blobs) for configs and layers too, by one HEAD each.
      - After a careless garbage collection a registry may claim what it has lost, see O(ignore:verify_existing) of
        M(registry_api.v2.docker_tar_push).
    type: str
    choices: [manifest, blobs]
seealso:
  - module: registry_api.v2.registry_tags_info
  - module: registry_api.v2.docker_tar_info
"""

EXAMPLES = r"""
- name: Look at an image
  registry_api.v2.registry_image_info:
    registry_url: https://registry.example.com
    name: team/app
    tag: "1.4.2"

- name: Look at one platform of an index
  registry_api.v2.registry_image_info:
    registry_url: https://registry.example.com
    username: deployer
    password: "{{ registry_password }}"
    name: team/app
    tag: "1.4.2"
    platform: linux/amd64

- name: Ask whether everything is there
  registry_api.v2.registry_image_info:
    registry_url: https://registry.example.com
    name: team/app
    tag: "1.4.2"
    verify: blobs
  register: image

- name: Stop before a deployment that could not be pulled
  ansible.builtin.assert:
    that:
      - image.exists
      - image.missing | length == 0

- name: Check that every image of a release is complete
  registry_api.v2.registry_image_info:
    registry_url: https://registry.example.com
    images: [team/app:1.4.2, team/tools:1.0]
    verify: blobs
  register: release

- name: Stop if an image is missing or incomplete
  ansible.builtin.assert:
    that:
      - release.exists
      - release.infos | map(attribute='missing') | flatten | length == 0

- name: Quote a tag that looks like a number (1.10 without quotes is refused, YAML reads it as 1.1)
  registry_api.v2.registry_image_info:
    registry_url: https://registry.example.com
    name: team/app
    tag: "1.10"
"""

RETURN = r"""
exists:
  description: Whether the image exists. Everything else is null or empty if it does not. With O(images), whether all of
    them exist.
  returned: always
  type: bool
  sample: true
digest:
  description: Digest of the manifest or index.
  returned: success, with O(name)
  type: str
  sample: sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
media_type:
  description: Media type of the manifest or index.
  returned: success, with O(name)
  type: str
  sample: application/vnd.oci.image.manifest.v1+json
platforms:
  description: Platforms of the image, or of the images of an index.
  returned: success, with O(name)
  type: list
  elements: str
  sample: ["linux/amd64"]
size:
  description: Bytes of configs and layers, each counted once.
  returned: success, with O(name)
  type: int
  sample: 512000000
created:
  description: When the image was made, null where that is missing or before 2000.
  returned: success, with O(name)
  type: str
  sample: "2026-11-02T09:14:00Z"
labels:
  description: Labels of the image's config.
  returned: success, with O(name)
  type: dict
  sample: {"org.opencontainers.image.version": "1.4.2"}
layers:
  description: Layers of the image, lowest first.
  returned: success, with O(name)
  type: list
  elements: dict
  contains:
    digest:
      description: Digest of the layer as it is stored.
      type: str
      returned: always
      sample: sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
    size:
      description: Its bytes.
      type: int
      returned: always
      sample: 31000000
    media_type:
      description: Its media type.
      type: str
      returned: always
      sample: application/vnd.oci.image.layer.v1.tar+gzip
images:
  description: The images that an index names and the registry has; an image that is no index is its own only one.
  returned: success, with O(name)
  type: list
  elements: dict
  contains:
    digest:
      description: Digest of the image's manifest.
      type: str
      returned: always
      sample: sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
    platform:
      description: Its platform.
      type: str
      returned: always
      sample: linux/amd64
    created:
      description: When it was made, null where that is missing or before 2000.
      type: str
      returned: always
      sample: "2026-11-02T09:14:00Z"
    size:
      description: Bytes of config and layers.
      type: int
      returned: always
      sample: 512000000
    layers:
      description: Number of its layers.
      type: int
      returned: always
      sample: 11
manifest:
  description: The manifest or index as the registry has it.
  returned: success, with O(name)
  type: dict
  sample: {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
config:
  description: The image's config, null for what is no image.
  returned: success, with O(name)
  type: dict
  sample: {"os": "linux", "architecture": "amd64"}
referrers:
  description: What refers to this digest, such as signatures and bills of materials.
  returned: success, with O(name)
  type: list
  elements: dict
  contains:
    digest:
      description: Digest of the referring manifest.
      type: str
      returned: always
      sample: sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
    media_type:
      description: Its media type.
      type: str
      returned: always
      sample: application/vnd.oci.image.manifest.v1+json
    size:
      description: Its bytes.
      type: int
      returned: always
      sample: 741
    artifact_type:
      description: What it says it is, null where it does not.
      type: str
      returned: always
      sample: application/spdx+json
missing:
  description: Parts that are not there; null without O(verify).
  returned: success, with O(name)
  type: list
  elements: dict
  contains:
    kind:
      description: V(manifest) or V(blob).
      type: str
      returned: always
      sample: blob
    digest:
      description: Its digest.
      type: str
      returned: always
      sample: sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
infos:
  description: One entry for each image of O(images), in the same order.
  returned: success or failure, with O(images)
  type: list
  elements: dict
  contains:
    image:
      description: The image as C(name:tag) or C(name@digest).
      type: str
      returned: always
      sample: team/app:1.4.2
    name:
      description: The repository.
      type: str
      returned: always
      sample: team/app
    tag:
      description: The tag, null if the image was looked up by digest.
      type: str
      returned: always
      sample: "1.4.2"
    exists:
      description: Whether the image exists, null if that could not be found out.
      type: bool
      returned: always
      sample: true
    digest:
      description: As RV(digest). C(media_type) is returned in the same way.
      type: str
      returned: always
      sample: sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
    missing:
      description: As RV(missing).
      type: list
      elements: dict
      returned: always
      sample: []
    manifest:
      description: As RV(manifest). C(config), C(labels), C(layers), C(images), C(referrers), C(platforms), C(size) and
        C(created) are returned in the same way.
      type: dict
      returned: when O(details=true)
      sample: {"schemaVersion": 2}
    error:
      description: Why the image could not be read, null if it could. As RV(error), with C(message) if the task has
        several images.
      type: dict
      returned: always
      sample: null
error:
  description:
    - Why the task failed. C(msg) has the sentence. C(code) is the heading in the troubleshooting guide, C(hint) is what
      to do, C(status), C(registry_code) and C(registry_message) what the registry said, C(image) what it is
      about, and C(retryable) tells whether the same task may succeed later.
  returned: failure
  type: dict
  sample: {"code": "wrong-bytes", "image": "team/app:1.4.2", "retryable": false}
log:
  description: What was asked of the registry.
  returned: when O(debug=true)
  type: list
  elements: str
  sample: ["GET /v2/ 200 ping"]
"""

from ansible_collections.registry_api.v2.plugins.module_utils._info import IMAGE_INFO, image_info
from ansible_collections.registry_api.v2.plugins.module_utils._module import registry_module, run


def main() -> None:
    run(registry_module(IMAGE_INFO), image_info)


if __name__ == "__main__":
    main()
