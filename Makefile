# `make run` opens the queue, `make test` checks everything. Both set up what they need.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# One more than there are cores: many tests wait for a process or a server.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PO     := $(wildcard locale/*/LC_MESSAGES/*.po)

.NOTPARALLEL:
.PHONY: run test setup servers lint check bench lock messages clean help

run: $(READY)  ## Open the queue; demo data where there is no config
	@$(BIN)/trastienda

test: setup servers lint check  ## Set up, servers included, and check everything

setup: $(READY)  ## Set up .venv

$(READY): requirements.txt pyproject.toml $(wildcard hatch_build.py) $(PO) scripts/setup.sh
	@PYTHON="$(PYTHON)" sh scripts/setup.sh $(VENV)
	@touch $@

servers: $(READY)  ## Install the servers that tests run against (what cannot be is said, and skipped)
	@sh scripts/servers.sh dovecot-imapd postgresql chromium
	@sh scripts/prism.sh $(VENV)/prism
	@sh scripts/pyserver.sh $(VENV)/synapse matrix-synapse==1.163.2
	@sh scripts/pyserver.sh $(VENV)/radicale radicale==3.9.0

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: $(READY)
	$(BIN)/pytest -n $(WORKERS)

bench: $(READY)  ## Measure what docs/benchmarks.md claims, beside the peers
	@sh scripts/servers.sh dovecot-imapd isync notmuch neomutt aerc taskwarrior
	$(BIN)/python -m benchmarks

lock: $(READY)  ## Lock requirements.txt anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	  --python-version 3.11 --extra dev --output-file requirements.txt pyproject.toml

messages: $(READY)  ## Bring the catalogues up to the code
	$(BIN)/python scripts/messages.py

clean:  ## Remove what was built; config and database stay where they are
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f locale/*/LC_MESSAGES/*.mo

help:
	@sed -n 's/^\([a-z]*\):.*##/\1:/p' Makefile
