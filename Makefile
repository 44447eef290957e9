# Every target sets itself up; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := requirements-dev.lock
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# One test process more than there are processors, for now and then one waits: each further one
# takes ten seconds to get ready. WORKERS=0 runs everything in one process.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(1 + (os.cpu_count() or 1))')
# UPGRADE=--upgrade takes newer versions; without it `make lock` keeps the pinned ones.
UPGRADE ?=
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help setup test turns soak coverage lint format demo pictures run lock clean
.DELETE_ON_ERROR:

help:  ## List what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

INDEX := bot/places/places.sqlite
setup: $(STAMP) $(INDEX)  ## Install everything into .venv, at the versions and hashes of the lock.

# The installation makes the index of places too, so what that is made from counts as well.
PLACES := $(addprefix bot/places/,build.py build_hook.py folding.py gathering.py states.py)

$(STAMP): $(LOCK) pyproject.toml $(PLACES)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || { \
	  echo "Lectern needs Python 3.11 to 3.14, and \`$(PYTHON)\` is not: run \`make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3.13\`." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make a virtual environment: install its venv package (on Debian: python3-venv) and try again." >&2; exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing into $(VENV), which can take two minutes the first time."
	@$(PIP) install --quiet --require-hashes --no-deps -r $(LOCK)
	@$(PIP) install --quiet --no-build-isolation --no-deps -e .
	@$(PIP) check >/dev/null || { $(PIP) check; echo "The lock is not complete: run \`make lock\`." >&2; exit 1; }
	@touch $@

# Only where it was lost: the installation keeps it up to date.
$(INDEX): | $(STAMP)
	@$(BIN)/python -m bot.places.build

# In a new clone pytest rewrites every test file, which takes longer than to collect them, and each
# of its processes would do so for itself. Here one does, while mypy uses another processor. What
# it writes goes into the clone's own __pycache__, even where Python is told not to write any.
# mypy runs beside the tests, so that no processor waits for it, and speaks when they are over.
TYPES = $(VENV)/types.txt
PREPARE = { test -d tests/__pycache__ || $(BIN)/python -m pytest --collect-only -qq; } >/dev/null 2>&1

test: export PYTHONDONTWRITEBYTECODE =
test: setup  ## Check style and types, then run every test; rooms take turns on the two databases.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict >$(TYPES) 2>&1 & types=$$!; $(PREPARE); \
	echo "$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal"; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal; tests=$$?; \
	wait $$types; types=$$?; echo "$(BIN)/mypy --strict"; cat $(TYPES); rm -f $(TYPES); \
	exit $$((tests ? tests : types))

turns: setup  ## Run what `test` ran on one database on the other one.
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --other-turns

# LECTERN_SOAK_KILLS=100 kills less often; each of four plans takes that many, half an hour in all.
LECTERN_SOAK_KILLS ?= 1000
# Broken off, the kills go on where they were, as long as the code is the same commit's.
KILLED = $(VENV)/killed-$(shell git rev-parse --short HEAD)
soak: setup  ## Meet every fault, and kill the bot a thousand times: is a promise lost or doubled?
	@rm -f $(VENV)/soak.txt
	LECTERN_SOAK_KILLS=$(LECTERN_SOAK_KILLS) LECTERN_SOAK_REPORT=$(CURDIR)/$(VENV)/soak.txt \
	  $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests/wire
	@cat $(VENV)/soak.txt
	LECTERN_SOAK_KILLS=$(LECTERN_SOAK_KILLS) $(BIN)/python -m tests.wire.soak --progress $(KILLED); \
	  code=$$?; rm -f $(KILLED); exit $$code

# Apart from `test`: tracing nearly doubles the time of every test on Python 3.11.
coverage: setup  ## Run every test on both databases and list the lines that none of them runs.
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --both-databases --cov --cov-report=term

lint: setup  ## Check style and types only.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict

format: setup  ## Put the code into the house's form.
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

demo: setup  ## Take part in a whole round, in a browser, without a token. PORT=… chooses its port.
	@$(BIN)/lectern demo $(if $(PORT),--port $(PORT))

pictures: setup  ## Take the README's pictures anew, from the running demo in Chromium.
	LECTERN_PICTURES=docs $(BIN)/python -m pytest -q -n0 tests/demo/test_walk.py -k newcomer

run: setup  ## Run the bot on Discord: DISCORD_TOKEN=… make run.
	@test -n "$$DISCORD_TOKEN" || grep -qs '^DISCORD_TOKEN=.' .env || { \
	  echo "DISCORD_TOKEN is missing: run \`DISCORD_TOKEN=… make run\`, or write it into .env." >&2; exit 1; }
	@$(BIN)/lectern sync --if-changed && exec $(BIN)/lectern run

# The compiler of the locks lives in its own environment: it is no part of what it locks.
COMPILE = $(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-header $(UPGRADE)
BUILD_NEEDS = $(PYTHON) -c 'import tomllib; \
  print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
lock:  ## Remake the lock files; UPGRADE=--upgrade takes newer versions.
	@test -x $(VENV)-lock/bin/uv || { $(PYTHON) -m venv $(VENV)-lock && \
	  $(VENV)-lock/bin/python -m pip --disable-pip-version-check install --quiet uv==$(UV_VERSION); }
	$(COMPILE) --all-extras --no-emit-package lectern -o requirements-dev.lock pyproject.toml
	$(COMPILE) -c requirements-dev.lock -o requirements.lock pyproject.toml
	$(BUILD_NEEDS) | $(COMPILE) -c requirements-dev.lock --no-annotate -o requirements-build.lock -

clean:  ## Remove the environments and everything made by tests.
	rm -rf $(VENV) $(VENV)-lock .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*
