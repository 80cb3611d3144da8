# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where a login comes from: words, files, helpers, in the documented order."""

from __future__ import annotations

import base64
import json
import os
import time
import typing as t
from pathlib import Path

import pytest
from registry_api_v2_client.errors import AuthenticationError, ValidationError
from registry_api_v2_client.reference import parse_registry
from registry_api_v2_client.settings import Login
from registry_api_v2_client.transport.auth.credential_helpers import HelperAnswer, HelperFailedError, ask_helper
from registry_api_v2_client.transport.auth.credentials import (
    CredentialLookup,
    Credentials,
    ResolvedCredentials,
    credential_files,
    explicit_credentials,
)
from registry_api_v2_client.transport.auth.docker_config import ConfigFile

SECRET = "s3cr3t:with:colons"
HOST = "https://registry.example.com:5000"
NO_WORDS = Login()


def auth(user: str, password: str = SECRET) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def write(path: Path, **config: t.Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config))
    return path


def look(
    home: Path, url: str = HOST, repository: str | None = "team/app", login: Login = NO_WORDS, **environ: str
) -> ResolvedCredentials:
    # nothing of this machine's own logins: HOME and the runtime folder are the test's
    variables = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "PATH": str(home / "bin"), **environ}
    return CredentialLookup(parse_registry(url), repository, login, variables).run()


def user(found: ResolvedCredentials) -> str | None:
    return found.credentials.username if found.credentials else None


def helper(home: Path, name: str, script: str) -> None:
    path = home / "bin" / f"docker-credential-{name}"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    "key",
    [
        "registry.example.com:5000", "https://registry.example.com:5000", "https://registry.example.com:5000/v1/",
        "https://registry.example.com:5000/v2/", "http://registry.example.com:5000/", "REGISTRY.example.com:5000",
        "registry.example.com:5000/v2/", "registry.example.com:5000/team", "registry.example.com:5000/team/app",
    ],
)
def test_a_login_is_found_under_every_key_that_docker_and_containers_write(tmp_path: Path, key: str) -> None:
    write(tmp_path / ".docker/config.json", auths={key: auth("ci")})
    found = look(tmp_path).credentials
    assert found == Credentials(str(tmp_path / ".docker/config.json"), "ci", SECRET)


@pytest.mark.parametrize("key", ["registry.example.com", "example.com:5000", "registry.example.com:5000/tea",
                                 "registry.example.com:5000/team/app/more", "registry.example.com:50001"])
def test_a_login_for_something_else_is_not_used(tmp_path: Path, key: str) -> None:
    write(tmp_path / ".docker/config.json", auths={key: auth("ci")})
    assert look(tmp_path).credentials is None


@pytest.mark.parametrize("key", ["registry.example.com", "registry.example.com:443", "https://registry.example.com:443"])
def test_the_port_of_https_may_be_left_out(tmp_path: Path, key: str) -> None:
    write(tmp_path / ".docker/config.json", auths={key: auth("ci")})
    assert user(look(tmp_path, "https://registry.example.com")) == "ci"


@pytest.mark.parametrize("url", ["https://registry-1.docker.io", "https://index.docker.io", "https://docker.io"])
@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io"])
def test_docker_hub_has_many_names(tmp_path: Path, url: str, key: str) -> None:
    write(tmp_path / ".docker/config.json", auths={key: auth("ci")})
    assert user(look(tmp_path, url)) == "ci"


def test_the_longest_key_wins(tmp_path: Path) -> None:
    keys = {"registry.example.com:5000": auth("all"), "registry.example.com:5000/team/app": auth("app"),
            "registry.example.com:5000/team": auth("team")}
    write(tmp_path / ".docker/config.json", auths=keys)
    assert [user(look(tmp_path, repository=name)) for name in ("team/app", "team/app/x", "team/b", "c", None)] == [
        "app", "app", "team", "all", "all"]
    assert not look(tmp_path).everywhere


def test_the_files_are_read_in_the_documented_order(tmp_path: Path) -> None:
    paths = ["env.json", "docker/config.json"]
    for path in paths:
        write(tmp_path / path, auths={"registry.example.com:5000": auth(path)})

    def search() -> ResolvedCredentials:
        return look(tmp_path, REGISTRY_AUTH_FILE=str(tmp_path / paths[0]), DOCKER_CONFIG=str(tmp_path / "docker"))

    for path in paths:
        assert user(search()) == path
        (tmp_path / path).unlink()
    assert search() == ResolvedCredentials(None, tuple(f"{tmp_path / path} (missing)" for path in paths))


def test_without_variables_the_usual_files_are_read_in_the_documented_order(tmp_path: Path) -> None:
    paths = ["run/containers/auth.json", ".docker/config.json", ".config/containers/auth.json"]
    for path in paths:
        write(tmp_path / path, auths={"registry.example.com:5000": auth(path)})
    for path in paths:
        assert user(look(tmp_path)) == path
        (tmp_path / path).unlink()
    assert [name.partition(" (")[0] for name in look(tmp_path).looked_at] == [str(tmp_path / path) for path in paths]


