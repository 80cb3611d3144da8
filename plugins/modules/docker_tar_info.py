# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_tar_info
short_description: Show what an image tar holds, and the digests under which it would be pushed
version_added: 1.0.0
author: The registry_api.v2 contributors (@registry-api)
description:
  - Reads image archives as M(registry_api.v2.docker_tar_push) does, and tells their images, names, platforms, layers
    and digests.
  - Needs no registry, no aiohttp and no container tool. Nothing is unpacked to disk, but for compressed archives with
    compressed layers.
extends_documentation_fragment:
  - registry_api.v2._registry
  - registry_api.v2._attributes
  - registry_api.v2._attributes.info_module
options:
  path:
    description:
      - One archive or a list of archives on the host that runs the module, plain or compressed with gzip, xz, bzip2,
        zstd or lz4. Directories and patterns are accepted as in M(registry_api.v2.docker_tar_push).
    type: list
    elements: path
    required: true
  details:
    description:
      - Tell config, labels and layers of each image too.
    type: bool
    default: false
  continue_on_error:
    description:
      - Read the other archives if one cannot be read. RV(images) then has an entry for it, without a number and with
        C(problem). The task fails at the end.
    type: bool
    default: false
  temp_dir:
    description:
      - Where compressed archives are unpacked if a layer has to be read. If not set, E(TMPDIR), else C(/var/tmp).
    type: path
seealso:
  - module: registry_api.v2.docker_tar_push
  - module: registry_api.v2.registry_image_info
notes:
  - The options of the connection are accepted, so that C(module_defaults) of the action group may set them, and not
    used.
  - Layers are read only where the archive does not name their digest, which is so for compressed layers in
    archives of C(docker save) form.
"""

EXAMPLES = r"""
- name: Look into a tar
  registry_api.v2.docker_tar_info:
    path: /srv/images/app.tar

- name: Look into all tars of a folder that lies on the controller
  registry_api.v2.docker_tar_info:
    path: "{{ query('ansible.builtin.fileglob', '/srv/images/*.tar') }}"
    details: true
  delegate_to: localhost

- name: Look before the transfer
  registry_api.v2.docker_tar_info:
    path: /srv/images/app.tar
  register: tar

- name: Stop where a name is missing (docker save by ID loses it; save by NAME:TAG instead)
  ansible.builtin.assert:
    that:
      - tar.images | map(attribute='names') | map('length') | min > 0
      - tar.images | map(attribute='digest') | reject('none') | length == tar.images | length
"""

RETURN = r"""
images:
  description: The images and indexes of all archives, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The archive.
      type: str
      returned: always
      sample: /srv/images/app.tar
    number:
      description: The image's number in the archive, counted from 1. Null for an archive that cannot be read.
      type: int
      returned: always
      sample: 1
    names:
      description: Its names, as the archive has them.
      type: list
      elements: str
      returned: always
      sample: ["registry.io/team/app:1.4.2"]
    digest:
      description: Digest of the manifest that a push without further options writes, null where the image cannot be
        pushed.
      type: str
      returned: always
      sample: sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
    media_type:
      description: Media type of that manifest.
      type: str
      returned: always
      sample: application/vnd.oci.image.manifest.v1+json
    platforms:
      description: Platforms of the image, or of the images of an index that the archive holds.
      type: list
      elements: str
      returned: always
      sample: ["linux/amd64"]
    size:
      description: Bytes of configs and layers, each counted once.
      type: int
      returned: always
      sample: 512000000
    layers:
      description: Number of layers.
      type: int
      returned: always
      sample: 11
    compression:
      description: How the layers are compressed, V(none), V(gzip), V(zstd) or others; V(empty) for a layer that the
        archive lacks.
      type: list
      elements: str
      returned: always
      sample: ["none"]
    problem:
      description: Why the image cannot be pushed, with the keys of C(error); null where it can.
      type: dict
      returned: always
      sample: null
    images:
      description: Each image of one platform, with its digest, platform, created, labels, config and layers.
      type: list
      elements: dict
      returned: when O(details=true)
      sample: []
error:
  description:
    - Why the task failed. C(msg) has the sentence. C(code) is the heading in the troubleshooting guide, C(hint) is what
      to do, C(path) and C(member) what it is about.
  returned: failure
  type: dict
  sample: {"code": "truncated", "path": "/srv/images/app.tar", "retryable": false}
log:
  description: Empty, since no registry is asked.
  returned: when O(debug=true)
  type: list
  elements: str
  sample: []
"""

from ansible_collections.registry_api.v2.plugins.module_utils._module import registry_module, run
from ansible_collections.registry_api.v2.plugins.module_utils._tar import TAR_INFO, tar_info


def main() -> None:
    run(registry_module(TAR_INFO), tar_info, connects=False)


if __name__ == "__main__":
    main()
