# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The command line as a shell user, and molecule, run it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from plain_http import Wire, basic

from pytest_oci_registry.__main__ import main

PROJECT = Path(__file__).parents[3]
Run = subprocess.CompletedProcess


def run(*words: str, cwd: Path | None = None, more: dict[str, str] | None = None) -> Run[str]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), **(more or {})}
    command = [sys.executable, "-m", "pytest_oci_registry", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, cwd=cwd, check=False)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "registry.json"
    yield path
    run("stop", "--state-file", str(path))


def started(state: Path, *words: str, more: dict[str, str] | None = None) -> dict[str, Any]:
    done = run(*(words or ("serve",)), "--daemon", "--state-file", str(state), more=more)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(state.read_text())
    assert json.loads(done.stdout) == {name: value for name, value in found.items() if name != "admin_key"}
    return found


def test_serve_requests_stop(state: Path) -> None:
    wire = Wire(started(state)["url"])
    wire.upload("app", b"data")
    lines = [json.loads(line) for line in run("requests", "--state-file", str(state)).stdout.splitlines()]
    assert [line["operation"] for line in lines] == ["upload_start", "upload_put"]
    wire.send("GET", "/v2/")
    assert len(run("requests", "--state-file", str(state), "--writes", "--clear").stdout.splitlines()) == 2
    assert run("requests", "--state-file", str(state)).stdout == ""
    assert run("stop", "--state-file", str(state)).returncode == 0
    assert not state.exists()
    with pytest.raises(ConnectionRefusedError):
        wire.send("GET", "/v2/")


def test_stop_twice_is_fine(state: Path) -> None:
    done = run("stop", "--state-file", str(state))
    assert (done.returncode, done.stderr) == (0, "not running\n")


