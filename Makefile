.DEFAULT_GOAL := help
PYTHON ?= python3
UV := .venv/bin/uv
RUN := $(UV) run --locked
ANSWERS ?=

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-15s %s\n", $$1, $$2 }' Makefile

# The virtual environment and the packages for people who only want to generate need nothing but Python.
.venv/ready: pyproject.toml uv.lock
	@$(PYTHON) -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check "$$(grep -o 'uv==[0-9.]*' pyproject.toml)"
	@$(UV) sync --quiet --locked
	@touch $@

new: .venv/ready ## ask a few questions and generate a service (ANSWERS="--defaults -d template=gin-svc" asks none)
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/python tools/new.py $(ANSWERS)

sync: .venv/ready ## write every file that is made from another one
	@$(RUN) python tools/sync.py

locks: .venv/ready ## resolve the dependencies of every variant anew and merge them into the templates
	@$(RUN) python tools/merge_variants.py --template gin-svc go.mod go.sum
	@$(RUN) python tools/merge_variants.py --template flask-api uv.lock
	@$(RUN) python tools/merge_variants.py --template fastapi-svc uv.lock

lint: .venv/ready ## check our own code: format, lint, types, made files
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) mypy tools tests bench contract/mutants contract/differential/src contract/schemathesis_hooks.py
	@$(RUN) python tools/sync.py --check

format: .venv/ready ## format our own code
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

test: lint ## run the whole suite but what needs a Docker engine
	@$(RUN) pytest --numprocesses=auto --dist=worksteal -m "not containers"

test-containers: .venv/ready ## build, start and restart the services in containers, on a Docker engine
	@CONTAINERS=required $(RUN) pytest -m containers

faults: .venv/ready ## measure what clients see while something breaks; writes docs/faults.md
	@PYTHONPATH=tests $(RUN) python bench/faults.py

bench-generation: .venv/ready ## time the generation against a template of one file
	@$(RUN) python bench/generation.py

bench-logins: .venv/ready ## measure what logins cost the other callers, and what a stranger can time about them
	@PYTHONPATH=tests $(RUN) python bench/logins.py

mutants: .venv/ready ## measure which small faults in the services the conformance suite notices; writes docs/mutants.md
	@PYTHONPATH=tests $(RUN) python -m contract.mutants

recording: .venv/ready ## draw a real run of `make new` for the README
	@$(RUN) python tools/record.py

# The public workflow runs the services that the tests run.
matrix: .venv/ready
	@$(RUN) python tests/matrix.py

.PHONY: help new sync locks lint format test test-containers faults bench-generation bench-logins mutants recording matrix
