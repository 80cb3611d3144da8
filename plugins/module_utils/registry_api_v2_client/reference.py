# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Names of images and registries, parsed once at the edge: registry URLs, repositories, tags, digests, references.

Grammar: OCI distribution specification 1.1, "Pulling manifests", and docker's reference grammar for the host part.
"""

from __future__ import annotations

import functools
import hashlib
import re
import typing as t
from dataclasses import dataclass
from urllib.parse import urlsplit

from .problems import printable, problem

MAX_REPOSITORY = 255  # characters; docker and distribution refuse longer ones

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?")
_DIGEST_LENGTHS = {"sha256": 64, "sha512": 128}
_HEX = re.compile(r"[0-9a-f]+")
_PORTS = {"http": 80, "https": 443}
_HUB_NAMES = ("docker.io", "index.docker.io")  # which serve no registry; docker writes https://index.docker.io/v1/
HUB_REGISTRY = "registry-1.docker.io"


@dataclass(frozen=True)
class Registry:
    """Where a registry listens: scheme, host (IPv6 without brackets) and port."""

    scheme: str
    host: str
    port: int

    @property
    def netloc(self) -> str:
        """Host and port as people write them: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Scheme, host and port, without a trailing slash."""
        return f"{self.scheme}://{self.netloc}"


@dataclass(frozen=True)
class ImageName:
    """A reference as docker writes it, in its parts: host, repository, tag, digest; None where left out."""

    host: str | None
    repository: str
    tag: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        name = f"{self.host}/{self.repository}" if self.host else self.repository
        return name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


@functools.lru_cache(maxsize=64)  # asked for with each request
def parse_registry(url: str) -> Registry:
    """Return the registry that a URL or a bare host names; a bare host means https.

    Raises ValidationError (bad-url) for another scheme, a path, a user, a query, or no host.
    """
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError:  # its words may quote a password
        raise problem("bad-url", url=_without_userinfo(text), cause="its host or port cannot be read") from None
    more = parts.query + parts.fragment
    if parts.hostname in _HUB_NAMES and not (parts.username or more) and parts.path.strip("/") in ("", "v1"):
        return Registry("https", HUB_REGISTRY, 443)
    cause = _url_fault(parts.scheme, parts.hostname, parts.username is not None, parts.path, more)
    if cause:
        raise problem("bad-url", url=_without_userinfo(text), cause=cause)
    return Registry(parts.scheme, t.cast(str, parts.hostname), port if port is not None else _PORTS[parts.scheme])


def _url_fault(scheme: str, host: str | None, has_user: bool, path: str, rest: str) -> str:
    if scheme not in _PORTS:
        return f"its scheme {printable(scheme)} is neither http nor https"
    if has_user:
        return "it holds a user or password; use username and password"
    if not host or not re.fullmatch(r"[A-Za-z0-9._:%-]+", host):
        return "it names no host"
    if path.strip("/") == "v2":
        return "it ends with the path of the API, /v2/; leave that out"
    if path.strip("/") == "v1":
        return "it ends with the path of an API that is no longer in use, /v1/; leave that out"
    if path.strip("/"):
        return f"it holds the path {printable(path)}; use prefix: {printable(path.strip('/'))}"
    return "it holds a query" if rest else ""


def _without_userinfo(url: str) -> str:
    """Return a URL for messages; a password ends at the last @, whatever else it holds."""
    scheme, slashes, rest = url.partition("//")
    return printable(f"{scheme}//{rest.rpartition('@')[2]}" if slashes else scheme.rpartition("@")[2])


def parse_image_name(text: str, *, check_host: bool = True) -> ImageName:
    """Return the parts of a docker reference such as `registry.io:5000/team/app:1@sha256:...`.

    The first component is a host when it holds a dot, a colon or a capital letter or is `localhost`, as docker decides
    it; what follows may look like another host (`mirror.example.com/docker.io/library/nginx`). Raises ValidationError
    (bad-image-name) if a part breaks the grammar; with `check_host=False`, the host may.
    """
    name, _at, digest = text.partition("@")
    head, slash, rest = name.partition("/")
    host = head if slash and (is_host(head) or head != head.lower()) else None
    repository, tag = split_tag(rest if host else name)
    bad_tag = tag is not None and tag_fault(tag) != ""
    cause = repository_fault(repository) or (f"the bad tag \"{printable(tag or '')}\"" if bad_tag else "")
    if _at and digest_fault(digest):
        cause = cause or f"the bad digest \"{printable(digest)}\""
    if host is not None and check_host and not _HOST.fullmatch(host):
        cause = cause or f"the bad host \"{printable(host)}\""
    if cause:
        raise problem("bad-image-name", name=printable(text) or "\"\"", cause=cause)
    return ImageName(host, repository, tag, digest or None)


def on_docker_hub(name: ImageName) -> ImageName:
    """Return the complete name as docker reads it: Docker Hub without a host, `latest` without tag and digest.

    Official images are in the repository `library` there. The host may be spelled index.docker.io.
    """
    host = "docker.io" if name.host in (None, "index.docker.io") else name.host
    official = host == "docker.io" and "/" not in name.repository
    tag = name.tag or (None if name.digest else "latest")
    return ImageName(host, f"library/{name.repository}" if official else name.repository, tag, name.digest)


def split_tag(name: str) -> tuple[str, str | None]:
    """Return what stands before and behind the last colon that is no port's: (`host:5000/app`, `1`)."""
    head, colon, tail = name.rpartition(":")
    return (head, tail) if colon and "/" not in tail else (name, None)


