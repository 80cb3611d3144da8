# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Errors about one archive and its members, with names that are fit for a terminal."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

from ..errors import RegistryError
from ..problems import printable_name, problem, size_text

if t.TYPE_CHECKING:
    from .bytes.codecs import MissingCodecError

FETCH_AGAIN = "Fetch it again and compare its sha256sum with the source."
SAVE_IT = "Save the image with docker, podman, skopeo, buildah, buildx, crane, kaniko, bazel, nix, jib or ko."


@dataclass(frozen=True)
class ArchiveErrors:
    """The archive, and the member that is being read where there is one."""

    path: str
    member: str = ""

    def at(self, member: str) -> ArchiveErrors:
        """Return the same archive with another member."""
        return ArchiveErrors(self.path, member)

    def invalid(self, cause: str) -> RegistryError:
        """ValidationError `bad-archive`: "MEMBER in PATH CAUSE"."""
        return self._problem("bad-archive", cause=cause)

    def damaged(self, cause: str) -> RegistryError:
        """TarReadError `damaged`: "PATH cannot be read at MEMBER: CAUSE"."""
        return self._problem("damaged", cause=cause)

    def not_a_tar(self, cause: str, advice: str = FETCH_AGAIN) -> RegistryError:
        """TarReadError `not-an-image`: "PATH is not an image archive: it CAUSE"."""
        return self._problem("not-an-image", cause=cause, advice=advice)

    def no_image(self, cause: str, advice: str = SAVE_IT) -> RegistryError:
        """ValidationError `no-manifest`: "PATH holds no image: it CAUSE"."""
        return self._problem("no-manifest", cause=cause, advice=advice)

    def export(self) -> RegistryError:
        """ValidationError `container-export`."""
        return self._problem("container-export", file=os.path.basename(printable_name(self.path)))

    def over_limit(self, cause: str) -> RegistryError:
        """ValidationError `over-limit`: "PATH CAUSE"."""
        return self._problem("over-limit", cause=cause)

    def truncated(self, missing: int, size: int) -> RegistryError:
        """TarReadError `truncated`: so many bytes are missing in a file of that size."""
        return self._problem("truncated", missing=size_text(missing), size=size_text(size))

    def changed(self, cause: str) -> RegistryError:
        """TarReadError `changed`."""
        return self._problem("changed", cause=cause)

    def no_codec(self, error: MissingCodecError) -> RegistryError:
        """TarReadError `no-codec`: this Python has no package that reads the compression."""
        return self._problem("no-codec", compression=error.kind, package=error.package)

    def unreadable(self, error: OSError) -> RegistryError:
        """TarReadError `no-file` or `unreadable-file`, by the system's own error."""
        if isinstance(error, (FileNotFoundError, NotADirectoryError)):
            return no_file(self.path)
        return self._problem("unreadable-file", cause=reason(error))

    def _problem(self, code: str, **values: t.Any) -> RegistryError:
        return problem(code, path=printable_name(self.path), member=printable_name(self.member) or None, **values)


def no_file(path: str, advice: str = "") -> RegistryError:
    """Return TarReadError `no-file`; a relative path is shown with the folder from which it was looked up."""
    place = "" if os.path.isabs(path) else f" (looked up from {printable_name(os.getcwd())})"
    return problem("no-file", path=printable_name(path), place=place, advice=advice or (
        "Check the path. If the file is on another machine, such as the Ansible controller, copy it to this host, run"
        " the task there with delegate_to, or use the role with registry_seed_from: copy."
    ))


def reason(error: OSError) -> str:
    """Return the system's words for an error, in small letters as they stand inside a sentence."""
    words = error.strerror or type(error).__name__
    return words[:1].lower() + words[1:]
