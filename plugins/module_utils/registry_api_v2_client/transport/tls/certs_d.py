# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""certs.d folders as docker and containers read them: one folder per registry, named HOST or HOST:PORT.

Every *.crt in it is a CA; NAME.cert with NAME.key is the client's own pair. Sources: docker's "Verify repository client
with certificates", containers-certs.d(5).
"""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

from ...problems import problem
from ...reference import Registry

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_FILES = 256  # in one folder


@dataclass(frozen=True)
class FolderCertificates:
    """What the folders of one registry hold, as paths: all CAs, and the first pair of certificate and key."""

    authorities: tuple[str, ...] = ()
    pair: tuple[str, str] | None = None


def certificate_folders(registry: Registry, environ: Mapping[str, str], etc: str = "/etc") -> tuple[str, ...]:
    """Return the folders that may hold a registry's certificates; the user's own come first."""
    home = environ.get("HOME") or os.path.expanduser("~")
    config = environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    parents = (
        os.path.join(home, ".docker", "certs.d"),
        os.path.join(config, "containers", "certs.d"),
        os.path.join(etc, "containers", "certs.d"),
        os.path.join(etc, "docker", "certs.d"),
    )
    return tuple(os.path.join(parent, name) for parent in parents for name in _names(registry))


def read_folders(folders: t.Iterable[str]) -> FolderCertificates:
    """Return what folders hold; one that is missing or that this user may not list holds nothing.

    Raises ValidationError (bad-option) for a certificate without its key and a key without its certificate.
    """
    authorities: list[str] = []
    pair: tuple[str, str] | None = None
    for folder in folders:
        names = _listed(folder)
        authorities += [os.path.join(folder, name) for name in names if name.endswith(".crt")]
        pair = pair or next(_pairs(folder, names), None)
    return FolderCertificates(tuple(authorities), pair)


def _names(registry: Registry) -> tuple[str, ...]:
    if registry.host.strip(".") == "":
        return ()  # a host of dots would climb out of certs.d
    host = f"[{registry.host}]" if ":" in registry.host else registry.host
    return tuple(dict.fromkeys((registry.netloc, f"{host}:{registry.port}")))


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))[:MAX_FILES]
    except OSError:
        return []


def _pairs(folder: str, names: list[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        stem, extension = os.path.splitext(name)
        other = {".cert": ".key", ".key": ".cert"}.get(extension)
        if other is None:
            continue
        if stem + other not in names:
            raise problem("bad-option", option=os.path.join(folder, name), cause=f"has no {stem}{other} beside it",
                          advice="A client certificate is a pair there: NAME.cert and NAME.key; a CA is NAME.crt.")
        if extension == ".cert":
            yield os.path.join(folder, name), os.path.join(folder, stem + other)
