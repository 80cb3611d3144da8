# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_image_copy
short_description: Copy images between registries, or within one
version_added: 2.0.0
author: The registry_api.v2 contributors (@registry-api)
description:
  - Copies images between registries without a daemon, for example to promote a release or to mirror an upstream
    registry. Layers are streamed from one registry to the other and are never written to disk.
  - Manifests and indexes are copied byte for byte, so digests stay the same. All platforms of an image are copied
    unless O(platforms) chooses some.
  - An unchanged tag costs one HEAD request at each registry. No manifest is downloaded for it, so it does not count
    against the pull limit of Docker Hub.
  - Blobs that the destination has are skipped. Within one registry, blobs are mounted and no layer is downloaded.
  - Signatures and attestations that refer to an image (OCI referrers) are not copied. Attestations that are part of an
    index are, and so are tags that C(match) selects, such as cosign's C(sha256-....sig).
extends_documentation_fragment:
  - registry_api.v2._registry
  - registry_api.v2._attributes
attributes:
  check_mode:
    support: full
    details:
      - Check mode sends GET and HEAD only. It returns what the run returns, except that a mount may become an upload.
  diff_mode:
    support: full
  idempotent:
    support: full
    details: With O(force=true) everything is sent in every run.
options:
  source:
    description:
      - The registry to copy from, and how to connect to it. If not set, images are copied within O(registry_url).
      - Each option means what the option of the same name means for the destination. The credentials of one registry
        are never sent to the other.
    type: dict
    suboptions:
      registry_url:
        description: The registry, as O(registry_url).
        type: str
        required: true
        aliases: [registry, url]
      username:
        description: As O(username).
        type: str
        aliases: [registry_username]
      password:
        description: As O(password).
        type: str
        aliases: [registry_password]
      token:
        description: As O(token).
        type: str
      config_path:
        description: As O(config_path).
        type: path
        aliases: [auth_file]
      realm_host:
        description: As O(realm_host).
        type: str
      validate_certs:
        description: As O(validate_certs).
        type: bool
        default: true
        aliases: [tls_verify]
      ca_path:
        description: As O(ca_path).
        type: path
        aliases: [ca_cert]
      client_cert:
        description: As O(client_cert).
        type: path
      client_key:
        description: As O(client_key).
        type: path
      timeout:
        description: As O(timeout).
        type: int
        default: 30
      retries:
        description: As O(retries).
        type: int
        default: 4
  images:
    description:
      - The images to copy. An element is a name such as C(team/app:1.4.2) or a mapping.
      - C(from) (required) is C(repository:tag), C(repository@digest) or C(repository). A repository needs one of
        C(match), C(versions) and C(newest), which choose its tags. An image from a digest needs C(tags).
      - C(name) is the repository at the destination, without host and tag. If not set, the one of the source.
      - C(tags) is a tag or a list of tags at the destination. If not set, the tag of the source.
      - C(match) is a glob pattern or a list of them, such as C(1.*).
      - C(versions) is a range such as C(>=1.4,<2), with the operators C(>=), C(<=), C(>), C(<), C(=) and C(!=). Tags
        that are not versions are not in it. C(<2) excludes pre-releases of 2 as well.
      - C(newest) is a number of tags. The highest versions among the chosen tags are copied.
      - Two sources for one destination tag are refused, and nothing is written.
    type: list
    elements: raw
    required: true
  original_registry:
    description:
      - Whether repositories that get their name from the source begin with the host of the source. V(keep) makes
        C(team/app) from registry.example.com C(registry.example.com/team/app).
    type: str
    choices: [drop, keep]
    default: drop
  prefix:
    description:
      - Put this before every repository of the destination, with a slash.
    type: str
  platforms:
    description:
      - Platforms of an index to copy, such as C(linux/amd64), C(linux/arm/v7) or C(arm64), which is C(linux/arm64). If
        not set, all.
      - A choice changes the digest, because a new index or a single image is written. RV(images[].note) says so. The
        index is then read in each run.
    type: list
    elements: str
  overwrite:
    description:
      - Whether a tag that points to another image may be moved. With V(false) the task fails before anything is
        written.
    type: bool
    default: true
  force:
    description:
      - Write every blob, every manifest and every tag, also if they exist.
    type: bool
    default: false
  verify_existing:
    description:
      - Check every manifest and the last byte of every blob at the destination, also of tags that are right, and copy
        what is missing. A registry may have lost it in a garbage collection.
    type: bool
    default: false
  continue_on_error:
    description:
      - Copy the other images if one fails. The task still fails at the end. Images that failed are not tagged.
    type: bool
    default: false
  max_concurrent_uploads:
    description:
      - How many blobs are copied in parallel. Reduced for a while if the destination answers 429.
    type: int
    default: 4
seealso:
  - module: registry_api.v2.docker_tar_push
  - module: registry_api.v2.registry_tags
