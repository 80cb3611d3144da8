# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forked programs of played tests behave like those that they stand for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from stranger import FORKS, python_for_modules

pytestmark = pytest.mark.skipif(not FORKS, reason="programs are forked on Linux only")


def run(words, environment, text="", folder=None):
    return subprocess.run(words, cwd=folder, env=environment, input=text, capture_output=True, text=True, check=False,
                          timeout=120)  # fmt: skip


@pytest.mark.parametrize("python", [sys.executable, "forked"])
@pytest.mark.parametrize(("script", "status", "printed", "complaint"), [
    ("import os; print(os.environ['WORD'], os.getcwd(), __name__)", 0, "said {folder} __main__\n", ""),
    ("import sys; sys.exit(7)", 7, "", ""),
    ("import sys; sys.exit('no')", 1, "", "no\n"),
    ("import atexit; atexit.register(print, 'at the end')", 0, "at the end\n", ""),
    ("1 / 0", 1, "", "ZeroDivisionError: division by zero\n"),
], ids=str)  # fmt: skip
def test_python_runs_a_script(module_environment, tmp_path, python, script, status, printed, complaint):
    words = [python_for_modules() if python == "forked" else python]
    done = run(words, {**module_environment, "WORD": "said"}, script, tmp_path)
    assert (done.returncode, done.stdout) == (status, printed.format(folder=tmp_path))
    assert done.stderr.endswith(complaint) and bool(done.stderr) == bool(complaint)


def test_python_with_options_is_the_real_one(module_environment):
    done = run([python_for_modules(), "-c", "import sys; print(sys.executable)"], module_environment)
    assert done.stdout.strip() == sys.executable


def test_a_killed_run_is_a_failure(module_environment):
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run([python_for_modules()], module_environment, script).returncode != 0


def test_a_signal_reaches_the_run(module_environment, tmp_path):
    script = b"import time; open('ready', 'w'); time.sleep(60)"
    os.mkfifo(tmp_path / "ready")
    words = [python_for_modules()]
    with subprocess.Popen(words, cwd=tmp_path, env=module_environment, stdin=subprocess.PIPE) as process:
        process.stdin.write(script)
        process.stdin.close()
        (tmp_path / "ready").open().close()  # waits until the script opens it
        process.terminate()
        assert process.wait(30) != 0


@pytest.mark.parametrize("options", [["--no-such-option"], ["missing.yml"]])
def test_ansible_ends_with_the_same_status_and_words(module_environment, tmp_path, options):
    forked = run(["ansible-playbook", *options], module_environment, folder=tmp_path)
    real = run([os.path.join(os.path.dirname(sys.executable), "ansible-playbook"), *options], module_environment,
               folder=tmp_path)  # fmt: skip
    assert (forked.returncode, forked.stdout, forked.stderr) == (real.returncode, real.stdout, real.stderr)