def test_a_variable_replaces_the_files_of_its_family() -> None:
    environ = {"HOME": "/h", "REGISTRY_AUTH_FILE": "~/a.json", "DOCKER_CONFIG": "/d", "XDG_RUNTIME_DIR": "/run/user/7"}
    assert credential_files(Login(), environ) == ["/h/a.json", "/d/config.json"]


def test_podmans_file_is_found_where_no_runtime_folder_is_set() -> None:
    assert credential_files(Login(), {"HOME": "/h"})[0] == f"/run/containers/{os.getuid()}/auth.json"


@pytest.mark.parametrize("name", ["config.json", "auth.json"])
def test_config_path_is_a_file_or_the_folder_that_holds_it_and_nothing_else_is_read(tmp_path: Path, name: str) -> None:
    write(tmp_path / ".docker/config.json", auths={"registry.example.com:5000": auth("other")})
    path = write(tmp_path / "given" / name, auths={"registry.example.com:5000": auth("ci")})
    for config_path in (path, path.parent):
        found = look(tmp_path, login=Login(config_path=str(config_path)))
        assert (user(found), found.looked_at) == ("ci", (str(path),))
    assert look(tmp_path, "https://elsewhere", login=Login(config_path=str(path))).credentials is None


def test_a_config_path_without_a_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AuthenticationError, match="there is no such file") as caught:
        look(tmp_path, login=Login(config_path="~/nothing.json"))
    assert str(tmp_path / "nothing.json") in caught.value.message


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"username": "ci", "password": SECRET}, Credentials("F", "ci", SECRET)),
        ({**auth("ci"), "identitytoken": SECRET}, Credentials("F", "ci", SECRET, identity_token=SECRET)),
        ({**auth("ci", ""), "identitytoken": SECRET}, Credentials("F", "ci", identity_token=SECRET)),
        ({"registrytoken": f"{SECRET}\n"}, Credentials("F", registry_token=SECRET)),
        (auth("<token>"), Credentials("F", identity_token=SECRET)),
        (auth("ci", SECRET + "\x00\x00"), Credentials("F", "ci", SECRET)),
        ({}, None),
        ({"auth": ""}, None),
        (auth("ci", ""), None),
        ({"email": "ci@example.com"}, None),
    ],
)
def test_entries_of_every_kind(tmp_path: Path, entry: dict[str, str], expected: Credentials | None) -> None:
    path = write(tmp_path / ".docker/config.json", auths={"registry.example.com:5000": entry})
    found = look(tmp_path).credentials
    assert found == (expected and Credentials(**{**vars(expected), "source": str(path)}))


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b'{"auths": {"registry.example.com:5000": {"auth": "s3cr3t', "it is no JSON"),
        (b'["s3cr3t"]', "no JSON object"),
        (b"[" * 100_000, "no JSON"),
        (b'{"auths": ["s3cr3t"]}', "another form"),
        (b'{"credsStore": {"s3cr3t": 1}}', "another form"),
        (b'{"auths": {"registry.example.com:5000": "s3cr3t"}}', "no JSON object"),
        (b'{"auths": {"registry.example.com:5000": {"auth": "s3cr3t!"}}}', "no base64"),
        (b'{"auths": {"registry.example.com:5000": {"auth": "czNjcjN0"}}}', "no base64 of user:password"),
        (b'{"auths": {"registry.example.com:5000": {"auth": "//8="}}}', "no base64"),
        (b'{"auths": {"registry.example.com:5000": {"password": 7}}}', "the password"),
        (b'{"auths": {"registry.example.com:5000": {"registrytoken": "s3cr3t\\r\\nX: y"}}}', "no header may hold"),
        (b" " * (1024 * 1024 + 1), "larger than"),
        (b"\xff\xfe", "no JSON"),
    ],
)
def test_a_broken_file_is_named_without_its_content(tmp_path: Path, content: bytes, cause: str) -> None:
    path = write(tmp_path / ".docker/config.json")
    path.write_bytes(content)
    with pytest.raises(AuthenticationError) as caught:
        look(tmp_path)
    assert (caught.value.code, cause in caught.value.message, str(path) in caught.value.message) == (
        "bad-credentials-file", True, True)
    assert "s3cr3t" not in f"{caught.value!r}{caught.value}{caught.value.details()}"
    assert caught.value.__cause__ is None


def test_another_registrys_broken_entry_and_an_empty_file_do_no_harm(tmp_path: Path) -> None:
    write(tmp_path / "run/containers/auth.json").write_bytes(b"")
    write(tmp_path / ".docker/config.json", auths={"other": {"auth": "!"}, "registry.example.com:5000": auth("ci")})
    assert user(look(tmp_path)) == "ci"


