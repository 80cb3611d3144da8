# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""`python -m pytest_oci_registry`: a registry for shell users, and for molecule's prepare and cleanup."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence

from .command_errors import CommandError, UsageError

EXAMPLES = """examples:
  python -m pytest_oci_registry serve --state-file registry.json --daemon
  python -m pytest_oci_registry requests --state-file registry.json --writes
  python -m pytest_oci_registry stop --state-file registry.json

"""
PROGRAM = "python -m pytest_oci_registry"
COMMANDS = ("serve", "proxy", "requests", "stop")


class _Parser(argparse.ArgumentParser):
    def format_help(self) -> str:
        return (EXAMPLES if self.prog == PROGRAM else "") + super().format_help()


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(
        prog=PROGRAM, description="Serve a registry for tests, or a fault proxy before a real one.", allow_abbrev=False
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _serve(commands.add_parser("serve", help="serve an embedded registry until SIGTERM", allow_abbrev=False))
    _proxy(commands.add_parser("proxy", help="serve a fault proxy before a registry until SIGTERM", allow_abbrev=False))
    requests = commands.add_parser("requests", help="print the request log as JSON lines", allow_abbrev=False)
    requests.add_argument("--writes", action="store_true", help="only POST, PUT, PATCH and DELETE")
    requests.add_argument("--clear", action="store_true", help="empty the log after printing it")
    stop = commands.add_parser("stop", help="stop a server that was started with a state file", allow_abbrev=False)
    for command in (requests, stop):
        command.add_argument("--state-file", required=True, metavar="FILE", help="the file that serve or proxy wrote")
    return top


def _listening(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--bind", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (default: %(default)s)"
    )
    command.add_argument("--port", type=_port, default=0, help="port to listen on (default: a free one)")
    command.add_argument(
        "--tls",
        action="store_true",
        help="serve https with a certificate made by trustme; its authority is in the state file",
    )
    command.add_argument(
        "--state-file", metavar="FILE", help="write url and pid there as JSON, once the server is ready"
    )
    command.add_argument(
        "--daemon", action="store_true", help="go to the background once the server is ready; needs --state-file"
    )


def _port(word: str) -> int:
    try:
        number = int(word)
    except ValueError:
        raise UsageError(f"--port: {word!r} is not a number") from None
    if not 0 <= number <= 65535:
        raise UsageError(f"--port: {number} is not between 0 and 65535")
    return number


def _serve(command: argparse.ArgumentParser) -> None:
    _listening(command)
    command.add_argument("--folder", metavar="DIR", help="keep blobs and tags there (default: forget them at the end)")
    command.add_argument(
        "--auth",
        metavar="USER:PASSWORD",
        help="require this account; other users see it in the process list, so prefer --auth-file or OCI_REGISTRY_AUTH",
    )
    command.add_argument("--auth-file", metavar="FILE", help="require the account in the first line of this file")
    command.add_argument(
        "--token",
        action="store_true",
        help="ask for the account through a token service, instead of basic authentication",
    )
    command.add_argument(
        "--personality",
        default="oci",
        metavar="NAME",
        help="imitate a registry: ecr, gar, ghcr, quay, harbor, zot, ...",
    )
    command.add_argument("--read-only", action="store_true", help="refuse all writes")
    command.add_argument("--no-delete", action="store_true", help="refuse to delete")
    command.add_argument("--no-tag-delete", action="store_true", help="refuse to delete tags, as distribution 2.8 does")
    command.add_argument("--sparse", action="store_true", help="accept an index whose manifests are absent")
    command.add_argument(
        "--no-check-references", action="store_true", help="accept manifests whose blobs are absent, too"
    )
    command.add_argument("--immutable-tags", action="store_true", help="refuse to move a tag")
    command.add_argument(
        "--max-body", default="0", metavar="SIZE", help="refuse bigger requests with 413, for example 1MB"
    )
    command.add_argument(
        "--min-chunk", default="0", metavar="SIZE", help="announce and enforce a smallest chunk, for example 5MiB"
    )
    command.add_argument(
        "--locations",
        default="absolute",
        choices=("absolute", "relative", "mangled"),
        help="form of Location (default: %(default)s)",
    )


def _proxy(command: argparse.ArgumentParser) -> None:
    command.add_argument("target", metavar="URL", help="the registry to forward to, for example http://127.0.0.1:5000")
    command.add_argument(
        "--target-ca",
        metavar="FILE",
        help="check the registry's certificate against this authority (default: unchecked)",
    )
    _listening(command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 1 when it failed, 2 when the command line is wrong."""
    words = list(sys.argv[1:] if argv is None else argv)
    top = parser()
    try:
        arguments = _parsed(top, words)
        from . import commands

        return commands.run(arguments, words)
    except UsageError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except CommandError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1


def _parsed(top: argparse.ArgumentParser, words: list[str]) -> argparse.Namespace:
    if not words:
        top.print_help(sys.stderr)
        raise UsageError(f"a command is missing; there are {', '.join(COMMANDS)}")
    if not words[0].startswith("-") and words[0] not in COMMANDS:
        raise UsageError(
            f"there is no command {words[0]!r}{_nearest(words[0], COMMANDS)}; there are {', '.join(COMMANDS)}"
        )
    arguments, unknown = top.parse_known_args(words)
    for word in unknown:
        raise UsageError(
            f"{arguments.command} knows no {word!r}{_nearest(word.partition('=')[0], _options(top, arguments.command))}"
        )
    return arguments


def _options(top: argparse.ArgumentParser, command: str) -> list[str]:
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            return list(action.choices[command]._option_string_actions)
    return []


def _nearest(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f", did you mean {close[0]!r}?" if close else ""


if __name__ == "__main__":
    sys.exit(main())
