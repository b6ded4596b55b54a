# Two commands matter: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LITELLM := .venv-litellm
OLDEST := .venv-oldest
PYTEST_WORKERS ?= 3 # one more than the least machine has cores: tests wait for servers, disks and pages
SPREAD := -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder # as tests/conftest.py orders them
UV := uv==0.13.9 # installs in half a minute what pip takes minutes for; without it pip does
unexport PYTHONDONTWRITEBYTECODE # hundreds of processes are started: compile the sources once

.PHONY: help demo test check oldest oldest-duckdb walker kills fmt lint types layers bench bench-tracer bench-store docs interop lock screenshots browser litellm clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "misstep needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) --version 2>&1). Name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  echo "The environment could not be created. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@echo "Installing the locked packages into $(VENV) (once, about a minute) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check $(UV) 2>/dev/null || true
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock 2>/dev/null \
	  || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY) ## run the bundled pipelines and open the replay debugger on them (NO_UI=1: print and end)
	@$(BIN)/misstep demo $(if $(NO_UI),--no-ui)

test: $(READY) browser litellm oldest-duckdb walker ## set up and pass all tests, browser tests included
	@$(BIN)/pytest $(SPREAD)

check: $(READY) ## exactly what CI runs: mypy keeps one core busy, so what else is not the tests goes beside it
	@$(MAKE) --no-print-directory -j2 -O types lint layers litellm browser walker oldest
	@$(MAKE) --no-print-directory -j1 test

lint: $(READY) ## format and lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(READY) ## mypy, strict
	@$(BIN)/mypy

layers: $(READY) ## import-linter contracts
	@$(BIN)/lint-imports

fmt: $(READY) ## format and mend what can be mended by machine
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

litellm: $(LITELLM)/.ready # the second environment: litellm, which needs openai 2

$(LITELLM)/.ready: requirements-litellm.lock | $(READY)
	@echo "Installing litellm's locked packages into $(LITELLM) (once) ..."
	@test -x $(LITELLM)/bin/python || $(PYTHON) -m venv $(LITELLM)
	@if $(BIN)/uv pip install --quiet --python $(LITELLM)/bin/python --require-hashes \
	    -r requirements-litellm.lock 2>/dev/null \
	  || $(LITELLM)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes \
	    -r requirements-litellm.lock; then touch $(LITELLM)/.ready; \
	else echo "litellm could not be installed; its test will skip" >&2; fi

oldest: $(READY) oldest-duckdb walker ## the store's core tests on the oldest DuckDB that is supported
	@if [ -f $(OLDEST)/.ready ]; then \
	  PYTHONPATH=$(OLDEST) MISSTEP_KILLS=2 $(BIN)/pytest -q $(SPREAD) \
	    tests/store/test_ingest.py tests/store/test_schema.py tests/store/test_queries.py tests/store/test_kill.py \
	    tests/store/test_full_disk.py tests/store/test_folding.py tests/commands/test_doctor.py tests/commands/test_export.py \
	    -k "not real_exports"; \
	else echo "The oldest supported DuckDB could not be fetched: its tests were not run" >&2; fi

oldest-duckdb: $(READY) $(OLDEST)/.ready # a folder that goes before the installed packages

$(OLDEST)/.ready: requirements-oldest.lock | $(READY)
	@echo "Fetching the oldest supported DuckDB into $(OLDEST) (once) ..."
	@if $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --upgrade --require-hashes \
	  --target $(OLDEST) -r requirements-oldest.lock; then touch $(OLDEST)/.ready; \
	else echo "It could not be fetched; what compares with it will skip" >&2; fi

walker: $(READY) # compiles what decodes large bodies, once for all processes of the tests
	@$(BIN)/python -m misstep_store.columnar

browser: # Debian's chromium for the browser tests; without root they skip with a reason
	@if [ -x /usr/bin/chromium ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing chromium for the browser tests ..."; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1 \
	    || echo "chromium could not be installed; browser tests will skip" >&2; \
	else echo "No /usr/bin/chromium and no root to install it: browser tests will skip" >&2; fi

screenshots: $(READY) browser ## make the pictures of README and docs again
	@MISSTEP_UPDATE_SCREENSHOTS=1 $(BIN)/pytest -q tests/ui/test_screens.py

bench: bench-tracer bench-store ## every benchmark, then the tables of README and docs (long; leave the machine alone)
	@$(BIN)/python -m bench.conventions --out bench/results/conventions.json
	@$(BIN)/python -m bench.ui
	@$(BIN)/python -m bench.domains --out bench/results/domains.json
	@$(BIN)/python -m bench.hopfault --no-execute --out bench/results/hopfault.json
	@$(BIN)/python -m bench.hopfault --out bench/results/hopfault-executing.json
	@$(BIN)/python -m bench.localisation_page
	@$(BIN)/python -m bench.readme

bench-store: $(READY) ## how fast the store takes spans, beside upb on one core; how fast it answers
	@$(BIN)/python -m bench.store
	@$(BIN)/python -m bench.store.queries

kills: $(READY) ## kill a server a hundred times in a burst: nothing acknowledged may be lost
	@MISSTEP_KILLS=100 $(BIN)/pytest -q -p no:xdist tests/store/test_kill.py

bench-tracer: $(READY) ## what recording costs the program (PEERS="" or names: other tools too)
	@$(BIN)/python -m bench.tracer $(if $(filter-out undefined,$(origin PEERS)),--peers $(PEERS))

interop: $(READY) ## export to Arize Phoenix, in an environment of its own
	@$(BIN)/python -m bench.tracer.interop

docs: $(READY) ## write docs/cli.md from what the verbs say of themselves
	@$(BIN)/python docs/make_cli.py

lock: ## resolve requirements.lock anew
	@$(PYTHON) -m venv $(VENV) && $(BIN)/pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile pyproject.toml --extra demo --group dev --universal --python-version 3.11 \
	  --no-emit-index-url --generate-hashes --upgrade --custom-compile-command "make lock" --quiet -o requirements.lock
	@for name in litellm oldest; do \
	  $(BIN)/uv pip compile requirements-$$name.in --universal --python-version 3.11 --no-emit-index-url \
	    --generate-hashes --upgrade --custom-compile-command "make lock" --quiet -o requirements-$$name.lock; done

clean: ## remove the environment and what tests left
	@rm -rf $(VENV) $(LITELLM) $(OLDEST) artifacts .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
