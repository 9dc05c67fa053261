# Everything runs in .venv, made from the hashed requirements. `make help` lists the targets.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
UV := $(shell test -x $(BIN)/uv && echo $(BIN)/uv || echo uv)
INSTALL := $(PYTHON) requirements/install.py
PARALLEL := --numprocesses logical --dist worksteal
# Tests that share a running installation stay together, and those that wait for processes are spread (tests/tiers.py): four at a time keep two cores busy.
GROUPED := --numprocesses 4 --dist loadgroup --no-loadscope-reorder --hypothesis-profile=deep
# What people read. The check of phrases names what it forbids; migrations are history.
TEXTS := '*.md' '*.py' 'templates/*' Makefile ':!static' ':!*/migrations/*' ':!docs/phrases.py' ':!docs/subjects.py' ':!tests/architecture/test_phrases.py'
LOCK := --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --quiet

# Dozens of processes load the same code, in tests hundreds: each would compile it again, two seconds long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: run demo test test-deep test-all coverage coverage-protocol check format messages sql pictures bench lock clean help

run: .venv/.base ## Start Control Hub: PostgreSQL, web server, worker, scheduler
	@exec $(BIN)/python -m controlhub.launch

demo: .venv/.base ## Start Control Hub unless it is running, and provision 200 fictional people; FORWARD=30 moves the clock by 30 days
	@exec $(BIN)/python -m directory.demo $(FORWARD)

test: .venv/.dev ## Run the fast tier of the tests, on all cores
	@$(BIN)/python -m pytest $(PARALLEL) -m "not deep"

test-deep: .venv/.dev ## Run the deep tier: browsers, real processes, other people's software, many examples
	@$(BIN)/python -m pytest $(GROUPED) -m "deep or hypothesis"

test-all: .venv/.dev ## Run both tiers at once, as CI does
	@$(BIN)/python -m pytest $(GROUPED)

coverage: .venv/.dev ## Run the fast tier and measure coverage: protocol and actions 100%, the whole 95%
	@$(BIN)/python -m pytest $(PARALLEL) -m "not deep" --cov --cov-report=
	@$(BIN)/coverage report --skip-covered --show-missing --include='scim/protocol/*,controlhub/actions/*' --fail-under=100
	@$(BIN)/coverage report --skip-covered --fail-under=95

coverage-protocol: .venv/.dev ## Run the tests of scim/protocol, which must cover every line and branch of it
	@$(BIN)/python -m pytest $(PARALLEL) tests/scim/protocol --cov=scim.protocol --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

check: .venv/.dev ## Check style, format, templates, types, layers, migrations and the generated tables
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry controlhub scim audit directory
	$(BIN)/deptry tests bench docs --exclude none --ignore DEP002,DEP004
	SECRET_KEY=check DATABASE_URL=postgres://nowhere/none $(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	$(BIN)/python docs/tables.py --check
	$(BIN)/python docs/phrases.py $$(git ls-files $(TEXTS))
	$(BIN)/codespell $$(git ls-files $(TEXTS))
	$(BIN)/python locale/catalogue.py --check

format: .venv/.dev ## Format code and templates, and write the generated tables
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	-$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html')
	$(BIN)/python docs/tables.py

sql: .venv/.dev ## Write the SQL of each kind of request to tests/sql/*.sql
	@$(BIN)/python -m tests.sql

messages: .venv/.dev ## Update the message catalogs in locale/
	@$(BIN)/python locale/catalogue.py

pictures: .venv/.dev ## Take the screenshots in docs/ of a Control Hub with fictional people; NAMES="users group" takes only these
	@$(BIN)/python -m docs.pictures $(NAMES)

bench: .venv/.dev ## Measure the SCIM API against a database of 20,000 users
	@$(BIN)/python -m bench

lock: .venv/.dev ## Pin the dependencies of pyproject.toml in requirements/*.txt; `make lock UPGRADE=--upgrade` updates every pin
	$(UV) pip compile $(LOCK) $(UPGRADE) pyproject.toml -o requirements/base.txt
	$(UV) pip compile $(LOCK) $(UPGRADE) --group dev pyproject.toml -o requirements/dev.txt
	$(UV) pip compile $(LOCK) $(UPGRADE) --group installer -o requirements/uv.txt

clean: ## Remove the virtual environment and caches; var/ with all data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 19

.venv/.base: requirements/base.txt | find-python
	@$(INSTALL) $<
	@touch $@

.venv/.dev: requirements/dev.txt | find-python
	@$(INSTALL) $<
	@touch $@ .venv/.base

.PHONY: find-python
find-python:
	@test -n "$(PYTHON)" || { echo "Control Hub needs Python 3.11 or newer. Install it, or set PYTHON to its path." >&2; exit 1; }