def test_a_folder_or_a_pipe_in_place_of_the_file_is_no_file(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    os.mkfifo(tmp_path / ".docker/config.json")
    with pytest.raises(AuthenticationError, match="it is no file"):
        look(tmp_path)


def test_a_helper_is_asked_for_its_registry(tmp_path: Path) -> None:
    helper(tmp_path, "mine", 'read -r server; echo "{\\"Username\\": \\"$server\\", \\"Secret\\": \\"s3cr3t\\"}"')
    path = write(tmp_path / ".docker/config.json", credHelpers={"registry.example.com:5000": "mine"})
    found = look(tmp_path)
    source = f"docker-credential-mine (named in {path})"
    assert found.credentials == Credentials(source, "registry.example.com:5000", "s3cr3t")


def test_the_helper_of_one_registry_comes_before_the_store_and_the_store_before_the_file(tmp_path: Path) -> None:
    for name in ("mine", "store"):
        helper(tmp_path, name, f'echo \'{{"Username": "{name}", "Secret": "x"}}\'')
    config: dict[str, t.Any] = {"auths": {"registry.example.com:5000": auth("file")}, "credsStore": "store",
                                "credHelpers": {"registry.example.com:5000": "mine"}}
    write(tmp_path / ".docker/config.json", **config)
    assert [user(look(tmp_path)), user(look(tmp_path, "https://other"))] == ["mine", "store"]
    del config["credHelpers"]
    write(tmp_path / ".docker/config.json", **config)
    assert user(look(tmp_path)) == "store"


def test_the_store_is_asked_under_the_key_that_docker_login_wrote(tmp_path: Path) -> None:
    helper(tmp_path, "store", """read -r server
[ "$server" = https://registry.example.com:5000/v1/ ] || { echo 'credentials not found in native keychain'; exit 1; }
echo '{"Username": "u", "Secret": "x"}'""")
    write(tmp_path / ".docker/config.json", auths={"https://registry.example.com:5000/v1/": {}}, credsStore="store")
    assert user(look(tmp_path)) == "u"


def test_docker_hub_is_asked_under_its_old_address(tmp_path: Path) -> None:
    helper(tmp_path, "store", 'read -r server; echo "{\\"Username\\": \\"$server\\", \\"Secret\\": \\"x\\"}"')
    write(tmp_path / ".docker/config.json", credsStore="store")
    assert user(look(tmp_path, "https://registry-1.docker.io")) == "https://index.docker.io/v1/"


def test_a_helper_that_has_nothing_leaves_it_to_the_file(tmp_path: Path) -> None:
    helper(tmp_path, "store", "echo 'credentials not found in native keychain'; exit 1")
    logins = {"registry.example.com:5000": auth("file")}
    path = write(tmp_path / ".docker/config.json", auths=logins, credsStore="store")
    found = look(tmp_path)
    assert (user(found), found.looked_at[1:]) == ("file", (str(path), f"docker-credential-store (named in {path})"))


def test_a_store_that_is_not_installed_is_passed_over_and_named(tmp_path: Path) -> None:
    path = write(tmp_path / ".docker/config.json", credsStore="desktop")
    found = look(tmp_path)
    assert found.credentials is None
    assert f"docker-credential-desktop (named in {path}) (not installed)" in found.looked_at


def test_an_identity_token_comes_under_the_user_token(tmp_path: Path) -> None:
    helper(tmp_path, "mine", 'echo \'{"Username": "<token>", "Secret": "s3cr3t"}\'')
    write(tmp_path / ".docker/config.json", credHelpers={"registry.example.com:5000": "mine"})
    found = look(tmp_path).credentials
    assert found is not None
    assert (found.identity_token, found.password, found.name) == ("s3cr3t", None, "<token>")


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ("echo s3cr3t; exit 3", "status 3; run `echo registry.example.com:5000 | docker-credential-mine get` to see"),
        ("echo s3cr3t", "answered something that is no login"),
        ('echo \'{"Username": "u", "Secret": {"s3cr3t": 1}}\'', "answered something that is no login"),
        ("yes s3cr3t", "answered more than 65536 bytes"),
        ("kill -9 $$", "ended with status -9"),
    ],
)
def test_a_helper_that_fails_is_named_without_its_words(tmp_path: Path, script: str, cause: str) -> None:
    helper(tmp_path, "mine", script)
    write(tmp_path / ".docker/config.json", credHelpers={"registry.example.com:5000": "mine"})
    with pytest.raises(AuthenticationError) as caught:
        look(tmp_path, PATH=f"{tmp_path}/bin:/usr/bin:/bin")
    assert cause in caught.value.message
    assert "s3cr3t" not in f"{caught.value!r}{caught.value}"


