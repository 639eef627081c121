# What you can do here. Everything is installed into .venv; nothing else on the machine is touched, except that Debian
# packages which are missing (git, python3-venv, and for the tests chromium, postgresql, java and maven) come from apt.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
SOURCE ?=
PORT ?= 8600
ONLY ?=
MINUTES ?= 10
CORPORA ?= ../shared/corpora

BIN := .venv/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check --only-binary :all: -c requirements.lock
DEMO := build/demonstration
REPORT := build/report.html

# A bare root has no sudo, a user needs it; sudo drops the environment.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq

.PHONY: help run test faults fuzz check fix bench conformance screenshots clean

help: ## Say what can be made
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 20

# Without a terminal nobody can press Ctrl-C: then the demonstration ends by itself, on a free port.
run: .venv/run.ok ## Show the service on a simulated month, live; with SOURCE=path scan a repository or an export
	@mkdir -p build
	if [ -z '$(SOURCE)' ]; then
	  if [ -t 0 ]; then port=$(PORT); else port=0; export UNWONTED_DEMO_EXIT=1; fi
	  echo 'No SOURCE=path was given, so this is a demonstration: the whole service on a SIMULATED organisation.'
	  echo 'Starting ...'
	  exec $(BIN)/unwonted serve --demo --port $$port --data $(DEMO)
	fi
	$(BIN)/unwonted scan '$(SOURCE)'
	echo; echo "Writing the same as a page ..."
	$(BIN)/unwonted scan '$(SOURCE)' --quiet --format html --output $(REPORT)
	echo; echo "HTML report: file://$(CURDIR)/$(REPORT)"

test: .venv/dev.ok .venv/services.ok ## Run all tests
	@$(BIN)/python -m pytest -n 2 -m 'not conformance'

faults: .venv/dev.ok .venv/services.ok ## Make all parts of the service fail, sixty times on long streams, and compare: a quarter of an hour
	@$(BIN)/python -m pytest -v --all-faults tests/faults

fuzz: .venv/dev.ok build/fuzz.ok ## Feed hostile input to all that reads what others wrote, and to a running service, for MINUTES=10
	@nice -n 15 $(BIN)/python -m tests.fuzz $(MINUTES)

check: .venv/dev.ok ## Format, lint, types, import rules, architecture: about a minute
	@$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q tests/architecture

fix: .venv/dev.ok ## Format, and mend what ruff can mend
	@$(BIN)/ruff check --fix --unsafe-fixes --exit-zero -q .
	$(BIN)/ruff format .

bench: .venv/dev.ok ## Reproduce the measured claims, all or ONLY=name, into build/bench
	@$(BIN)/python -m benchmarks $(ONLY)

screenshots: .venv/dev.ok ## Take the documentation's pictures of the page, of a simulated month, into docs/images
	@fc-list | grep -q Inter || { $(APT) update; $(APT) install -y --no-install-recommends fonts-inter; }
	$(BIN)/python -m tests.service.web.screenshots docs/images

conformance: .venv/dev.ok ## Read other people's samples in CORPORA=dir
	@[ -d '$(CORPORA)' ] || { echo "There is no folder $(CORPORA): say make conformance CORPORA=dir." >&2; exit 2; }
	$(BIN)/python -m pytest -m conformance --corpora='$(CORPORA)'

clean: ## Remove what make made, the environment too
	@rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# --- what the targets above need -----------------------------------------------------------------

.ONESHELL:

# Touched last, so that a broken installation is done again.
.venv/run.ok: pyproject.toml requirements.lock
	@echo 'Installing what running needs into .venv (once; one to three minutes) ...'
	if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
	  $(PYTHON) -c 'import ensurepip' 2>/dev/null || { $(APT) update; $(APT) install -y --no-install-recommends python3-venv; }
	  $(PYTHON) -m venv --clear .venv
	fi
	$(PIP) hatchling editables
	$(PIP) --no-build-isolation -e .
	echo 'Compiling what scores events, so that no start has to (once; half a minute) ...'
	$(BIN)/python -m unwonted.warm
	touch $@

.venv/dev.ok: .venv/run.ok
	@echo 'Installing what the tests need into .venv (once; about a minute) ...'
	command -v git >/dev/null || { $(APT) update; $(APT) install -y --no-install-recommends git; }
	if ! { command -v chromium && ls /usr/lib/*/libatomic.so.1; } >/dev/null 2>&1; then
	  echo 'Installing Chromium, in which the page is tested, and the library its driver needs ...'
	  $(APT) update; $(APT) install -y --no-install-recommends chromium fonts-dejavu-core libatomic1
	fi
	$(PIP) --no-build-isolation -e '.[dev]'
	touch $@

# The fuzzers have an environment of their own: they need much that nothing else does, and other versions of it.
build/fuzz.ok: .venv/dev.ok tests/fuzz/requirements.txt
	@echo 'Installing the fuzzers into build/fuzz (once; half a minute) ...'
	mkdir -p build
	$(PYTHON) -m venv --clear build/fuzz
	build/fuzz/bin/python -m pip install -q --disable-pip-version-check --only-binary :all: -r tests/fuzz/requirements.txt
	touch $@

# The servers that the tests start for themselves; one that the environment names is used instead.
.venv/services.ok: .venv/dev.ok
	@if [ -z '$(UNWONTED_TEST_POSTGRES)' ] && ! ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1; then
	  echo 'Installing PostgreSQL, which the tests start in a temporary folder ...'
	  $(APT) update; $(APT) install -y --no-install-recommends postgresql
	fi
	if [ -z '$(UNWONTED_TEST_KAFKA)' ] && ! { command -v java && command -v mvn; } >/dev/null; then
	  echo 'Installing Java and Maven, with which the tests fetch and start Apache Kafka ...'
	  $(APT) update; $(APT) install -y --no-install-recommends default-jre-headless maven
	fi
	[ -n '$(UNWONTED_TEST_KAFKA)' ] || $(BIN)/python -m tests.services.kafka >/dev/null
	touch $@
