# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_tar_push
short_description: Push image tars into a registry without a daemon
version_added: 1.0.0
author: The registry_api.v2 contributors (@registry-api)
description:
  - Reads image archives as C(docker save), podman, skopeo, buildah, buildx, kaniko, bazel, nix, jib and ko write them,
    and pushes their images into a registry. No docker, podman or skopeo is needed on any host.
  - The registry is asked which manifests and blobs it has before anything is sent; what it has is not read from the tar
    and not sent. A second run changes nothing.
  - Layers are sent as they lie in the archive. Raw layers need two to three times the storage and pull traffic of gzip
    layers.
extends_documentation_fragment:
  - registry_api.v2._registry
  - registry_api.v2._attributes
attributes:
  check_mode:
    support: full
    details:
      - Check mode reads the archives and sends GET and HEAD only. It returns what the run returns, except that a mount
        may turn into an upload, and that with O(compression) layers are counted with their raw size and the new digest
        is null.
  diff_mode:
    support: full
  idempotent:
    support: full
    details: With O(force=true) everything is sent in every run.
options:
  path:
    description:
      - One source or a list of sources on the host that runs the module. They share one session, and blobs that
        several of them hold are sent once.
      - A source is an archive, a directory, or a pattern such as C(/srv/images/*.tar). A directory stands for the OCI
        layout that it holds (C(oci-layout), C(index.json) and C(blobs)), else for the archives in it and the layouts
        one level below. Patterns and directories are expanded on the host, in sorted order. It is an error if they
        yield nothing. Links in a layout directory are not followed.
      - Plain, or compressed with gzip, xz, bzip2, zstd or lz4. A compressed archive is unpacked to O(temp_dir) only
        when one of its layers has to be sent.
      - An empty list changes nothing.
    type: list
    elements: path
  name:
    description:
      - The repository to push to, without host and tag. If not set, the names in the archive are used.
      - With O(name) alone the original tags are kept.
    type: str
    aliases: [repository]
  tags:
    description:
      - A tag or a list of tags. If not set, the tags in the archive are used.
      - Tags that look like numbers must be quoted, since YAML reads C(1.10) as C(1.1). An unquoted number is refused.
    type: raw
    aliases: [tag]
  images:
    description:
      - A mapping of many images, instead of O(path), O(name) and O(tags).
    type: list
    elements: dict
    suboptions:
      path:
        description: The archive.
        type: path
        required: true
      name:
        description: As O(name).
        type: str
        aliases: [repository]
      tags:
        description: As O(tags).
        type: raw
        aliases: [tag]
      image:
        description: One image of the archive, by a name that it has there, or by its number, counted from 1.
        type: raw
  original_tags:
    description:
      - Which names of an image are used where the archive decides, V(all) or the V(first).
    type: str
    choices: [all, first]
    default: all
  original_registry:
    description:
      - What becomes of the host in an original name such as C(registry.io/team/app:1). V(drop) makes it C(team/app),
        V(keep) makes it C(registry.io/team/app).
      - The path is kept as written. C(nginx:1) stays C(nginx), C(docker.io/library/nginx:1) becomes C(library/nginx).
    type: str
    choices: [drop, keep]
    default: drop
  prefix:
    description:
      - Put before every repository, with a slash. V(library) serves mirrors of Docker Hub.
    type: str
  platforms:
    description:
      - Platforms of an index to push, as C(linux/amd64), C(linux/arm/v7) or C(arm64), which is C(linux/arm64). If not
        set, all that the archive holds.
    type: list
    elements: str
  index:
    description:
      - What to do with several images of one archive that have the same name and different platforms, or with all
        images if none has a name. V(keep) pushes each as it is, so they need different names. V(merge) pushes them as
        one multi-platform image. Its digest depends on the images and their platforms only.
      - For OCI layouts, whose images have manifests of their own.
    type: str
    choices: [keep, merge]
    default: keep
  compare:
    description:
      - When a tag counts as right. V(image) accepts any manifest with the same config, as many layers as the config
        says, and all blobs there, however another tool compressed them. V(digest) accepts only the manifest that this
        module would write.
    type: str
    choices: [image, digest]
    default: image
  overwrite:
    description:
      - Whether a tag that holds another image may be moved. V(false) fails before anything is sent.
    type: bool
    default: true
  force:
    description:
      - Send every blob, every manifest and every tag without asking for them.
    type: bool
    default: false
  verify_existing:
    description:
      - Read the last byte of each blob that the registry says it has. After a garbage collection that may be untrue.
    type: bool
    default: false
  manifest_format:
    description:
      - V(auto) pushes the archive's own manifest byte for byte where it has one and its layers stay as they are; else
        it writes an OCI manifest for raw and zstd layers and a Docker manifest for gzip layers.
      - V(oci) and V(docker) write that kind, also where the archive's own manifest is of the other. V(docker) is
        refused for raw and zstd layers.
      - Does not apply to an index and its images, nor to artifacts. Those keep their manifests.
    type: str
    choices: [auto, oci, docker]
    default: auto
  continue_on_error:
    description:
      - Push the other images when one fails. The task fails at the end all the same; images that failed are not tagged.
    type: bool
    default: false
  max_concurrent_uploads:
    description:
      - How many blobs are sent at once, over all images. Lowered for a while when the registry answers 429.
    type: int
    default: 4
  chunk_size:
    description:
      - Send blobs in pieces of this size (V(64M), at least V(64K)), for proxies that limit the size of a request. GHCR
        and Google's registries refuse pieces.
    type: bytes
  temp_dir:
    description:
      - Where compressed archives are unpacked. If not set, E(TMPDIR), else C(/var/tmp).
    type: path
  compression:
    description:
      - What becomes of raw layers in images that have to be written. V(none) sends them as they are, which is fastest.
        V(gzip) is recommended for registries that many hosts pull from; V(zstd) is read by newer runtimes only and
        needs python3-zstandard.
      - gzip is made by the Python library isal if the host has it, which is several times faster, else by zlib-ng, else
        by zlib.
      - With O(compare=image) an image that is there with other compression is left as it is. An index keeps its layers
        as they are.
    type: str
    choices: [none, gzip, zstd]
    default: none
  compression_level:
    description:
      - 0 to 9 for gzip, 1 to 19 for zstd, none without O(compression). If not set, the level that costs least.
    type: int
  cache_path:
    description:
      - A file in which this host keeps what it compressed, so that an upgrade compresses only new layers. It is refused
        if users other than this one and root can write to it, its folder, or a folder above that is not sticky.
    type: path
  reuse_from:
    description:
      - Manifests of this registry, as C(repository@sha256:...), whose compressed layers may be used instead of
        compressing again. The digest vouches for them.
    type: list
    elements: str
  reuse_trust:
    description:
      - Believe what every manifest of the target repository says of its compressed layers. Everyone who can push there
        can then choose the content of layers that this task does not compress.
    type: bool
    default: false
  referrers:
    description:
      - Push the signatures, attestations and SBOMs that an OCI layout contains together with the image that they belong
        to. The image is tagged after all of them were pushed.
      - V(best_effort) pushes the image also if the registry refuses some of them. The result RV(images[].referrers)
        lists those with the status V(left_behind).
      - A signed image is never converted. O(compression) and O(manifest_format) fail for it unless this is V(false).
    type: str
    choices: ["true", "false", best_effort]
    default: "true"
  referrer_types:
    description:
      - Push only referrers of these artifact types, such as C(application/spdx+json). A referrer of one that is
        left out is left out, too. The type of a tag that cosign 2 wrote is the media type of its first layer.
    type: list
    elements: str
  progress:
    description:
      - Show lines about how far the push is while it runs, after 5, 15, 30 and 60 seconds, then every minute. A push
        that takes less than 5 seconds shows none. The result is the same.
      - The module then runs in the background of its host and is asked once a second, which costs a second or two.
        Without effect in check mode, with C(no_log), and where the task itself is C(async).
      - Ansible does not flush what it prints. Where its output is no terminal, set E(PYTHONUNBUFFERED) to see lines
        when they come.
    type: bool
    default: false
  progress_path:
    description:
      - Write the progress of the push to this JSON file while it runs, for example to monitor an C(async) task. Use a
        folder that only the user who runs the module can write to, not C(/tmp) or C(/var/tmp).
    type: path
seealso:
  - module: registry_api.v2.docker_tar_info
  - module: registry_api.v2.registry_tags
notes:
  - O(path), O(config_path), O(ca_path) and O(client_cert) are read on the host that runs the module, by the user who
    runs it. Where they lie on the controller, use C(delegate_to=localhost).
  - An unchanged image costs one request for each tag and each blob.
"""

EXAMPLES = r"""
- name: Push an archive under the names that it holds
  registry_api.v2.docker_tar_push:
    registry_url: https://registry.example.com
    path: /srv/images/app.tar

- name: Push with one login for all tasks of a block
  module_defaults:
    group/registry_api.v2.registry:
      registry_url: https://registry.example.com
      username: deployer
      password: "{{ registry_password }}"
  block:
    - name: Push under another name
      registry_api.v2.docker_tar_push:
        path: /srv/images/app.tar
        name: team/app
        tags: ["1.4.2", "latest"]

- name: Push many archives in one task, which sends shared layers once
  registry_api.v2.docker_tar_push:
    registry_url: https://registry.example.com
    continue_on_error: true
    images:
      - path: /srv/images/app.tar
        name: team/app
        tags: ["1.4.2"]
      - path: /srv/images/tools.tar
        image: busybox:1.36
        name: team/busybox

- name: Push an archive that lies on the controller
  registry_api.v2.docker_tar_push:
    registry_url: https://registry.example.com
    path: "{{ playbook_dir }}/files/app.tar"
  delegate_to: localhost

- name: Push and look at what came of it
  registry_api.v2.docker_tar_push:
    registry_url: https://registry.example.com
    path: /srv/images/app.tar
  register: pushed

- name: Check that nothing failed and that every image has a digest
  ansible.builtin.assert:
    that:
      - pushed.images | selectattr('status', 'equalto', 'failed') | length == 0
      - pushed.images | map(attribute='digest') | select('match', 'sha256:') | length == pushed.images | length

- name: Quote tags that look like numbers (1.10 without quotes is refused, YAML reads it as 1.1)
  registry_api.v2.docker_tar_push:
    registry_url: https://registry.example.com
    path: /srv/images/app.tar
    name: team/app
    tags: "1.10"
"""

RETURN = r"""
digest:
  description: Digest of the manifest that the tags name, null where the task was about more than one image.
  returned: always
  type: str
  sample: sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
bytes_uploaded:
  description: Bytes of blobs that were sent, or in check mode would be; mounted blobs and repeated tries are not
    counted.
  returned: always
  type: int
  sample: 412000000
compressor:
  description: Library, version and level that compressed layers, null without O(compression).
  returned: always
  type: str
  sample: isal 1.8.0 level 1
actions:
  description: One sentence for each image that changed or failed.
  returned: always
  type: list
  elements: str
  sample: ["Pushed team/app:1.4.2: 3 of 11 blobs, 412.0 MB."]
left_out:
  description: What an archive lists and the push did not send, such as platforms that the archive does not contain. If
    the bytes are in the archive (a manifest of an unknown type), a warning names it too.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The archive.
      type: str
      returned: always
      sample: /srv/images/app.tar
    image:
      description: The image whose index lists it, empty if only index.json lists it.
      type: str
      returned: always
      sample: team/app:1.4.2
    digest:
      description: Its digest.
      type: str
      returned: always
      sample: sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
    media_type:
      description: The media type that the list gives it.
      type: str
      returned: always
      sample: application/vnd.oci.image.manifest.v1+json
    reason:
      description: Why it was not sent.
      type: str
      returned: always
      sample: it is not in the archive
images:
  description: One entry for each image and repository, in the order of the task.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The archive.
      type: str
      returned: always
      sample: /srv/images/app.tar
    source:
      description: The first name that the image has in the archive, or its number there.
      type: str
      returned: always
      sample: registry.io/team/app:1.4.2
    repository:
      description: The repository, null where the image failed before one was known.
      type: str
      returned: always
      sample: team/app
    tags:
      description: Its tags in that repository.
      type: list
      elements: str
      returned: always
      sample: ["1.4.2", "latest"]
    digest:
      description: Digest of the manifest.
      type: str
      returned: always
      sample: sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
    media_type:
      description: Media type of the manifest.
      type: str
      returned: always
      sample: application/vnd.oci.image.manifest.v1+json
    platforms:
      description: Platforms of the image, or of the images of an index.
      type: list
      elements: str
      returned: always
      sample: ["linux/amd64"]
    size:
      description: Bytes of all its blobs.
      type: int
      returned: always
      sample: 512000000
    status:
      description: V(pushed), V(tagged) where only a tag was missing, V(unchanged), V(failed), or V(not_tried) after
        another image failed.
      type: str
      returned: always
      sample: pushed
    moved:
      description: Tags that named another manifest, with its digest.
      type: dict
      returned: always
      sample: {"latest": "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"}
    present:
      description: Number of blobs that were there.
      type: int
      returned: always
      sample: 8
    uploaded:
      description: Number of blobs that were sent.
      type: int
      returned: always
      sample: 3
    mounted:
      description: Number of blobs that the registry linked from another repository.
      type: int
      returned: always
      sample: 0
    blobs:
      description: Digest, size and action of each blob (present, uploaded, mounted, or missing where the image failed
        before it was sent); empty for images that are unchanged, and in a failed task for images that did not fail.
      type: list
      elements: dict
      returned: always
      sample: []
    error:
      description: Why the image failed, else null. As RV(error), with C(message) if the task has several images.
      type: dict
      returned: always
      sample: null
    referrers:
      description: The signatures and other referrers of the image that the archive contains, each with C(digest),
        C(subject) (the digest that it belongs to), C(artifact_type), C(tag) (of cosign 2, null otherwise), C(size),
        C(status) as of images, or C(left_behind), and C(error).
      type: list
      elements: dict
      returned: always
      sample: []
error:
  description:
    - Why the task failed. C(msg) has the sentence. C(code) is the heading in the troubleshooting guide, C(hint) is what
      to do, C(status), C(registry_code) and C(registry_message) what the registry said, C(image), C(path)
      and C(member) what it is about, and C(retryable) tells whether the same task may succeed later.
  returned: failure
  type: dict
  sample: {"code": "truncated", "path": "/srv/images/app.tar", "retryable": false}
log:
  description: What was asked of the registry.
  returned: when O(debug=true)
  type: list
  elements: str
  sample: ["GET /v2/ 200 ping"]
"""

from ansible_collections.registry_api.v2.plugins.module_utils._module import registry_module, run
from ansible_collections.registry_api.v2.plugins.module_utils._push import PUSH, push_images


def main() -> None:
    run(registry_module(PUSH), push_images)


if __name__ == "__main__":
    main()
