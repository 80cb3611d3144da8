# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""RegistryConfig, the environment, and the keywords that become settings."""

from __future__ import annotations

import asyncio
import logging

import pytest
from registry_api_v2_client import RegistryClient, RegistryConfig, Settings, ValidationError, list_tags
from registry_api_v2_client.settings import Login, Tls


@pytest.fixture
def quiet_logger():
    """The library's logger as it was, afterwards."""
    logger = logging.getLogger("registry_api_v2_client")
    level, handlers = logger.level, list(logger.handlers)
    yield logger
    logger.setLevel(level)
    logger.handlers[:] = handlers


def test_the_environment_may_say_nothing(quiet_logger):
    assert RegistryConfig.from_env({}) == RegistryConfig("http://localhost:15000", 30)
    assert RegistryConfig.from_env({"REGISTRY_URL": "", "REGISTRY_TIMEOUT": ""}) == RegistryConfig.from_env({})
    assert quiet_logger.level == logging.NOTSET


def test_the_environment_says_url_and_timeout():
    values = {"REGISTRY_URL": "https://registry.example.com/", "REGISTRY_TIMEOUT": " 60 "}
    config = RegistryConfig.from_env(values)
    assert (config.base_url, config.timeout) == ("https://registry.example.com", 60)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "soon", "9999999999", "٣"])
def test_a_timeout_that_is_none_is_refused(text):
    with pytest.raises(ValidationError, match="REGISTRY_TIMEOUT"):
        RegistryConfig.from_env({"REGISTRY_TIMEOUT": text})


@pytest.mark.parametrize(("word", "level"), [("true", logging.DEBUG), ("1", logging.DEBUG), ("false", logging.NOTSET)])
def test_debug_shows_the_log(quiet_logger, word, level, capsys):
    for _twice in range(2):
        RegistryConfig.from_env({"REGISTRY_DEBUG": word})
    assert quiet_logger.level == level
    quiet_logger.debug("heard")
    assert capsys.readouterr().err.count("heard") == (level == logging.DEBUG)


def test_a_config_becomes_settings():
    login, tls = Login("ci", "x"), Tls(ca_path="ca.pem")
    settings = RegistryClient(RegistryConfig("http://localhost:1/", 7, login, tls)).settings
    assert settings == Settings("http://localhost:1", login, tls, 7)


def test_keywords_become_settings():
    client = RegistryClient("http://localhost:1", username="ci", password="x", validate_certs=False, retries=1)
    assert client.settings == Settings(
        "http://localhost:1", Login("ci", "x"), Tls(validate_certs=False), retries=1
    )


@pytest.mark.parametrize(("options", "cause"), [
    ({"username": "ci"}, "password is missing beside username"),
    ({"client_key": "key.pem"}, "client_cert is missing beside client_key"),
    ({"username": "ci", "password": "x", "token": "y"}, "token is given beside username"),
])
def test_options_that_contradict_each_other(options, cause):
    with pytest.raises(ValidationError, match=cause):
        RegistryClient("http://localhost:1", **options)


def test_an_unknown_keyword_is_a_type_error():
    with pytest.raises(TypeError, match="unknown keyword argument 'pasword'; there are username, password"):
        RegistryClient("http://localhost:1", pasword="x")


@pytest.mark.parametrize("timeout", [0, -1])
def test_a_deadline_has_to_be_in_the_future(timeout):
    with pytest.raises(ValidationError, match="timeout is"):
        asyncio.run(list_tags("http://localhost:1", "app", timeout))


@pytest.mark.parametrize("url", ["ftp://registry", "http://user:word@registry", "http://registry/path", "http://"])
def test_urls_that_cannot_be_used(url):
    with pytest.raises(ValidationError) as caught:
        RegistryClient(url)
    assert caught.value.code == "bad-url"
    assert "word" not in str(caught.value).replace("password", "")