def names_no_tag(name: str) -> bool:
    """True for a name that refers to an image by digest only (`team/app@sha256:...`), or for a bare digest."""
    repository, at, _digest = name.partition("@")
    return (bool(at) and split_tag(repository)[1] is None) or is_digest(name)


def is_host(component: str) -> bool:
    """True where docker reads the first component of a name as a host, which may have capital letters besides."""
    return "." in component or ":" in component or component == "localhost"


def check_repository(name: str, *, host: bool = True) -> str:
    """Return the name when it is a repository's; raises ValidationError (bad-name) that suggests a right one.

    A mirror keeps `docker.io/library/nginx` as a repository; `host=False` refuses what looks so, as a slip.
    """
    head, slash, _rest = name.partition("/")
    cause = f"the host \"{printable(head)}\"" if slash and is_host(head) and not host else repository_fault(name)
    if cause:
        raise problem("bad-name", name=printable(name) or "\"\"", cause=cause, suggestion=_suggestion(name))
    return name


def repository_fault(name: str) -> str:
    """Return what is wrong with a repository name, "" where nothing is: `library/nginx`, no tag, no host and port."""
    head, slash, _rest = name.partition("/")
    if slash and ":" in head:
        return f"the host \"{printable(head)}\""
    if split_tag(name)[1] is not None:
        return f"the tag \":{printable(name.rpartition(':')[2])}\""
    if "@" in name:
        return "the digest \"@" + printable(name.partition("@")[2]) + "\""
    if not _REPOSITORY.fullmatch(name):
        return _grammar_fault(name)
    return f"{len(name)} characters where {MAX_REPOSITORY} are allowed" if len(name) > MAX_REPOSITORY else ""


def _grammar_fault(name: str) -> str:
    capital = re.search(r"[A-Z]", name)
    if capital:
        return f"the capital letter \"{capital.group()}\""
    if not name or "" in name.split("/"):
        return "an empty part"
    odd = re.search(r"[^a-z0-9._/-]", name)
    if odd:
        return f"the character \"{printable(odd.group()) or '?'}\""
    return "a separator where a letter or digit must stand"


def _suggestion(name: str) -> str:
    head, slash, rest = name.partition("@")[0].partition("/")
    path = rest if slash and is_host(head) else name.partition("@")[0]
    words = re.sub(r"[^a-z0-9._/-]+", "-", split_tag(path)[0].lower())
    parts = [re.sub(r"[._-]{2,}", "-", part).strip("._-") for part in words.split("/")]
    return "/".join(part for part in parts if part)[:MAX_REPOSITORY] or "team/app"


def check_tag(tag: str) -> str:
    """Return the tag when it is one; raises ValidationError (bad-tag)."""
    cause = tag_fault(tag)
    if cause:
        raise problem("bad-tag", tag=printable(tag) or "\"\"", cause=cause)
    return tag


def tag_fault(tag: str) -> str:
    """Return what is wrong with a tag, "" where nothing is."""
    if _TAG.fullmatch(tag):
        return ""
    if not tag:
        return "it is empty"
    if len(tag) > 128:
        return f"it has {len(tag)} characters"
    odd = re.search(r"[^A-Za-z0-9._-]", tag)
    return f"it contains \"{printable(odd.group()) or '?'}\"" if odd else f"it begins with \"{tag[0]}\""


def digest_fault(digest: str) -> str:
    """Return what is wrong with a digest, "" where nothing is: sha256 or sha512, as the specification has it."""
    algorithm, colon, encoded = digest.partition(":")
    if not colon or algorithm not in _DIGEST_LENGTHS:
        return "its algorithm is neither sha256 nor sha512"
    if len(encoded) != _DIGEST_LENGTHS[algorithm] or not _HEX.fullmatch(encoded):
        return f"{algorithm} needs {_DIGEST_LENGTHS[algorithm]} hexadecimal digits"
    return ""


def is_digest(text: str) -> bool:
    """True for a well-formed digest of a registered algorithm."""
    return not digest_fault(text)


def check_reference(reference: str) -> str:
    """Return a tag or digest when it is one; raises ValidationError (bad-reference)."""
    return _checked(reference, digest_fault(reference) if ":" in reference else tag_fault(reference))


def check_digest(digest: str) -> str:
    """Return the digest if it is well-formed; raises ValidationError (bad-reference)."""
    return _checked(digest, digest_fault(digest))


def _checked(reference: str, cause: str) -> str:
    if cause:
        raise problem("bad-reference", reference=printable(reference) or "\"\"", cause=cause)
    return reference


def new_hash(digest: str) -> hashlib._Hash:
    """Return an empty hash of the digest's algorithm; the digest must be well-formed."""
    return hashlib.new(digest.partition(":")[0])


def digest_of(data: bytes, algorithm: str = "sha256") -> str:
    """Return the digest of bytes that are at hand."""
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def same_digest(data: bytes, digest: str) -> bool:
    """True where the bytes have that digest; False for a digest of an unknown form too."""
    return is_digest(digest) and digest_of(data, digest.partition(":")[0]) == digest