def test_stop_never_ends_a_stranger(state: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    state.write_text(json.dumps({"url": "http://127.0.0.1:1", "pid": stranger.pid}))
    assert run("stop", "--state-file", str(state)).returncode == 0
    assert stranger.poll() is None
    stranger.terminate()
    stranger.wait(10)


def test_in_the_foreground_until_sigterm(state: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "pytest_oci_registry", "serve", "--state-file", str(state)]
    process = subprocess.Popen(command, env=environment)
    end = time.monotonic() + 20
    while not state.exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert json.loads(state.read_text())["pid"] == process.pid
    process.send_signal(signal.SIGTERM)
    assert (process.wait(20), state.exists()) == (0, False)


def test_a_password_and_tls(state: Path) -> None:
    found = started(state, "serve", "--auth", "user:pass", "--tls")
    wire = Wire(found["url"], ca_file=found["ca_file"])
    assert [wire.send("GET", "/v2/").status, wire.send("GET", "/v2/", Authorization=basic("user", "pass")).status] == [
        401,
        200,
    ]


def statuses(wire: Wire, path: str = "/v2/") -> list[int]:
    """Without a login, with a wrong one, and with that of these tests."""
    logins = ("", basic("user", "wrong"), basic("user", "pass"))
    return [wire.send("GET", path, **({"Authorization": login} if login else {})).status for login in logins]


def test_the_account_comes_from_a_file_or_the_environment(state: Path, tmp_path: Path) -> None:
    (tmp_path / "account").write_text("user:pass\nsecond line\n")
    from_file = (["--auth-file", str(tmp_path / "account")], dict[str, str]())
    for words, environment in (from_file, ([], {"OCI_REGISTRY_AUTH": "user:pass"})):
        assert statuses(Wire(started(state, "serve", *words, more=environment)["url"])) == [401, 401, 200]
        run("stop", "--state-file", str(state))


@pytest.mark.parametrize("words", [("--auth", "user:pass"), ("--auth=user:pass",)])
def test_the_process_list_does_not_show_the_account_of_a_daemon(state: Path, words: tuple[str, ...]) -> None:
    found = started(state, "serve", *words)
    assert b"pass" not in Path(f"/proc/{found['pid']}/cmdline").read_bytes()
    assert statuses(Wire(found["url"])) == [401, 401, 200]


@pytest.mark.parametrize(("words", "expected"), [((), [403, 403, 403]), (("--auth", "user:pass"), [401, 401, 200]),
                                                 (("--auth", "user:pass", "--token"), [401, 401, 200])])
def test_other_hosts_need_the_account_for_log_and_faults(state: Path, words: tuple[str, ...],
                                                         expected: list[int]) -> None:
    wire = Wire(started(state, "serve", "--bind", "0.0.0.0", *words)["url"])
    for path in ("/_oci/requests", "/_oci/rules", "/_oci/state"):
        assert statuses(wire, path) == expected
    assert wire.send("POST", "/_oci/rules", b'{"operation": "ping", "status": 503}').status == expected[0]
    assert wire.send("DELETE", "/_oci/requests", Authorization="Bearer wrong").status == expected[0]
    assert state.stat().st_mode & 0o077 == 0
    assert run("requests", "--state-file", str(state)).returncode == 0
    assert run("stop", "--state-file", str(state)).stderr == "" and not state.exists()


def test_a_proxy_for_other_hosts_keeps_its_log_to_itself(state: Path, tmp_path: Path) -> None:
    front = started(tmp_path / "proxy.json", "proxy", started(state)["url"], "--bind", "0.0.0.0")
    assert Wire(front["url"]).send("GET", "/_oci/requests").status == 403
    assert run("stop", "--state-file", str(tmp_path / "proxy.json")).stderr == ""


def test_tokens_and_a_personality(state: Path) -> None:
    found = started(state, "serve", "--auth", "user:pass", "--token", "--personality", "acr")
    answer = Wire(found["url"]).send("GET", "/token", Authorization=basic("user", "pass"))
    assert "access_token" in answer.json()


def test_a_folder_and_limits(state: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    wire = Wire(started(state, "serve", "--folder", str(folder))["url"])
    digest = wire.upload("app", b"data")
    run("stop", "--state-file", str(state))
    wire = Wire(started(state, "serve", "--folder", str(folder), "--read-only", "--max-body", "1KB")["url"])
    assert wire.send("GET", f"/v2/app/blobs/{digest}").body == b"data"
    assert wire.send("POST", "/v2/app/blobs/uploads/").status == 405


def test_a_port_and_the_refusals_of_a_registry(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ("--no-delete", "--immutable-tags", "--min-chunk", "1KB", "--locations", "relative", "--port", str(port))
    wire = Wire(started(state, "serve", *words)["url"])
    assert wire.url == f"http://127.0.0.1:{port}"
    digest = wire.upload("app", b"{}")
    begun = wire.send("POST", "/v2/app/blobs/uploads/").headers
    assert (begun["location"][0], begun["oci-chunk-min-length"]) == ("/", "1000")
    assert wire.send("DELETE", f"/v2/app/blobs/{digest}").status == 405
    assert [put_manifest(wire, digest, note) for note in ("a", "a", "b")] == [201, 201, 400]


@pytest.mark.parametrize(
    ("words", "statuses"),
    [((), [404, 404]), (("--sparse",), [404, 201]), (("--no-check-references",), [201, 201])],
)
def test_what_a_manifest_names_may_be_absent(state: Path, words: tuple[str, ...], statuses: list[int]) -> None:
    wire = Wire(started(state, "serve", *words)["url"])
    index = "application/vnd.oci.image.index.v1+json"
    absent = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 2, "digest": f"sha256:{'0' * 64}"}
    document = {"schemaVersion": 2, "mediaType": index, "manifests": [absent]}
    put = wire.send("PUT", "/v2/app/manifests/2", json.dumps(document).encode(), Content_Type=index)
    assert [put_manifest(wire, f"sha256:{'0' * 64}", "a"), put.status] == statuses


def put_manifest(wire: Wire, config: str, note: str) -> int:
    kind = "application/vnd.oci.image.manifest.v1+json"
    described = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2}
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": described, "layers": [], "annotations": {"note": note}}
    return wire.send("PUT", "/v2/app/manifests/1", json.dumps(manifest).encode(), Content_Type=kind).status


def test_tags_that_cannot_be_deleted(state: Path) -> None:
    wire = Wire(started(state, "serve", "--no-tag-delete")["url"])
    put_manifest(wire, wire.upload("app", b"{}"), "a")
    assert wire.send("DELETE", "/v2/app/manifests/1").status in (400, 405)


def another_authority(folder: Path) -> str:
    trustme.CA().cert_pem.write_to_path(folder / "other.crt")
    return str(folder / "other.crt")


def test_a_proxy_that_trusts_one_authority(state: Path, tmp_path: Path) -> None:
    behind = started(state, "serve", "--tls")
    for authority, status in ((behind["ca_file"], 200), (None, 200), (another_authority(tmp_path), 502)):
        words = () if authority is None else ("--target-ca", authority)
        front = started(tmp_path / "proxy.json", "proxy", behind["url"], *words)
        assert Wire(front["url"]).send("GET", "/v2/").status == status
        run("stop", "--state-file", str(tmp_path / "proxy.json"))


def test_a_proxy_with_a_rule_over_http(state: Path, tmp_path: Path) -> None:
    behind = started(state)
    front = started(tmp_path / "proxy.json", "proxy", behind["url"])
    wire = Wire(front["url"])
    wire.send("POST", "/_oci/rules", b'{"operation": "ping", "status": 503}')
    assert [wire.send("GET", "/v2/").status for _number in range(2)] == [503, 200]
    assert run("stop", "--state-file", str(tmp_path / "proxy.json")).returncode == 0


def test_a_second_server_with_the_same_file_is_refused(state: Path) -> None:
    started(state)
    done = run("serve", "--daemon", "--state-file", str(state))
    assert (done.returncode, "stop it first" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["serv"], "did you mean 'serve'?"),
        (["serve", "--prot", "1"], "did you mean '--port'?"),
        ([], "a command is missing"),
        (["serve", "--personality", "ecrr"], "did you mean 'ecr'?"),
        (["serve", "--token"], "--token needs --auth"),
        (["serve", "--auth", "user"], "--auth is not USER:PASSWORD"),
        (["serve", "--auth", "user:pass", "--auth-file", "x"], "either --auth or --auth-file"),
        (["serve", "--auth-file", "/dev/null"], "the first line of /dev/null is not USER:PASSWORD"),
        (["serve", "--auth-file", "/nowhere/account"], "cannot read --auth-file /nowhere/account"),
        (["serve", "--port", "99999"], "--port: 99999 is not between 0 and 65535"),
        (["serve", "--port", "-1"], "--port: -1 is not between 0 and 65535"),
        (["proxy", "http://127.0.0.1:1", "--port", "http"], "--port: 'http' is not a number"),
        (["serve", "--daemon"], "--daemon needs --state-file"),
        (["serve", "--max-body", "big"], "is no size"),
        (["proxy", "localhost:5000"], "http://"),
        (["stop"], "--state-file"),
    ],
)
def test_wrong_command_lines_exit_2(words: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert (inside(words), expected in capsys.readouterr().err) == (2, True)


def inside(words: list[str]) -> object:
    """The exit status of a command that ends before it starts anything, without a process of its own."""
    try:
        return main(words)
    except SystemExit as ended:
        return ended.code


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["serve", "--bind", "192.0.2.1"], "cannot listen"),
        (["serve", "--bind", "not an address"], "cannot listen"),
        (["requests", "--state-file", "none.json"], "there is no state file"),
        (["serve", "--daemon", "--state-file", "x.json", "--bind", "192.0.2.1"], "cannot listen"),
    ],
)
def test_what_cannot_be_done_exits_1(tmp_path: Path, words: list[str], expected: str) -> None:
    done = run(*words, cwd=tmp_path)
    assert (done.returncode, expected in done.stderr, "Traceback" in done.stderr) == (1, True, False)


def test_a_file_that_is_no_state_file(state: Path) -> None:
    state.write_text("[]")
    assert "is no state file" in run("requests", "--state-file", str(state)).stderr
    state.unlink()


def test_help_opens_with_three_examples() -> None:
    lines = run("--help").stdout.splitlines()
    assert lines[0] == "examples:"
    assert all(line.startswith("  python -m pytest_oci_registry ") for line in lines[1:4])