def test_a_helper_that_hangs_ends_with_its_children(tmp_path: Path) -> None:
    helper(tmp_path, "mine", f"sleep 600 & echo $! > {tmp_path}/child; wait")
    with pytest.raises(HelperFailedError, match=r"gave no answer in 0\.5 s"):
        ask_helper("mine", "x", {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}, timeout=0.5)
    child = int((tmp_path / "child").read_text())
    end = time.monotonic() + 5  # a killed process is gone a little later
    while _is_running(child) and time.monotonic() < end:
        time.sleep(0.01)
    assert not _is_running(child)


def _is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("name", ["../evil", "a b", "x;id", "-x"])
def test_a_helpers_name_is_no_command(tmp_path: Path, name: str) -> None:
    write(tmp_path / ".docker/config.json", credHelpers={"registry.example.com:5000": name})
    with pytest.raises(AuthenticationError, match="no program's name"):
        look(tmp_path)


def test_a_helper_for_this_registry_that_is_missing_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / ".docker/config.json", credHelpers={"registry.example.com:5000": "ecr-login"})
    with pytest.raises(AuthenticationError, match="docker-credential-ecr-login is not on PATH"):
        look(tmp_path)


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        (Login("ci", SECRET), Credentials("username and password", "ci", SECRET)),
        (Login("ci", SECRET, "t0ken"), Credentials("username and password", "ci", SECRET)),
        (Login("<token>", SECRET), Credentials("username and password", identity_token=SECRET)),
        (Login(token="t0ken\n"), Credentials("token", registry_token="t0ken")),
        (Login(token="t0ken", config_path="/x"), Credentials("token", registry_token="t0ken")),
        (Login("ci", SECRET, anonymous=True), None),
    ],
)
def test_the_callers_own_words_come_first(login: Login, expected: Credentials | None) -> None:
    found = explicit_credentials(login)
    assert found is not None
    assert found.credentials == expected


def test_without_words_the_files_decide() -> None:
    assert explicit_credentials(Login()) is None
    assert explicit_credentials(Login(config_path="/x")) is None
    assert explicit_credentials(Login("", "", "")) is None


@pytest.mark.parametrize(
    ("login", "cause"),
    [
        (Login("ci"), "username is given without password"),
        (Login(password=SECRET), "password is given without username"),
        (Login("c:i", SECRET), "holds a colon"),
        (Login("ci", ""), "with an empty one"),
        (Login(token=" "), "token holds nothing"),
        (Login(token="s3cr3t\r\nX: y"), "no header may hold"),
        (Login("ci", "s3cr3t\udce9"), "half a character"),
    ],
)
def test_half_a_login_is_refused_before_anything_is_sent(login: Login, cause: str) -> None:
    with pytest.raises(ValidationError) as caught:
        explicit_credentials(login)
    assert cause in caught.value.message
    assert "s3cr3t" not in str(caught.value)


def test_no_value_shows_its_secret(tmp_path: Path) -> None:
    found = ResolvedCredentials(Credentials("F", "ci", SECRET, SECRET, SECRET), ("F",))
    environ = {"AWS_SECRET_ACCESS_KEY": SECRET}
    lookup = CredentialLookup(parse_registry(HOST), "app", Login("ci", SECRET, SECRET), environ)
    config = ConfigFile({"registry.example.com:5000": auth("ci")})
    entry = config.entry(parse_registry(HOST), None)
    answer = HelperAnswer("ci", SECRET)
    shown = "".join(f"{value!r}{value}" for value in (found, lookup, config, entry, answer))
    assert "s3cr3t" not in shown
    assert auth("ci")["auth"] not in shown


def test_a_helpers_name_may_not_fill_a_screen(tmp_path: Path) -> None:
    write(tmp_path / ".docker/config.json", credHelpers={"registry.example.com:5000": "a" * 5000})
    with pytest.raises(AuthenticationError, match="no program's name"):
        look(tmp_path)


def test_a_key_that_no_terminal_should_see_is_not_shown(tmp_path: Path) -> None:
    helper(tmp_path, "mine", "exit 3")
    key = "registry.example.com:5000/\ud800\x1b]0;x\x07" + "a" * 5000
    write(tmp_path / ".docker/config.json", credHelpers={key: "mine"})
    with pytest.raises(AuthenticationError, match="status 3") as caught:
        look(tmp_path, PATH=f"{tmp_path}/bin:/usr/bin:/bin")
    assert caught.value.message.isprintable() and len(caught.value.message) < 1000


def test_a_login_that_is_no_text_is_refused(tmp_path: Path) -> None:
    login = {"username": "\ud800", "password": "x"}
    write(tmp_path / ".docker/config.json", auths={"registry.example.com:5000": login})
    with pytest.raises(AuthenticationError, match="half a character"):
        look(tmp_path)
