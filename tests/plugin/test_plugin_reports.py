# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What people see: header, markers, the report of a failed test, strictness, xdist."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]

PUSH = '''
import urllib.request

def put_blob(registry, data=b"{}"):
    request = urllib.request.Request(f"{registry.url}/v2/app/blobs/uploads/?digest=sha256:"
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", data=data, method="POST")
    urllib.request.urlopen(request, timeout=10).close()
'''


def test_header_names_backend_and_version(run: Run) -> None:
    result = run("def test_nothing(): pass", "--oci-registry=embedded,process", "--oci-registry-exec=no-such-registry")
    result.stdout.fnmatch_lines(["oci-registry: embedded (conformance 1.1), process (missing)"])


def test_markers_are_known_to_strict_runs(run: Run) -> None:
    result = run("""
        import pytest
        @pytest.mark.registry(read_only=True)
        @pytest.mark.registry_seed("app:1")
        @pytest.mark.registry_requires("sha512")
        def test_it(): pass
        """, "--strict-markers")
    result.assert_outcomes(passed=1)


def test_marker_words_reach_the_registry_and_the_nearest_wins(run: Run) -> None:
    result = run("""
        import pytest
        pytestmark = pytest.mark.registry(auth=("u", "p"), min_chunk=100)
        @pytest.mark.registry(min_chunk=200)
        def test_it(registry):
            assert registry.username == "u" and registry.settings.min_chunk == 200
        """)
    result.assert_outcomes(passed=1)


def test_unknown_marker_word_names_the_nearest(run: Run) -> None:
    result = run("""
        import pytest
        @pytest.mark.registry(readonly=True)
        def test_it(registry): pass
        """)
    result.assert_outcomes(errors=1)
    assert "a registry has no setting 'readonly'; did you mean 'read_only'?" in result.stdout.str()


def test_seed_marker_fills_seeded_registry(run: Run) -> None:
    result = run("""
        import pytest
        @pytest.mark.registry_seed("team/app:1", "db:2", layers=3)
        def test_it(seeded_registry):
            assert seeded_registry.repositories == ["db", "team/app"]
            assert len(seeded_registry.image("team/app:1").layers) == 3
            assert not seeded_registry.requests
        """)
    result.assert_outcomes(passed=1)


def test_backends_as_a_list_run_each_test_for_each(run: Run) -> None:
    result = run("""
        import pytest
        def test_it(registry): assert registry.backend == "embedded"
        def test_other(registry_factory): pass
        def test_none(): pass
        @pytest.mark.registry(backend="embedded")
        def test_fixed(registry): pass
        """, "--oci-registry=embedded,process", "--oci-registry-exec=no-such-registry", "-v")
    result.stdout.fnmatch_lines(["*test_it?embedded? PASSED*", "*test_it?process? SKIPPED*", "*test_none PASSED*",
                                 "*test_fixed PASSED*"])
    result.assert_outcomes(passed=5, skipped=1)


MISSING = "def test_it(registry): pass"


def test_missing_backend_is_skipped_with_a_reason(run: Run) -> None:
    result = run(MISSING, "--oci-registry=process", "--oci-registry-exec=no-such-registry", "-rs")
    result.assert_outcomes(skipped=1)
    assert "backend process: no-such-registry is not there or not executable" in result.stdout.str()


@pytest.mark.parametrize("strict", ["option", "ini", "environment"])
def test_missing_backend_is_an_error_when_strict(run: Run, monkeypatch: pytest.MonkeyPatch, strict: str) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    if strict == "environment":
        monkeypatch.setenv("OCI_REGISTRY_STRICT", "1")
    result = run(MISSING, "--oci-registry=process", *(["--oci-registry-strict"] if strict == "option" else []),
                 ini="oci_registry_strict = true\n" if strict == "ini" else "")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["backend process: neither docker-registry nor registry is on PATH; "
                                 "install one or set --oci-registry-exec.*"])


@pytest.mark.skipif(shutil.which("docker-registry") is None, reason="docker-registry is not installed")
def test_required_feature_that_is_lacking_skips_with_a_reason(run: Run) -> None:
    result = run("""
        import pytest
        @pytest.mark.registry_requires("referrers")
        def test_it(registry): pass
        """, "--oci-registry=process,embedded", "-rs")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*process * lacks referrers"])


def test_unknown_feature_is_an_error_that_lists_all(run: Run) -> None:
    result = run("""
        import pytest
        @pytest.mark.registry_requires("sha-512")
        def test_it(registry): pass
        """)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "registry_requires does not know sha-512; there are anonymous-mount, auth" in result.stderr.str()


def test_failed_test_shows_the_request_log(run: Run) -> None:
    result = run(PUSH + """
        def test_it(registry):
            put_blob(registry)
            assert registry.image("app:1").exists
        """.replace("\n        ", "\n"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert False*", "*<image app:1 at 127.0.0.1:*: absent>.exists",
                                 "*- oci-registry embedded 127.0.0.1:* -*", "201 upload_start POST /v2/app/blobs/*"])


