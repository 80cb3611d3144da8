# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Settings that imitate the habits of real registries, so that a client's answer to each habit can be tested without
the registry.

A personality has the points that clients stumble over, nothing more; each point is one field with its source beside it.
"""

from __future__ import annotations

import difflib
from typing import Any

from .manifest_facts import DOCKER_LIST, DOCKER_MANIFEST

_RAW_DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
_DISTRIBUTION = {"page_limit": 1000, "referrers": False, "anonymous_mount": False}

PERSONALITIES: dict[str, dict[str, Any]] = {
    "oci": {},
    "distribution2": {
        **_DISTRIBUTION,
        "tag_delete": False,
        "resumable": False,  # resuming: distribution#3755
        "quirks": {"distribution": 2, "upload_state": True, "paging": False, "unsorted_tags": True},
    },
    "distribution3": {**_DISTRIBUTION, "quirks": {"distribution": 3, "upload_state": True}},
    "ecr": {
        "autocreate": False,
        "opaque_cursors": True,
        "page_limit": 1000,
        "referrers": True,  # regclient#869
        "quirks": {
            "patch_status": 201,
            "frozen_range": True,  # containers-roadmap#2831
            "upload_status": False,
            "minimum_part": 5 * 10**6,  # dotnet/sdk-container-builds#424
            "same_digest_immutable": True,  # containers-roadmap#2380
            "manifest_rate": 10,
            "limited_tags": True,
        },
    },
    "gar": {
        "quirks": {
            "repeated_patch": False,  # dotnet/sdk-container-builds#287, skopeo#1101
            "put_manifest_digest": False,  # containers/image#1420
            "dangling_refused": True,  # GOOGLE_MANIFEST_DANGLING_TAG
            "challenge": False,
        },
    },
    "ghcr": {
        "referrers": False,
        "cdn": True,  # stargz-snapshotter#167; its HEAD is answered by the registry today
        "quirks": {"ranged_patch_limit": 4 * 2**20, "manifest_delete_status": 405},  # rust-oci-client#35
    },
    "quay": {
        "quirks": {
            "mount_needs_from": True,  # quay#899
            "refused_layer_types": (_RAW_DOCKER_LAYER,),  # containers/image#1270
            "delete_action": "*",  # containers/image, docker_client.go
        },
    },
    "harbor": {"quirks": {"session_cookie": True}},  # sdk-container-builds#418
    "gitlab": {
        "cdn": True,
        "cdn_head": True,  # oras#923
        "referrers": False,  # oras-go#1396
        "quirks": {
            "head_links": True,  # distribution signs the link for the method of the request
            "last_scope_only": True,  # manifest-tool#53
            "digest_tags": True,  # oras-go#1396
        },
    },
    "artifactory": {"quirks": {"missing_status": 403}},  # RTFACT-13797, cosign#2973: virtual repositories, manifests
    "nexus": {"quirks": {"null_tags": True, "manifest_length_required": True}},  # skopeo#2409, nexus-public#1040
    "hub": {
        "catalog": False,
        "quirks": {
            "manifest_delete_status": 405,  # docker/hub-feedback#2360
            "foreign_mount_status": 401,
            "needs_namespace": True,
        },
    },
    "acr": {"quirks": {"token_answer": "access_token"}},  # go-containerregistry#54
    "gitea": {"quirks": {"token_post": False}},  # gitea#31861
    "zot": {"quirks": {"refused_media_types": (DOCKER_MANIFEST, DOCKER_LIST)}},  # zot#724
    "ibm": {"quirks": {"delete_needs_all": True}},  # go-containerregistry#2184
    "no-head": {"quirks": {"head_status": 405}},  # imgpkg#131
}


def habits(name: str) -> dict[str, Any]:
    """Settings and, below `quirks`, departures of a personality.

    ValueError for an unknown name, with the nearest known one.
    """
    if name in PERSONALITIES:
        return PERSONALITIES[name]
    close = difflib.get_close_matches(name, sorted(PERSONALITIES), n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(PERSONALITIES)}"
    raise ValueError(f"there is no personality {name!r}; {hint}")
