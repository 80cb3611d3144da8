# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Typed access to untrusted JSON: each accessor returns its type or raises an error that names the field."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass

from ..problems import printable, single_line
from ..reference import is_digest

Invalid = t.Callable[[str], Exception]  # makes the error for a document, from words that follow its name

MAX_DIGITS = 19  # of an integer: sizes fit 63 bits, and longer ones take quadratic time to read
MAX_VALUES = 250_000  # of one document, since each costs far more memory than its few bytes in the file


@dataclass(frozen=True)
class Fields:
    """One JSON object, the errors of its document, and the path to it inside the JSON."""

    values: t.Mapping[str, t.Any]
    invalid: Invalid
    place: str = ""

    def printable(self, key: str, limit: int = 255) -> str:
        """Return a string that is fit for messages and headers, "" for null and absence."""
        value = self.text(key, "")
        if value != single_line(value, limit):
            raise self.wrong(key, f"a printable string of at most {limit} characters", value)
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string; null and absence give `default` where there is one."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(key, "a string", value)
        return value

    def texts(self, key: str) -> list[str]:
        """Return a list of strings; null and absence are the empty list."""
        items = self._list(key)
        for item in items:
            if not isinstance(item, str):
                raise self.wrong(key, "a list of strings", item)
        return items

    def size(self, key: str) -> int:
        """Return a number of bytes."""
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(key, "a size", value)
        return value

    def digest(self, key: str) -> str:
        """Return a sha256 or sha512 digest (image specification, descriptor.md, "Digests")."""
        return self.as_digest(key, self.text(key))

    def digests(self, key: str) -> list[str]:
        """Return a list of digests; null and absence are the empty list."""
        return [self.as_digest(key, item) for item in self.texts(key)]

    def object(self, key: str) -> Fields | None:
        """Return the object of that key, None for null and absence."""
        value = self.values.get(key)
        return None if value is None else self._nested(value, f"{self.place}{key}")

    def objects(self, key: str, limit: int = MAX_VALUES) -> list[Fields]:
        """Return a list of objects, refused beyond `limit`; null and absence are the empty list."""
        items = self._list(key)
        if len(items) > limit:
            raise self.invalid(f"has {len(items)} {self.place}{key}, where {limit} are the limit")
        return [self._nested(item, f"{self.place}{key}[{n}]") for n, item in enumerate(items)]

    def annotations(self) -> tuple[tuple[str, str], ...]:
        """Return the annotations that are strings, in order; others mean nothing to us and harm nobody."""
        value = self.values.get("annotations")
        pairs = value.items() if isinstance(value, dict) else ()
        return tuple((name, text) for name, text in pairs if isinstance(text, str))

    def has(self, key: str) -> bool:
        """True where the key is there and not null."""
        return self.values.get(key) is not None

    def wrong(self, key: str, wanted: str, value: t.Any) -> Exception:
        """Return the error for a value of the wrong type."""
        return self.invalid(f"has {_told(value)} where {wanted} belongs ({self.place}{printable(key, 40)})")

    def as_digest(self, key: str, value: str) -> str:
        """Return the value if it is written as a digest: only such a value may name a file."""
        if not is_digest(value):
            raise self.wrong(key, "a sha256 digest", value)
        return value

    def _list(self, key: str) -> list[t.Any]:
        value = self.values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(key, "a list", value)
        return value

    def _nested(self, value: t.Any, place: str) -> Fields:
        if not isinstance(value, dict):
            raise self.invalid(f"has {_told(value)} where an object belongs ({place})")
        return Fields(value, self.invalid, f"{place}.")


def parse_object(data: bytes, invalid: Invalid) -> Fields:
    """Return the JSON object in `data`; raises an error of `invalid` if it is something else."""
    value = parse_json(data, invalid)
    if not isinstance(value, dict):
        raise invalid(f"is JSON, but {_told(value)} where an object belongs")
    return Fields(value, invalid)


def parse_json(data: bytes, invalid: Invalid) -> t.Any:
    """Return the JSON value that `data` begins with; raises an error of `invalid` if there is none.

    What follows the value is ignored, as docker does. Numbers stay short and finite.
    """
    if count_values(data) > MAX_VALUES:
        raise invalid(f"is JSON of more than {MAX_VALUES} values")
    try:
        text = data.decode("utf-8")
        value, dummy = _DECODER.raw_decode(text, _SPACE.match(text).end())  # type: ignore[union-attr]  # always matches
    except UnicodeDecodeError as error:
        raise invalid(f"is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise invalid("is JSON nested too deeply to be read") from None
    except ValueError as error:
        raise invalid(f"is no JSON ({printable(str(error), 80)})") from None
    return value


def count_values(data: bytes) -> int:
    """Return a number that the values in a JSON document do not exceed by more than one."""
    return sum(map(data.count, (b",", b"[", b"{")))


def _told(value: t.Any) -> str:
    """Return a value as messages name it; lists and objects may be large, so only their kind."""
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    return "nothing" if value is None else printable(json.dumps(value), 40)


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is not JSON")


_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(parse_int=_integer, parse_constant=_constant)
