# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role registry_seed computes between its tasks: from looks at files to sources, from results to a report."""

from __future__ import annotations

import hashlib
import posixpath
import typing as t

from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.copying.naming import (
    chosen_entries,
    targets,
)
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.copying.request import (
    PushOptions,
    Source,
)
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.errors import RegistryError
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.images.model import Entry
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.problems import size_text

Values = t.Dict[str, t.Any]
OF_SOURCE = ("name", "tags", "image")


def seed_sources(looks: list[Values], finds: list[Values]) -> Values:
    """Return `sources` (path, size, name, tags, image) in the order of the list, and `failed` for what is not there.

    `looks` and `finds` are the results of the loops of stat and find over the same entries.
    """
    sources: list[Values] = []
    failed: list[Values] = []
    for look, find in zip(looks, finds):
        entry = {"path": look["item"]} if isinstance(look["item"], str) else look["item"]
        words = {name: entry[name] for name in OF_SOURCE if entry.get(name) is not None}
        files = _files(entry["path"], look, find)
        sources += [{"path": path, "size": size, **words} for path, size in files]
        if not files:
            failed.append(_failure(entry["path"], "no-file", _nothing(entry["path"], look)))
    return {"sources": sources, "failed": failed}


def _files(path: str, look: Values, find: Values) -> list[tuple[str, int]]:
    if "files" in find:
        return sorted((file["path"], file["size"]) for file in find["files"] if not file["isdir"])
    stat = look.get("stat", {})
    return [(path, stat["size"])] if stat.get("exists") else []


def _nothing(path: str, look: Values) -> str:
    if look.get("stat", {}).get("isdir"):
        return f"The folder {path} holds no image tar."
    return f"There is no file {path}." if look.get("stat") else f"Nothing matches {path}."


def seed_images(sources: list[Values]) -> list[Values]:
    """Return the sources as the option `images` of docker_tar_push wants them, by the path where they lie now."""
    return [
        {"path": source.get("place", source["path"]), **{name: source[name] for name in OF_SOURCE if name in source}}
        for source in sources
    ]


def seed_checksums(sources: list[Values], text: str, folder: str, looks: list[Values]) -> list[Values]:
    """Return a failure for each source whose SHA-256 is not the one that a file of sha256sum says.

    `looks` are results of stat with its checksum, `folder` is where the file lies: its names are relative to that.
    """
    said = _said(text, folder)
    actual = {look["item"]: look.get("stat", {}).get("checksum") for look in looks}
    failed = []
    for path in dict.fromkeys(source["path"] for source in sources):
        expected = said.get(posixpath.normpath(path))
        if expected is None:
            failed.append(_failure(path, "no-checksum", _unlisted(path, folder)))
        elif expected != actual[path]:
            said_so = f"{path} is {actual[path]}, the checksum file says {expected}."
            failed.append(_failure(path, "wrong-checksum", said_so))
    return failed


def _unlisted(path: str, folder: str) -> str:
    return f"{path} is not listed in the checksum file, whose names are relative to {folder}."


def _said(text: str, folder: str) -> dict[str, str]:
    """Read lines of sha256sum: digest, a space, a space or star, name; names with odd characters are escaped there."""
    said = {}
    for line in text.splitlines():
        digest, _space, name = line.strip().partition(" ")
        if len(digest) == 64 and name:
            said[posixpath.normpath(posixpath.join(folder, name.lstrip(" *")))] = digest.lower()
    return said


def seed_questions(sources: list[Values], infos: list[Values], options: Values) -> Values:
    """Return `questions` (path, name, tag, digest, config) for the registry, and `failed` for tars that cannot be read.

    `infos` are results of docker_tar_info with details, one for each path; `options` are those of the push that decide
    about names.
    """
    rules = PushOptions(**{name: value for name, value in options.items() if value is not None})
    images = {info["item"]: info for info in infos}
    questions: list[Values] = []
    failed: list[Values] = []
    for source in sources:
        info = images[source["path"]]
        try:
            if "images" not in info:
                raise RegistryError(info.get("msg", "cannot be read"), code=info.get("error", {}).get("code", "failed"))
            questions += _asked(source, info["images"], rules)
        except RegistryError as error:
            failed.append(_failure(source["path"], error.code, error.message))
    return {"questions": questions, "failed": failed}


def _asked(source: Values, images: list[Values], rules: PushOptions) -> list[Values]:
    image = source.get("image")
    chosen = None if image is None else str(image)
    wanted = Source(source["path"], source.get("name"), _tags(source.get("tags")), chosen)
    found = {image["number"]: image for image in images}
    entries = tuple(_entry(image) for image in images)
    return [
        {"path": source["path"], "name": repository, "tag": tag, "digest": image["digest"], "size": image["size"],
         "config": image["images"][0]["config"] if len(image["images"]) == 1 else None}
        for entry in chosen_entries(wanted, entries)
        for image in [found[entry.number]]
        for repository, tag in targets(wanted, entry, rules, "the registry")
    ]


