# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The catalogue of problems: code, kind of error, sentence and next step, each written once.

docs/troubleshooting.md has one heading for each code; a test keeps the two in step.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    RefusedError,
    RegistryError,
    TarReadError,
    ValidationError,
)


@dataclass(frozen=True)
class Problem:
    """What is said when this happens: templates with {names}; `hint` is an imperative."""

    kind: type[RegistryError]
    sentence: str
    hint: str


PROBLEMS: dict[str, Problem] = {
    "no-aiohttp": Problem(
        RegistryError,
        "{executable} on {host} has no aiohttp 3.8 or newer, which this task needs to talk to a registry ({cause}).",
        "Install python3-aiohttp there, or `{executable} -m pip install aiohttp`, or set ansible_python_interpreter"
        " to a Python that has it.",
    ),
    "no-file": Problem(
        TarReadError,
        "There is no file {path} on {host}, where this task runs as {user}{place}.",
        "{advice}",
    ),
    "unreadable-file": Problem(
        TarReadError,
        "{user} on {host} cannot read {path}: {cause}.",
        "Give {user} the right to read it, or run the task with become: true.",
    ),
    "container-export": Problem(
        ValidationError,
        "{path} is a container's file system (docker export) and not an image: it has neither manifest.json nor"
        " index.json.",
        "Save the image instead, `docker save -o {file} IMAGE:TAG`; an export has lost layers, entry point and"
        " settings.",
    ),
    "no-archives": Problem(
        TarReadError,
        "{path} on {host} yields no image archive: looked for {looked}.",
        "Check the path; patterns and directories are read on the host that runs the task.",
    ),
    "not-an-image": Problem(TarReadError, "{path} is not an image archive: it {cause}.", "{advice}"),
    "no-manifest": Problem(ValidationError, "{path} contains no image: it {cause}.", "{advice}"),
    "over-limit": Problem(
        ValidationError,
        "{path} {cause}, which is above the limit for an image archive; nothing of it was sent.",
        "If you trust the file, save its images to several archives; if it is compressed, decompress it first.",
    ),
    "truncated": Problem(
        TarReadError,
        "{path} ends {missing} before the end of {member}; the copy is not complete, and nothing of it was sent.",
        "Copy it again and compare the size with the source ({size} on {host}).",
    ),
    "damaged": Problem(
        TarReadError,
        "{path} cannot be read at {member}: {cause}.",
        "Copy it again and compare its sha256sum with the source.",
    ),
    "changed": Problem(
        TarReadError,
        "{path} changed while it was being read ({cause}); the image was not tagged.",
        "Wait until whatever writes the file is done, then run again.",
    ),
    "no-codec": Problem(
        TarReadError,
        "{path} is compressed with {compression}, but {executable} on {host} cannot read that: the package {package} is"
        " missing.",
        "Install python3-{package} there, or run `{executable} -m pip install {package}`, or decompress the file"
        " first.",
    ),
    "bad-archive": Problem(
        ValidationError,
        "{member} in {path} {cause}; nothing of this image was sent.",
        "Save the image again; if the tool that wrote the archive is current, report the archive's producer.",
    ),
    "corrupt-layer": Problem(
        ValidationError,
        "{member} in {path} (layer {n} of {total} of {image}) is {actual}, but the image's config says {expected};"
        " {image} was not tagged.",
        "Copy the file again; if the checksums agree, save it again from a machine that still has the image.",
    ),
    "untagged": Problem(
        TarReadError,
        "{path} holds an image without a name (it was saved by ID), so nothing says what to call it in {registry}.",
        "Give name and tags, or save it by name: `docker save NAME:TAG`.",
    ),
    "no-such-image": Problem(
        ValidationError,
        "{path} holds no image {wanted}; it holds {present}.",
        "Write image as one of those names, or as a number counted from 1.",
    ),
    "no-platform": Problem(
        ValidationError,
        "{path} does not hold {wanted}, but {present}: tools save the platforms that were pulled or built, whatever the"
        " index lists.",
        "Ask for platforms: [{present}], or pull {wanted} on the other side and save again.",
    ),
    "tag-is-a-number": Problem(
        ValidationError,
        "tags holds {value}, which YAML reads as a {type}, so its spelling is lost (1.10 arrives as 1.1, 010 as 8,"
        " 12:30 as 750).",
        "Write it in quotes: tags: [\"1.10\"].",
    ),
    "bad-name": Problem(
        ValidationError,
        "name {name} is not a repository name: it contains {cause}; nothing was sent.",
        "Write name: {suggestion}; the host belongs in registry_url, and a tag is not part of a name.",
    ),
    "bad-tag": Problem(
        ValidationError,
        "{tag} is not a tag: {cause}; nothing was sent.",
        "A tag has at most 128 letters, digits, dots, dashes and underscores and begins with no dot or dash.",
    ),
    "bad-reference": Problem(
        ValidationError,
        "{reference} is neither a tag nor a digest: {cause}; nothing was sent.",
        "A digest is written sha256: and 64 hexadecimal digits; a tag begins with a letter, a digit or an underscore.",
    ),
    "bad-image-name": Problem(
        ValidationError,
        "{name} is not an image name: it contains {cause}; nothing was sent.",
        "Names are written registry.example.com:5000/team/app:1.0; give name and tags to push under another one.",
    ),
    "bad-url": Problem(
        ValidationError,
        "registry_url {url} cannot be used: {cause}; nothing was sent.",
        "Write it as https://registry.example.com:5000; images below a path are reached with prefix.",
    ),
    "bad-option": Problem(ValidationError, "{option} {cause}; nothing was sent.", "{advice}"),
    "tag-clash": Problem(
        ValidationError,
        "{image} would point to two images, {first} from {place} and {second} from {other_place}; nothing was sent.",
        "{advice}",
    ),
    "unreachable": Problem(
        ConnectionFailedError,
        "{host} gets no connection to {registry}: {cause}.",
        "Try `curl -v {url}/v2/` on {host}; a registry inside your network belongs in NO_PROXY.",
    ),
    "wrong-scheme": Problem(
        ConnectionFailedError,
        "{registry} speaks {speaks}, but {source} says {says}.",
        "{advice}; the other scheme is never tried automatically.",
    ),
    "untrusted-certificate": Problem(
        ConnectionFailedError,
        "{host} does not trust the certificate of {registry}: {cause}.",
        "{advice}",
    ),
    "no-tls": Problem(
        ConnectionFailedError,
        "{host} and {registry} agree on no TLS connection: {cause}.",
        "{advice}",
    ),
    "proxy-refused": Problem(
        ConnectionFailedError,
        "{host} gets no connection to {registry}: the proxy {proxy} (from {variable}) says {status}.",
        "{advice}",
    ),
    "no-credentials": Problem(
        AuthenticationError,
        "{registry} wants a login for {repository}, and {user} on {host} has none (looked at: {sources}).",
        "Set username and password, or config_path; {advice}.",
    ),
    "login-refused": Problem(
        AuthenticationError,
        "{registry} refused the login {username} from {source} ({status}{quoted}).",
        "{advice}; tokens run out (ECR: after 12 hours).",
    ),
    "unknown-login": Problem(
        AuthenticationError,
        "{registry} wants a login by {schemes}, of which none is known here; Bearer and Basic are.",
        "Ask whoever runs the registry to offer Bearer or Basic.",
    ),
    "bad-credentials-file": Problem(
        AuthenticationError,
        "The login for {registry} cannot be read from {source}: {cause}.",
        "Mend that file or helper, or set username and password.",
    ),
    "unsafe-realm": Problem(
        AuthenticationError,
        "{registry} sends logins to {realm}, and credentials do not go there: {cause}.",
        "{advice}",
    ),
    "not-allowed": Problem(
        AuthenticationError,
        "{registry} accepts {username} but no {what} {repository} ({status}{quoted}).",
        "{advice}",
    ),
    "redirected": Problem(
        AuthenticationError,
        "{registry} redirects {what} to {target}, which requires a login; credentials are not sent to another host.",
        "If the registry has moved, set registry_url: {url}.",
    ),
    "no-repository": Problem(
        NotFoundError,
        "{registry} has no repository {repository} and makes none by itself ({registry_code}).",
        "Create it first; on ECR: `aws ecr create-repository --repository-name {repository}`.",
    ),
    "not-found": Problem(
        NotFoundError,
        "{registry} has no {what}{quoted}.",
        "Check the spelling; registry_tags_info lists what is there.",
    ),
    "not-a-registry": Problem(
        ConnectionFailedError,
        "{url}/v2/ is no registry: it answered {status} with {content}.",
        "Check host and port; set NO_PROXY if a proxy answered; if images live below a path there, use prefix.",
    ),
    "web-page": Problem(
        RefusedError,
        "{registry} answered {what} with a web page ({status}, {content}), as no registry does.",
        "A proxy, firewall or login page in front of the registry sent it: ask its operator to allow {path}.",
    ),
    "read-only": Problem(
        RefusedError,
        "{registry} does not accept pushes to {repository} ({status}{quoted}): it is read-only or a mirror.",
        "Push to the registry behind the mirror; Nexus, Artifactory: to a hosted repository instead of a group.",
    ),
    "lost-upload": Problem(
        RefusedError,
        "{registry} opened an upload for {what} at {location}, but {cause} there.",
        "If it happens again, check what a proxy or load balancer in front of the registry does with that path.",
    ),
    "body-too-large": Problem(
        RefusedError,
        "{registry} refused {what} with 413: something before the registry limits the size of a request.",
        "nginx: client_max_body_size 0; where you cannot change it, set chunk_size below the limit"
        " (Cloudflare: 100 MB).",
    ),
    "manifest-refused": Problem(
        RefusedError,
        "{registry} has all blobs of {image} but refuses its manifest ({media_type}): {status}{quoted}.",
        "Try manifest_format: {other}; zot takes docker manifests only with \"compat\": [\"docker2s2\"].",
    ),
    "tag-is-taken": Problem(
        RefusedError,
        "{image} is {old} there and {new} in {path}; {rule} forbids to move it, and {left}.",
        "Push under a new tag, or {advice} if the move is meant.",
    ),
    "old-manifest": Problem(
        RefusedError,
        "{image} on {registry} is a manifest of schema 1, which Docker gave up in 2020 and this client does not read.",
        "Pull it with the tool that wrote it and push it again, or push over it with force: true.",
    ),
    "cut-answer": Problem(
        ConnectionFailedError,
        "{registry} ended its answer about {what} before it was complete ({cause}).",
        "Run again; if it stays so, what lies behind that answer is damaged: push it again with force: true.",
    ),
    "gave-up": Problem(
        RefusedError,
        "{registry} {cause} while {what} was {doing}.",
        "{advice}; blobs that arrived are not sent again.",
    ),
    "silent": Problem(
        ConnectionFailedError,
        "{registry} {cause} while {what} was {doing}.",
        "Run again: what arrived is not sent twice; raise timeout if the registry is only slow.",
    ),
    "out-of-time": Problem(
        ConnectionFailedError,
        "{what} was not done within {timeout} s.",
        "Run again: what arrived is not sent twice; raise total_timeout (modules) or timeout (library).",
    ),
    "refused": Problem(
        RefusedError,
        "{registry} refused to {doing} {what}: {status}{quoted}.",
        "Read what the registry said; its log has more.",
    ),
    "hostile-answer": Problem(
        RefusedError,
        "{registry} answered {what} with {cause}, which is not accepted.",
        "Check what stands between this host and the registry; a healthy registry never sends this.",
    ),
    "incomplete-list": Problem(
        RefusedError,
        "{registry} returned only a part of {what}: {cause}.",
        "Check the proxy in front of the registry; it must pass on the Link header and the path that the header names.",
    ),
    "wrong-bytes": Problem(
        RefusedError,
        "{registry} answered {what} with bytes that are {actual} and not {expected}.",
        "Its storage or a proxy before it is damaged; push the image again with force: true.",
    ),
    "no-space": Problem(
        TarReadError,
        "{temp_dir} on {host} has {free} free, and unpacking {path} ({compression}) needs {needed}; nothing was sent.",
        "Set temp_dir to a larger folder, or use the uncompressed tar, which needs none.",
    ),
    "shared-digest": Problem(
        RefusedError,
        "Removing {image} would remove {siblings} too: all are {digest}, and {registry} cannot remove a single tag;"
        " nothing was deleted.",
        "Name them all, or set placeholder: true to remove the name alone, or force: true to lose them all.",
    ),
    "cannot-untag": Problem(
        RefusedError,
        "{registry} cannot remove the name {image} alone: deleting {digest} would remove {others} too; nothing was"
        " removed.",
        "Set placeholder: true to remove the name alone, or delete the image with registry_image_delete.",
    ),
    "dangling-tag": Problem(
        RefusedError,
        "{image} points to a manifest that {registry} does not have, and {registry} cannot delete a tag alone; nothing"
        " was removed.",
        "Set placeholder: true to remove the tag, or push an image under it again.",
    ),
    "not-deleted": Problem(
        RefusedError,
        "{registry} accepted the deletion of {image}, but still has it.",
        "Read the registry's log; its storage may be read-only, or a cache in front of it may answer instead.",
    ),
    "lost-siblings": Problem(
        RefusedError,
        "{registry} deleted {lost} together with {image}, and they could not be put back ({cause}).",
        "Push {digest} again under these tags; this registry cannot delete a tag alone.",
    ),
    "tagged-digest": Problem(
        RefusedError,
        "Removing {image} would remove {tags} too, which name it; nothing was deleted.",
        "Name those tags, or set force: true to lose them all.",
    ),
    "needed-by-index": Problem(
        RefusedError,
        "{image} is part of {index}, an index that stays; nothing was deleted.",
        "Delete the index too; what only it needs goes with it.",
    ),
    "placeholder-left": Problem(
        RefusedError,
        "{image} names an empty placeholder now: it could not be deleted, nor {digest} put back under {tag} ({cause}).",
        "Put it back with registry_tags: source: {digest}, tags: [\"{tag}\"].",
    ),
    "deletion-off": Problem(
        RefusedError,
        "{registry} has deletion switched off (405{quoted}); nothing was deleted.",
        "distribution: set storage.delete.enabled: true and restart (role registry_server: registry_server_delete).",
    ),
    "referrers-tag-taken": Problem(
        RefusedError,
        "{tag} on {registry} is not a list of referrers, so the signatures of that image cannot be recorded there.",
        "Check who uses that tag. Delete it, or move it to another name, then run the task again.",
    ),
    "referrer-refused": Problem(
        RefusedError,
        "{registry} cannot hold {referrer} ({kind}), which belongs to the image: it answered {said}. The image was not"
        " tagged.",
        "Set referrers: best_effort to push the image without what the registry refuses, or referrers: false.",
    ),
    "referrers-not-kept": Problem(
        RefusedError,
        "Other writers replaced the list of referrers {repository}:{tag} on {registry} {rounds} times in a row.",
        "Stop other pushes of signatures for this image, then run the task again.",
    ),
    "lost-blob": Problem(
        RefusedError,
        "{registry} confirmed that it has {blob} of {image}, but has lost it: {cause}.",
        "Run the task again: a garbage collection may have run during the push. If it fails again, the registry's cache"
        " still lists what was collected: restart the registry, then run once with force: true.",
    ),
    "out-of-files": Problem(
        RegistryError,
        "{executable} on {host} cannot open another file or connection: {cause}.",
        "Raise its limit of open files (`ulimit -n`; LimitNOFILE of a service), or lower max_concurrent_uploads.",
    ),
    "incomplete-install": Problem(
        RegistryError,
        "{executable} on {host} cannot load a part of this collection or of Python: {cause}.",
        "Files were removed or replaced while the task ran: run it again, and do not clean up its temporary folder.",
    ),
    "wrong-loop": Problem(
        RegistryError,
        "This client is not open in this event loop and process, so it cannot be used here.",
        "Open one RegistryClient in each event loop, `async with RegistryClient(...) as registry`, and use it there.",
    ),
}
