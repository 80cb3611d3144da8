# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

.PHONY: env demo test molecule soak coverage docs test-matrix release-check lint clean bench

RUN = sh tests/tools/with-python.sh
SOAK ?= full

# Virtual environments below the checkout, from pinned requirements
env:
	$(RUN) tests/tools/environments.py

# Push an image to a registry that runs for this demo only, twice
demo:
	$(RUN) tests/tools/demo.py

# Everything that can be judged on this machine
test:
	$(RUN) tests/tools/check.py

# The roles, on this host and without containers
molecule:
	$(RUN) tests/tools/check.py molecule

# Long runs: chaos, kills, two gigabytes, ten thousand hostile cases for each reader; SOAK=short takes a minute
soak:
	SOAK=$(SOAK) $(RUN) tests/tools/soak.py

# Lines and branches of the client that its tests reach
coverage:
	$(RUN) tests/tools/coverage_report.py

# The documentation site below build/docs/html; a warning is a failure
docs:
	$(RUN) tests/tools/docs_site.py

# Old and new ansible-core, Python and aiohttp, as far as this machine has them
test-matrix:
	$(RUN) tests/tools/version_matrix.py

# Versions, changelog, tarball and wheels agree
release-check:
	$(RUN) tests/tools/release_check.py --publish

# Speed against curl, skopeo and what else is on PATH; takes half an hour and writes docs/benchmarks.md
bench:
	$(RUN) tests/bench/bench.py

lint:
	$(RUN) tests/tools/check.py ruff mypy shellcheck ansible-lint antsibull-changelog reuse

clean:
	rm -rf build .venv .venv-demo .venv-importer