def _entry(image: Values) -> Entry:
    """What naming needs of an archive's image; its content stays where it is."""
    names = tuple(image["names"])
    return Entry(image["number"], names, t.cast(t.Any, None), names[0] if names else f"image {image['number']}")


def _tags(tags: t.Any) -> tuple[str, ...] | None:
    if tags is None:
        return None
    return tuple(tags.split(",")) if isinstance(tags, str) else tuple(str(tag) for tag in tags)


def seed_lacking(sources: list[Values], answers: list[Values], folder: str, force: bool = False) -> list[Values]:
    """Return the sources of which the registry lacks an image, each with `place`, where its copy goes in the folder."""
    there = {}
    for answer in answers:
        path = answer["item"]["path"]
        there[path] = there.get(path, True) and _is_there(answer)
    return [
        {**source, "place": posixpath.join(folder, _short(source["path"]) + "-" + posixpath.basename(source["path"]))}
        for source in sources if source["path"] in there and (force or not there[source["path"]])
    ]


def _short(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:8]


def _is_there(answer: Values) -> bool:
    """True where the tag names the tar's image, however its layers are compressed, and all of it is there."""
    asked = answer["item"]
    if not answer.get("exists") or answer.get("missing"):
        return False
    same_config = asked["config"] is not None and answer.get("config") == asked["config"]
    return bool(answer.get("digest") == asked["digest"] or same_config)


def seed_outcome(
    push: Values, failed: list[Values], verified: list[Values], present: list[Values], host: str,
    waiting: list[Values], check: bool = False,
) -> Values:
    """Return `report` (lines in columns), `good` (images that are right) and `failed` of one run.

    `push` is the result of docker_tar_push, `failed` what failed before, `verified` the results of registry_image_info,
    `present` the questions whose tar was not copied, since the registry has all of it, and `waiting`, in check mode,
    those whose tar would be copied.
    """
    wrong = {(entry["item"][0]["repository"], entry["item"][1]): _fault(entry) for entry in verified}
    rows = [_row(word, f"{host}/{one['name']}:{one['tag']}", size_text(one["size"]))
            for word, those in (("unchanged", present), ("would be pushed", waiting)) for one in those]
    bad = list(failed)
    for image in push.get("images") or []:
        if image["status"] == "failed":
            bad.append(_failure(_label(image), image["error"]["code"], _sentence(image["error"])))
            continue
        for tag in image["tags"]:
            fault = wrong.get((image["repository"], tag))
            name = f"{host}/{image['repository']}:{tag}"
            if fault:
                bad.append(_failure(name, "not-verified", fault))
            else:
                rows.append(_row(_word(image["status"], check), name, size_text(image["size"])))
    if "images" not in push and push.get("msg") and not push.get("skipped"):
        error = {"code": "failed", "message": push["msg"], **(push.get("error") or {})}
        bad.append(_failure(host, error["code"], _sentence(error)))
    good = len(rows)
    rows += [_row("failed", one["what"], f"[{one['code']}]") for one in bad]
    lines = _columns(rows) + ([push["msg"]] if push.get("images") else [])
    return {"report": lines, "good": good, "failed": bad}


def _sentence(error: Values) -> str:
    """What happened and the next step; the code stands before it."""
    return f"{error['message']} {error.get('hint') or ''}".rstrip()


def _label(image: Values) -> str:
    """The file, and the image in it where it is known: the file is what has to be fetched again."""
    path: str = image["path"]
    return f"{path} ({image['repository']}:{image['tags'][0]})" if image["repository"] and image["tags"] else path


def _word(status: str, check: bool) -> str:
    return f"would be {status}" if check and status != "unchanged" else status.replace("_", " ")


def _fault(answer: Values) -> str:
    """Why the registry does not have what was pushed; empty where it does."""
    image, tag = answer["item"]
    if answer.get("msg"):
        return str(answer["msg"])
    if not answer.get("exists"):
        return f"The registry has no {image['repository']}:{tag}."
    if image["digest"] and answer["digest"] != image["digest"]:
        return f"{image['repository']}:{tag} is {answer['digest']} and not {image['digest']}."
    missing = [f"{part['kind']} {part['digest']}" for part in answer.get("missing") or []]
    return f"{image['repository']}:{tag} lacks {', '.join(missing)}." if missing else ""


def _failure(what: str, code: str, message: str) -> Values:
    return {"what": what, "code": code, "message": message}


def _row(*words: str) -> tuple[str, ...]:
    return words


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows]


class FilterModule:
    """The filters of registry_seed."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        functions = (seed_sources, seed_images, seed_checksums, seed_questions, seed_lacking, seed_outcome)
        return {function.__name__: function for function in functions}
