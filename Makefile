.PHONY: test
PYTHON ?= python3

.venv/.dev: requirements/dev.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --require-hashes -r requirements/dev.txt
	touch $@

test: .venv/.dev
	.venv/bin/python -m pytest
