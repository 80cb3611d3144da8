# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A registry in the hands of a test: its address, what it holds, what it was asked, and what shall go wrong."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union
from urllib.parse import urlsplit

from .backends.want import Given
from .controls import RegistryControls
from .look.http_source import HttpSource
from .look.source import Source, SourceError
from .look.store_source import StoreSource
from .view import ImageView

if TYPE_CHECKING:
    from .look.signing import SignedImage
    from .tars import ImageSpec, SavedTar


class Registry(RegistryControls):
    """One running registry, whatever its backend. The fixtures `registry`, `secure_registry` and others return it."""

    def __init__(self, given: Given, source: Optional[Source] = None) -> None:
        self.given = given
        self.notes: list[str] = []
        store = getattr(given.controls, "store", None)
        self.source: Source = source or (StoreSource(store) if store is not None else HttpSource(
            given.inner or given.url, given.username or None, given.password,
            (given.inner_ca_file if given.inner else given.ca_file) or None))

    @property
    def backend(self) -> str:
        """embedded, process, container or external."""
        return self.given.backend

    @property
    def version(self) -> str:
        """What the backend says about its version; may be empty."""
        return self.given.version

    @property
    def features(self) -> frozenset[str]:
        """What this registry can, in the words of the marker registry_requires."""
        return self.given.features

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self.given.url

    @property
    def netloc(self) -> str:
        """Host and port, as image names begin."""
        return urlsplit(self.url).netloc

    @property
    def host(self) -> str:
        """The host."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port; the scheme's own where the URL names none."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def username(self) -> str:
        """User name of the login; empty without one."""
        return self.given.username

    @property
    def password(self) -> str:
        """Password of the login; empty without one."""
        return self.given.password

    @property
    def ca_file(self) -> str:
        """File of the certificate authority to trust; empty without TLS of our own."""
        return self.given.ca_file

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """A client's context that trusts this registry."""
        return ssl.create_default_context(cafile=self.ca_file or None)

    @property
    def auth_header(self) -> str:
        """Value of Authorization for basic authentication; empty without a login."""
        login = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(login).decode() if self.username else ""

    @property
    def prefix(self) -> str:
        """What repositories of this test begin with; empty where the registry belongs to the test alone."""
        return self.given.prefix

    def repository(self, name: str) -> str:
        """The repository's name in this registry: with the test's prefix where the server is shared."""
        return name if self.prefix and name.startswith(self.prefix) else self.prefix + name

    def name(self, name: str) -> str:
        """The full name for clients: `127.0.0.1:41723/app:1`."""
        return f"{self.netloc}/{self.repository(name)}"

    def image(self, name: str, platform: Optional[str] = None) -> ImageView:
        """The image of a name: `team/app:1`, `team/app` (latest) or `team/app@sha256:...`; nothing is asked yet."""
        repository, at, reference = self.repository(name).partition("@")
        if not at:
            head, colon, tag = repository.rpartition(":")
            repository, reference = (head, tag) if colon and "/" not in tag else (repository, "latest")
        return ImageView(self.source, self.netloc, repository, reference, platform, self.notes.append)

    @property
    def repositories(self) -> list[str]:
        """Names of all repositories of this test, sorted, without its prefix."""
        names = self.source.repositories()
        return sorted(name[len(self.prefix):] for name in names if name.startswith(self.prefix))

    def tags(self, repository: str) -> list[str]:
        """All tags of a repository, sorted; empty when there is none."""
        return sorted(self.source.tags(self.repository(repository)) or [])

    def seed(self, *seeds: Union[str, ImageSpec, SavedTar]) -> list[str]:
        """Put images in without a client and without a trace in the request log; return their names (with prefix)."""
        from .look.seeding import seed_images

        return [name for seed in seeds for name in seed_images(self.source, self.prefix, seed)]

    def attach(self, name: str, artifact_type: str, data: bytes = b"{}",
               annotations: Optional[Mapping[str, str]] = None) -> str:
        """Attach an artifact, such as an SBOM, to an image and return the artifact's digest.

        A registry without the referrers API gets the fallback tag. Raises ImageAbsent if there is no such image.
        """
        from .look.signing import attach

        image = self.image(name)
        return attach(self.source, image.repository, image.document, artifact_type, data, annotations or {},
                      "referrers" in self.features and (self.backend != "embedded" or self.settings.referrers))

    def sign(self, name: str) -> SignedImage:
        """Sign an image by cosign's tag convention, with a throw-away key.

        Raises ImageAbsent if there is no such image, MissingBackend without the package cryptography.
        """
        from .look.signing import sign

        image = self.image(name)
        return sign(self.source, image.repository, self.name(name), image.document)

    def snapshot(self) -> dict[str, str]:
        """Digest of every tag: `{"app:1": "sha256:..."}`, without the prefix."""
        found = {}
        for repository in self.repositories:
            for tag in self.tags(repository):
                found[f"{repository}:{tag}"] = self.image(f"{repository}:{tag}").digest or ""
        return found

    def unchanged(self) -> AbstractContextManager[None]:
        """Fail when the block writes: by the request log where there is one, else by all tags before and after."""
        return _Unchanged(self)

    def write_auth_file(self, folder: Path) -> Path:
        """A `config.json` as docker, podman and skopeo read it, with this registry's login."""
        return write_auth_file(folder, [self])

    def __repr__(self) -> str:
        """Backend and URL."""
        return f"<registry {self.backend} at {self.url}>"


class _Unchanged(AbstractContextManager[None]):
    """What `Registry.unchanged` returns. A class, so that a failing test's report ends at the test's own line."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._logged = registry.given.controls is not None
        self._tags: dict[str, str] = {}
        self._entries: list[Any] = []

    def __enter__(self) -> None:
        if self._logged:
            # The entries themselves, not their number: the block may clear the log.
            self._entries = list(self._registry.requests)
        else:
            self._tags = self._registry.snapshot()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        __tracebackhide__ = True
        sentence = "" if kind is not None else self._writes() if self._logged else self._changes()
        if sentence:
            raise AssertionError(sentence)

    def _writes(self) -> str:
        writes = [entry for entry in self._registry.requests.writes if not any(entry is old for old in self._entries)]
        return write_sentence(writes) if writes else ""

    def _changes(self) -> str:
        changes = difference(self._tags, self._registry.snapshot())
        return f"expected no change, but {'; '.join(changes)}" if changes else ""


def write_auth_file(folder: Path, registries: list[Registry]) -> Path:
    """One `config.json` with the logins of several registries."""
    logins = {registry.netloc: {"auth": registry.auth_header.partition(" ")[2]}
              for registry in registries if registry.username}
    path = folder / "config.json"
    path.write_text(json.dumps({"auths": logins}, indent=1))
    path.chmod(0o600)
    return path


def write_sentence(writes: list[Any]) -> str:
    """One sentence about writes that should not have been."""
    listed = ", ".join(f"{entry.method} {entry.path} ({entry.status or 'no answer'})" for entry in writes[:5])
    more = f", and {len(writes) - 5} more" if len(writes) > 5 else ""
    return f"expected no write, but the registry saw {len(writes)}: {listed}{more}; the log follows."


def difference(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What changed between two snapshots, a phrase for each tag."""
    return [f"{name} was {before.get(name, 'absent')} and is {after.get(name, 'absent')}"
            for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]


__all__ = ["Registry", "SourceError", "difference", "write_auth_file", "write_sentence"]
