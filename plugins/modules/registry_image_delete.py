# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_image_delete
short_description: Delete images by tag, digest or retention rule, without taking others along
version_added: 1.0.0
author: The registry_api.v2 contributors (@registry-api)
description:
  - Deletes images that are named by O(tags) or O(digest), or that a rule names, in one repository or in many.
  - Other tags of the same digest, children of an index that stays, and images of unknown age are not deleted.
    Signatures and attestations follow their subject, children follow their index.
  - The registry frees the space at its next garbage collection, not before.
extends_documentation_fragment:
  - registry_api.v2._registry
  - registry_api.v2._attributes
attributes:
  check_mode:
    support: full
    details:
      - Check mode sends GET and HEAD, and DELETE for a digest and a tag that are not there, to learn what the registry
        can; that changes nothing. It returns what the run returns.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - What is absent is unchanged. A rule with O(older_than) deletes more as time goes by.
options:
  name:
    description:
      - The repository, or for a rule a list of repositories and patterns such as C(team/*). C(*) matches slashes too.
      - A pattern needs a registry that lists its repositories. An empty list changes nothing.
    type: list
    elements: str
    required: true
    aliases: [repository]
  tags:
    description:
      - A tag or a list of tags. An empty list changes nothing.
      - Where a digest has other tags besides, these names alone are removed. Where the registry cannot do that, the
        task fails and names the other tags, unless O(placeholder) or O(force) is set.
      - Tags that look like numbers must be quoted, since YAML reads C(1.10) as C(1.1). An unquoted number is refused.
    type: raw
    aliases: [tag]
  digest:
    description:
      - The digest of an image to delete. Where tags name it the task fails and names them, unless O(force) is set.
    type: str
  keep_last:
    description:
      - "Rule: keep so many images, the newest by O(order_by). Counts distinct digests among the tags that match and are
        not excluded."
    type: int
  older_than:
    description:
      - "Rule: keep images that were made more recently than this, as C(30d), C(12h) or C(2w). C(m) is minutes."
    type: str
  match:
    description:
      - "Rule: a regular expression or a list of them. Only tags in which one of them is found are candidates."
      - Alone it deletes all of them. An empty list changes nothing.
    type: raw
  exclude:
    description:
      - A regular expression or a list of them. Tags in which one of them is found are kept.
    type: raw
  order_by:
    description:
      - What O(keep_last) takes for newest, V(created) or the highest V(version).
      - With V(version), C(1.10) is above C(1.9) and above C(1.10-rc.1), and tags that are no version are kept. A suffix
        as in C(1.10-alpine) counts as a pre-release; use O(match) for each family.
    type: str
    choices: [created, version]
    default: created
  force:
    description:
      - Take all tags of a digest along, where O(tags) or O(digest) name it. Children of an index that stays are kept
        all the same.
      - Means nothing for a rule.
    type: bool
    default: false
  placeholder:
    description:
      - How to remove a tag alone where the registry deletes digests only, as distribution 2 does. The tag is moved to
        an empty manifest of its own, and that is deleted. Where this fails the tag is put back. Needs the right to
        push.
    type: bool
    default: false
  details:
    description:
      - Return creation time and size of each image too.
    type: bool
    default: false
seealso:
  - module: registry_api.v2.registry_tags_info
  - module: registry_api.v2.registry_tags
notes:
  - Each part of a rule protects, and an image is deleted only when none protects it. O(keep_last) with O(older_than)
    deletes what is neither among the newest nor younger.
  - The age of an image is what its config says. Missing, zero and before 2000 mean unknown, and unknown is kept by
    O(older_than) and by O(keep_last) with O(order_by=created). Reproducible builds often say nothing; use
    O(order_by=version) for them.
  - An image that cannot be read, that the registry refuses to delete, or a tag without a manifest is kept by a rule,
    with a warning; the other images are deleted. A repository is left untouched if its list of tags is incomplete, or
    if nobody knows what one of its tags needs.
  - Tags C(sha256-<hex>) follow their image. A rule with O(match) can name them if that image is missing.
  - After the first removal of a single tag the other tags are checked. Tags that the registry deleted with it are put
    back. A deletion that the registry accepts and does not do is an error.
  - Siblings are looked up when the plan is made, and again just before digests are deleted, in groups of 16.
  - Costs one request for each tag and each index of the repository; with a rule about age two more for each candidate.
"""

EXAMPLES = r"""
- name: Delete an image by its tag
  registry_api.v2.registry_image_delete:
    registry_url: https://registry.example.com
    name: team/app
    tags: ["1.3.9"]

- name: Delete with one login for all tasks of a block
  module_defaults:
    group/registry_api.v2.registry:
      registry_url: https://registry.example.com
      username: deployer
      password: "{{ registry_password }}"
  block:
    - name: Keep the ten newest images of every repository of a team
      registry_api.v2.registry_image_delete:
        name: team/*
        keep_last: 10
        exclude: ^(latest|stable)$

- name: Delete what pull requests left behind, after two weeks
  registry_api.v2.registry_image_delete:
    registry_url: https://registry.example.com
    name: team/app
    match: ^pr-
    older_than: 14d

- name: Keep the five highest versions, and whatever is no version
  registry_api.v2.registry_image_delete:
    registry_url: https://registry.example.com
    name: [team/app, team/tools]
    keep_last: 5
    order_by: version
  register: pruned

- name: Say what would go, or went
  ansible.builtin.debug:
    msg: "{{ pruned.msg }} {{ pruned.deleted | map(attribute='tags') | flatten | join(', ') }}"

- name: Check that nothing stays but the newest and what is no version
  ansible.builtin.assert:
    that:
      - pruned.kept | map(attribute='reason') | difference(['newest', 'not_a_version']) | length == 0

- name: Remove one of several names of an image (where the registry cannot, this fails without placeholder)
  registry_api.v2.registry_image_delete:
    registry_url: https://registry.example.com
    name: team/app
    tags: ["stable"]
    placeholder: true
"""

RETURN = r"""
msg:
  description: One sentence about what happened.
  returned: always
  type: str
  sample: Deleted 14 images (37 tags) in team/app; 10 images kept.
deleted:
  description: Manifests that were deleted, or in check mode would be.
  returned: always
  type: list
  elements: dict
  contains:
    repository:
      description: The repository.
      type: str
      returned: always
      sample: team/app
    digest:
      description: Digest of the manifest or index.
      type: str
      returned: always
      sample: sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d
    tags:
      description: The tags that went with it.
      type: list
      elements: str
      returned: always
      sample: ["1.3.9"]
    parent:
      description: Digest of the index whose child it was, or of the image that it signed or described; null for what
        was asked for.
      type: str
      returned: always
      sample: null
    created:
      description: When the newest image of it was made, null for unknown.
      type: str
      returned: when O(details=true)
      sample: "2026-11-02T09:14:00Z"
    size:
      description: Bytes of configs and layers; other images may share them.
      type: int
      returned: when O(details=true)
      sample: 512000000
untagged:
  description: Tags that were removed while their image stays.
  returned: always
  type: list
  elements: dict
  contains:
    repository:
      description: The repository.
      type: str
      returned: always
      sample: team/app
    tag:
      description: The tag.
      type: str
      returned: always
      sample: stable
    digest:
      description: The digest that it named, null if its manifest was missing.
      type: str
      returned: always
      sample: sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
kept:
  description:
    - What the rule looked at and kept, one entry for each digest and reason. Tags that do not match are only counted.
  returned: always
  type: list
  elements: dict
  contains:
    repository:
      description: The repository.
      type: str
      returned: always
      sample: team/app
    digest:
      description: Digest of the manifest or index, null where it could not be read.
      type: str
      returned: always
      sample: sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
    tags:
      description: The tags that stay for this reason.
      type: list
      elements: str
      returned: always
      sample: ["1.4.2", "latest"]
    reason:
      description:
        - V(newest), V(younger), V(excluded), V(unknown_age), V(not_a_version), V(unreadable).
        - V(no_manifest) for a tag whose manifest is missing, V(refused) if the registry refuses to delete the image.
        - V(kept_sibling) and V(child_of_kept) where the registry cannot remove the tag alone, and another tag or an
          index needs the image.
      type: str
      returned: always
      sample: newest
totals:
  description:
    - C(images) that were asked for and deleted, C(manifests) with all that went along, their C(tags), tags C(untagged),
      digests C(kept), and tags that were C(unmatched).
  returned: always
  type: dict
  sample: {"images": 14, "manifests": 15, "tags": 37, "untagged": 0, "kept": 10, "unmatched": 3}
error:
  description:
    - Why the task failed. C(msg) has the sentence. C(code) is the heading in the troubleshooting guide, C(hint) is what
      to do, C(status), C(registry_code) and C(registry_message) what the registry said, C(image) what it is
      about, and C(retryable) tells whether the same task may succeed later.
  returned: failure
  type: dict
  sample: {"code": "shared-digest", "image": "team/app:1.3.9", "retryable": false}
log:
  description: What was asked of the registry.
  returned: when O(debug=true)
  type: list
  elements: str
  sample: ["GET /v2/ 200 ping"]
"""

from ansible_collections.registry_api.v2.plugins.module_utils._delete import DELETE, delete_images
from ansible_collections.registry_api.v2.plugins.module_utils._module import registry_module, run


def main() -> None:
    run(registry_module(DELETE), delete_images)


if __name__ == "__main__":
    main()
