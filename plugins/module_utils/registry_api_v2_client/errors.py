# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The exceptions of this library.

RegistryError                 anything that went wrong here; the ones below say what
    TarReadError              the file cannot be read, or is not a tar
    ValidationError           the file, or what was asked for, contradicts itself
    ConnectionFailedError     no answer came: name, refusal, TLS, proxy, silence
    RefusedError              the registry answered and said no
        AuthenticationError   401, or a 403 for want of rights
        NotFoundError         404, or a code that says the same
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

FIELDS = (
    "code", "hint", "status", "registry_code", "registry_message", "image", "path", "member", "retryable",
    "registry_codes",
)


class RegistryError(Exception):
    """One sentence that says what was tried and why it failed; its parts are attributes.

    `message` is the sentence, `hint` the next step, `code` the short name under which the documentation explains it;
    `status`, `registry_code` and `registry_message` are what the registry answered; `image`, `path` and `member` say
    what it is about (None where that means nothing); `retryable` is True where the same call may succeed later.
    `registry_codes` are all codes of an answer that lists several errors.
    """

    from_source = False  # True if an upload failed because its bytes could not be read, whose tries are used up then

    def __init__(
        self,
        message: str,
        *,
        code: str = "failed",
        hint: str = "",
        status: int | None = None,
        registry_code: str | None = None,
        registry_message: str | None = None,
        image: str | None = None,
        path: str | None = None,
        member: str | None = None,
        retryable: bool = False,
        registry_codes: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.status = status
        self.registry_code = registry_code
        self.registry_message = registry_message
        self.image = image
        self.path = path
        self.member = member
        self.retryable = retryable
        self.registry_codes = registry_codes or ((registry_code,) if registry_code else ())

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[t.Any, ...]:
        return _rebuild, (type(self), self.message, self.details())

    def details(self) -> dict[str, t.Any]:
        """Return every part but the sentence, by the names of FIELDS."""
        return {name: getattr(self, name) for name in FIELDS}

    def as_values(self) -> dict[str, t.Any]:
        """Return sentence and parts together, as modules return them in `error`; only the first registry code."""
        values = {"message": self.message, **self.details()}
        del values["registry_codes"]
        return values

    def has_code(self, *codes: str) -> bool:
        """Return whether the registry's answer contains one of these codes."""
        return not set(codes).isdisjoint(self.registry_codes)

    def one_line(self) -> str:
        """Return sentence, hint and [code] in one line, as Ansible shows them."""
        return " ".join(part for part in (self.message, self.hint, f"[{self.code}]") if part)

    def about(self, *, image: str | None = None, path: str | None = None, member: str | None = None) -> RegistryError:
        """Return this error with what it is about, where that is not known yet.

        It is another object: one failure, such as a lost connection, may be that of several images.
        """
        known = {"image": self.image or image, "path": self.path or path, "member": self.member or member}
        told = _rebuild(type(self), self.message, {**self.details(), **known})
        told.__cause__ = self.__cause__
        return told.with_traceback(self.__traceback__)


class TarReadError(RegistryError):
    """The file cannot be read to its end, or is not a tar."""


class ValidationError(RegistryError):
    """The archive contradicts itself, or what was asked for cannot be meant; nothing was sent."""


class ConnectionFailedError(RegistryError):
    """No usable answer came from the registry: unknown name, refused, TLS, proxy, silence, or a cut connection."""


class RefusedError(RegistryError):
    """The registry answered and said no."""


class AuthenticationError(RefusedError):
    """The registry wants a login, refuses this one, or grants it too little."""


class NotFoundError(RefusedError):
    """The registry does not have that repository, manifest, blob or upload session."""


@dataclass(frozen=True)
class Failure:
    """An error as a value, for plans, which hold no exceptions."""

    kind: type[RegistryError]
    message: str
    details: tuple[tuple[str, t.Any], ...]

    @classmethod
    def of(cls, error: RegistryError) -> Failure:
        """Return what is needed to raise the error later."""
        return cls(type(error), error.message, tuple(error.details().items()))

    def error(self) -> RegistryError:
        """Return the error."""
        return _rebuild(self.kind, self.message, dict(self.details))


def _rebuild(kind: type[RegistryError], message: str, details: dict[str, t.Any]) -> RegistryError:
    return kind(message, **details)
