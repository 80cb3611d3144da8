# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Who is to blame: builds the errors about one archive, with names that are fit for a terminal."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

from ..errors import RegistryError
from ..problems import printable_name, problem, size_text


@dataclass(frozen=True)
class Blame:
    """The archive, and the member that is being read where there is one."""

    path: str
    member: str = ""

    def of(self, member: str) -> Blame:
        """Return the same archive with another member."""
        return Blame(self.path, member)

    def bad(self, cause: str) -> RegistryError:
        """ValidationError `bad-archive`: "MEMBER in PATH CAUSE"."""
        return self._problem("bad-archive", cause=cause)

    def damaged(self, cause: str) -> RegistryError:
        """TarReadError `damaged`: "PATH cannot be read at MEMBER: CAUSE"."""
        return self._problem("damaged", cause=cause)

    def no_image(self, cause: str) -> RegistryError:
        """TarReadError `not-an-image`: "PATH is no image archive: it CAUSE"."""
        return self._problem("not-an-image", cause=cause)

    def export(self) -> RegistryError:
        """TarReadError `container-export`."""
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

    def needs_zstd(self) -> RegistryError:
        """TarReadError `no-zstd`."""
        return self._problem("no-zstd")

    def unreadable(self, error: OSError) -> RegistryError:
        """TarReadError `no-file` or `unreadable-file`, by the system's own error."""
        if isinstance(error, (FileNotFoundError, NotADirectoryError)):
            return self._problem("no-file")
        return self._problem("unreadable-file", cause=reason(error))

    def _problem(self, code: str, **values: t.Any) -> RegistryError:
        return problem(code, path=printable_name(self.path), member=printable_name(self.member) or None, **values)


def reason(error: OSError) -> str:
    """Return the system's words for an error, in small letters as they stand inside a sentence."""
    words = error.strerror or type(error).__name__
    return words[:1].lower() + words[1:]