@pytest.mark.parametrize(("log", "shown"), [("all", True), ("none", False), ("failed", False)])
def test_log_option_decides_whether_passed_tests_show_it(run: Run, log: str, shown: bool) -> None:
    result = run(PUSH + "\ndef test_it(registry): put_blob(registry)\n", f"--oci-registry-log={log}", "-rP")
    assert ("upload_start POST" in result.stdout.str()) == shown


def test_unchanged_says_which_writes_there_were(run: Run) -> None:
    result = run(PUSH + """
        def test_it(registry):
            with registry.unchanged():
                put_blob(registry)
        """.replace("\n        ", "\n"))
    result.stdout.fnmatch_lines(["*AssertionError: expected no write, but the registry saw 1: "
                                 "POST /v2/app/blobs/uploads/ (201); the log follows."])
    assert "test_it.py:9: AssertionError" in result.stdout.str()
    assert "__exit__" not in result.stdout.str()


def test_a_slip_of_the_pen_in_the_log_is_refused(run: Run) -> None:
    result = run("""
        def test_it(registry):
            assert registry.requests.filter(operation=["tags", "manifest_gett"]) == []
        """)
    result.assert_outcomes(failed=1)
    assert "'manifest_gett' is no operation; there are ping, token," in result.stdout.str()


def test_comparison_of_writes_reads_as_a_sentence(run: Run) -> None:
    result = run(PUSH + """
        def test_it(registry):
            put_blob(registry)
            assert registry.requests.writes == []
        """.replace("\n        ", "\n"))
    result.stdout.fnmatch_lines(["*expected no write, but the registry saw 1: POST /v2/app/blobs/uploads/ (201)*"])


def test_difference_between_tar_and_registry_is_in_the_report(run: Run) -> None:
    result = run("""
        def test_it(registry, docker_save_tar):
            registry.seed("app:1")
            assert registry.image("app:1").matches(docker_save_tar("app:1", layers=3))
        """)
    result.stdout.fnmatch_lines(["*app:1 differs from app-1-1.tar:",
                                 "  config sha256:* is in the tar, not in the registry"])


def test_fault_rule_that_was_not_used_fails_the_test(run: Run) -> None:
    result = run(PUSH + """
        def test_unused(registry):
            registry.fail("upload_patch", status=503)
            put_blob(registry)
        def test_partly(registry):
            registry.slow("upload_start", seconds=0.001, times=2)
            put_blob(registry)
        def test_used(registry):
            registry.slow("upload_start", seconds=0.001, times=1)
            put_blob(registry)
        """.replace("\n        ", "\n"))
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(['registry.fail("upload_patch", status=503) was never used: this test sent 1 requests '
                                 '(1 upload_start).', "*was used 1 times of 2*"])


def test_a_test_that_fails_by_itself_is_not_blamed_for_rules(run: Run) -> None:
    result = run("""
        def test_it(registry):
            registry.fail("ping", status=503)
            raise ValueError("by itself")
        """)
    result.assert_outcomes(failed=1)
    assert "never used" not in result.stdout.str()


def test_xdist_workers_have_registries_of_their_own(run: Run) -> None:
    pytest.importorskip("xdist")
    result = run("""
        import pytest
        @pytest.mark.parametrize("number", range(12))
        def test_fresh(registry, number):
            assert registry.repositories == []
            registry.seed(f"app:{number}")
        @pytest.mark.parametrize("number", range(4))
        def test_shared(registry_session, number):
            registry_session.seed(f"app:{number}")
            assert registry_session.image(f"app:{number}").exists
        def test_fails(registry):
            registry.seed("app:1")
            assert not registry.image("app:1").exists
        """, "-p", "xdist.plugin", "-n", "2", own=True)
    result.assert_outcomes(passed=16, failed=1)
    result.stdout.fnmatch_lines(["*- oci-registry embedded 127.0.0.1:* -*"])


def test_session_registry_is_one_for_all_tests(run: Run) -> None:
    result = run("""
        def test_one(registry_session): registry_session.seed("app:1")
        def test_two(registry_session, registry_factory_session):
            assert registry_session.image("app:1").exists
            assert registry_factory_session().repositories == []
            registry_session.reset()
            assert registry_session.repositories == []
        """)
    result.assert_outcomes(passed=2)


def test_no_warning_and_no_thread_is_left(run: Run) -> None:
    result = run("""
        import threading
        def test_one(registry): assert any("oci" in thread.name for thread in threading.enumerate())
        def test_two(): assert not any("oci" in thread.name for thread in threading.enumerate())
        """, "-W", "error", own=True)
    result.assert_outcomes(passed=2)