notes:
  - The connection options of the task describe the destination. Defaults of the action group apply to it, and not to
    O(source).
"""

EXAMPLES = r"""
- name: Promote a release within one registry, without downloading a layer
  registry_api.v2.registry_image_copy:
    registry_url: https://registry.example.com
    images:
      - from: team/app:1.4.2
        name: live/app

- name: Copy images from another registry with another login
  registry_api.v2.registry_image_copy:
    registry_url: https://registry.example.com
    username: deployer
    password: "{{ registry_password }}"
    source:
      registry_url: https://test.example.com
      username: reader
      password: "{{ test_password }}"
    images:
      - team/app:1.4.2
      - from: team/tools:1.0
        tags: ["1.0", "latest"]

- name: Mirror the newest versions of a repository below a prefix
  registry_api.v2.registry_image_copy:
    registry_url: https://registry.example.com
    source:
      registry_url: https://test.example.com
    prefix: mirror
    continue_on_error: true
    images:
      - from: team/app
        versions: ">=1.4,<2"
        newest: 3
"""

RETURN = r"""
digest:
  description: Digest of the manifest that the tags point to, null if the task was about more than one image.
  returned: always
  type: str
  sample: sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
bytes_uploaded:
  description: Bytes of blobs that were sent to the destination, or in check mode would be. Mounted blobs and retries
    are not counted.
  returned: always
  type: int
  sample: 412000000
actions:
  description: One sentence for each image that changed or failed.
  returned: always
  type: list
  elements: str
  sample: ["Copied team/app:1.4.2: 3 of 11 blobs, 412.0 MB."]
images:
  description: One entry for each image, in the order of the task.
  returned: always
  type: list
  elements: dict
  contains:
    from:
      description: The image at the source, with the registry.
      type: str
      returned: always
      sample: test.example.com/team/app:1.4.2
    repository:
      description: The repository at the destination.
      type: str
      returned: always
      sample: team/app
    tags:
      description: Its tags in that repository.
      type: list
      elements: str
      returned: always
      sample: ["1.4.2"]
    digest:
      description: Digest at the destination.
      type: str
      returned: always
      sample: sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
    source_digest:
      description: Digest at the source, null if the image failed before it was known.
      type: str
      returned: always
      sample: sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
    note:
      description: Why the two digests differ, null if they do not.
      type: str
      returned: always
      sample: platforms chose 1 of 3 entries of the index at the source, which became a single image
    media_type:
      description: Media type of the manifest.
      type: str
      returned: always
      sample: application/vnd.oci.image.index.v1+json
    platforms:
      description: Platforms of the images of an index. Empty for a single image and for an unchanged one.
      type: list
      elements: str
      returned: always
      sample: ["linux/amd64", "linux/arm64"]
    absent:
      description: Digests that the index lists and that the source does not have. A warning reports them too.
      type: list
      elements: str
      returned: always
      sample: []
    size:
      description: Bytes of all its blobs, null for an unchanged image, whose manifest is not read.
      type: int
      returned: always
      sample: 412000000
    status:
      description: V(copied), V(tagged) (only a tag was missing), V(unchanged), V(failed), or V(not_tried) if another
        image failed first.
      type: str
      returned: always
      sample: copied
    moved:
      description: Tags that pointed to another digest before, with that digest.
      type: dict
      returned: always
      sample: {"latest": "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"}
    present:
      description: Number of blobs that the destination had.
      type: int
      returned: always
      sample: 8
    uploaded:
      description: Number of blobs that were uploaded.
      type: int
      returned: always
      sample: 3
    mounted:
      description: Number of blobs that were mounted from another repository of the destination.
      type: int
      returned: always
      sample: 0
    blobs:
      description: Its blobs, each with C(digest), C(size) in bytes and C(action), which is C(present), C(mounted),
        C(uploaded) or C(missing). Empty for an unchanged image.
      type: list
      elements: dict
      returned: always
      sample: []
    error:
      description: Why this image failed, as RV(error), null if it did not.
      type: dict
      returned: always
      sample: null
error:
  description:
    - Why the task failed. C(code) is the name under which the troubleshooting guide explains it, C(message) and C(hint)
      are its sentences, C(status), C(registry_code) and C(registry_message) are what the registry returned, C(image) is
      the image, and C(retryable) is true if the same task may succeed later.
  returned: failure
  type: dict
  sample: {"code": "not-found", "image": "team/app:1.4.2", "retryable": false}
log:
  description: The requests to both registries.
  returned: when O(debug=true)
  type: list
  elements: str
  sample: ["GET /v2/ 200 ping"]
"""

from ansible_collections.registry_api.v2.plugins.module_utils._copy import COPY, copy
from ansible_collections.registry_api.v2.plugins.module_utils._module import registry_module, run


def main() -> None:
    run(registry_module(COPY), copy)


if __name__ == "__main__":
    main()
