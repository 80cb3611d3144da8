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
            failed.append(_failure(entry["path"], *_nothing(entry["path"], look)))
    return {"sources": sources, "failed": failed}


def _files(path: str, look: Values, find: Values) -> list[tuple[str, int]]:
    if "files" in find:
        return sorted((file["path"], file["size"]) for file in find["files"] if not file["isdir"])
    stat = look.get("stat", {})
    return [(path, stat["size"])] if stat.get("exists") else []


def _nothing(path: str, look: Values) -> tuple[str, str]:
    """Return code and sentence for an entry that stands for no tar."""
    if look.get("stat", {}).get("isdir"):
        return "no-archives", f"The folder {path} contains no image tar."
    if look.get("stat"):
        return "no-file", f"There is no file {path}."
    return "no-archives", f"Nothing matches {path}."


def seed_images(sources: list[t.Any], folder: str = "") -> list[Values]:
    """Return the sources, or entries of registry_seed_tars, as the option `images` of docker_tar_push.

    Copies are in the folder.
    """
    return [_image(source if isinstance(source, dict) else {"path": source}, folder) for source in sources]


def _image(source: Values, folder: str) -> Values:
    path = posixpath.join(folder, source["file_name"]) if "file_name" in source else source["path"]
    return {"path": path, **{name: source[name] for name in OF_SOURCE if source.get(name) is not None}}


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


def seed_questions(sources: list[Values], info: Values, options: Values) -> Values:
    """Return `questions` (path, image, size, digest, config) for the registry, and `failed` for unreadable tars.

    `info` is the result of docker_tar_info with details; `options` are those of the push that decide about names.
    """
    rules = PushOptions(**{name: value for name, value in options.items() if value is not None})
    questions: list[Values] = []
    failed: list[Values] = []
    for source in sources:
        images = [image for image in info.get("images") or [] if image["path"] == source["path"]]
        try:
            if not images or images[0]["number"] is None:
                fault = (images[0]["problem"] if images else info.get("error")) or {}
                raise RegistryError(fault.get("message") or _message(info, fault), code=fault.get("code", "failed"))
            questions += _asked(source, images, rules)
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
        {"path": source["path"], "image": f"{repository}:{tag}", "digest": image["digest"], "size": image["size"],
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


def seed_lacking(sources: list[Values], questions: list[Values], answer: Values, force: bool = False) -> list[Values]:
    """Return the sources of which the registry lacks an image, each with `file_name`, the name of its copy.

    `answer` is the result of registry_image_info for all questions.
    """
    infos = {info["image"]: info for info in answer.get("infos") or []}
    there: dict[str, bool] = {}
    for asked in questions:
        there[asked["path"]] = there.get(asked["path"], True) and _is_there(asked, infos.get(asked["image"], {}))
    return [
        {**source, "file_name": _short(source["path"]) + "-" + posixpath.basename(source["path"])}
        for source in sources if source["path"] in there and (force or not there[source["path"]])
    ]


def _short(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:8]


def _is_there(asked: Values, answer: Values) -> bool:
    """Return whether the tag names the tar's image, however its layers are compressed, and all of it is there."""
    if not answer.get("exists") or answer.get("missing"):
        return False
    same_config = asked["config"] is not None and answer.get("config") == asked["config"]
    return bool(answer.get("digest") == asked["digest"] or same_config)


def seed_outcome(
    push: Values, failed: list[Values], verified: Values, present: list[Values], host: str,
    waiting: list[Values], check: bool = False,
) -> Values:
    """Return `report` (lines in columns), `total` (their number) and `failed` of one run.

    `push` is the result of docker_tar_push, `failed` what failed before, `verified` the result of registry_image_info,
    `present` the questions whose tar was not copied, since the registry has all of it, and `waiting`, in check mode,
    those whose tar would be copied.
    """
    rows = [_row(word, f"{host}/{one['image']}", size_text(one["size"]))
            for word, those in (("unchanged", present), ("would be pushed", waiting)) for one in those]
    bad = list(failed)
    for image in push.get("images") or []:
        if image["status"] == "failed":
            bad.append(_failure(_label(image), image["error"]["code"], _sentence(image["error"], push)))
            continue
        for tag in image["tags"]:
            fault = _fault(f"{image['repository']}:{tag}", image["digest"], verified)
            name = f"{host}/{image['repository']}:{tag}"
            if fault:
                bad.append(_failure(name, "not-verified", fault))
            else:
                rows.append(_row(_word(image["status"], check), name, size_text(image["size"])))
    if "images" not in push and push.get("msg") and not push.get("skipped"):
        error = push.get("error") or {"code": "failed"}
        bad.append(_failure(host, error["code"], _sentence(error, push)))
    rows += [_row("failed", one["what"], f"[{one['code']}]") for one in bad]
    return {"report": [*_columns(rows), _summary(rows, host, push, check)], "total": len(rows), "failed": bad}


def _summary(rows: list[tuple[str, ...]], host: str, push: Values, check: bool) -> str:
    """Return the counts of the report's rows, so that every number is about the same total."""
    counts: dict[str, int] = {}
    for word, *_rest in rows:
        counts[word] = counts.get(word, 0) + 1
    said = ", ".join(f"{count} {word}" for word, count in counts.items()) or "nothing to do"
    images = "1 image" if len(rows) == 1 else f"{len(rows)} images"
    size = push.get("bytes_uploaded")
    sent = f"; {size_text(size)} {'to send' if check else 'sent'}" if size else ""
    return f"{images} for {host}: {said}{sent}."


def _sentence(error: Values, result: Values) -> str:
    """Return what happened and the next step; the code is before it. A sentence is only once in a result."""
    if "message" not in error:
        return _message(result, error)
    return f"{error['message']} {error.get('hint') or ''}".rstrip()


def _message(result: Values, error: Values) -> str:
    message = str(result.get("msg", "The result has no message."))
    code = f" [{error.get('code')}]"
    return message[: -len(code)] if message.endswith(code) else message


def _label(image: Values) -> str:
    """The file, and the image in it where it is known: the file is what has to be fetched again."""
    path: str = image["path"]
    return f"{path} ({image['repository']}:{image['tags'][0]})" if image["repository"] and image["tags"] else path


def _word(status: str, check: bool) -> str:
    return f"would be {status}" if check and status != "unchanged" else status.replace("_", " ")


def _fault(name: str, digest: str | None, verified: Values) -> str:
    """Return why the registry does not have what was pushed; empty if it does, or if nobody looked."""
    if not verified or verified.get("skipped"):
        return ""
    found = next((info for info in verified.get("infos") or [] if info["image"] == name), None)
    if found is None or found["error"]:
        return _sentence(found["error"] if found else verified.get("error") or {}, verified)
    if not found["exists"]:
        return f"The registry has no {name}."
    if digest and found["digest"] != digest:
        return f"{name} is {found['digest']} and not {digest}."
    missing = [f"{part['kind']} {part['digest']}" for part in found["missing"] or []]
    return f"{name} lacks {', '.join(missing)}." if missing else ""


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
