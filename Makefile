.DEFAULT_GOAL := help
PYTHON ?= python3
# What Python has compiled is kept: the tests start many processes, and each would compile all packages again.
unexport PYTHONDONTWRITEBYTECODE
UV := .venv/bin/uv
RUN := $(UV) run --locked
PYTEST := $(RUN) pytest --numprocesses=auto --dist=worksteal
ANSWERS ?=

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-17s %s\n", $$1, $$2 }' Makefile

# The virtual environment and the packages for people who only want to generate need nothing but Python.
.venv/ready: pyproject.toml uv.lock
	@echo "Setting up .venv" >&2
	@$(PYTHON) -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check "$$(grep -o 'uv==[0-9.]*' pyproject.toml)"
	@$(UV) sync --quiet --locked
	@touch $@

new: .venv/ready ## ask a few questions and generate a service (ANSWERS="--defaults -d template=gin-svc" asks none)
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/python -m tools.new $(ANSWERS)

sync: .venv/ready ## write every file that is made from another one
	@$(RUN) python -m tools.sync

locks: .venv/ready ## resolve the templates' dependencies anew, for all options; TEMPLATES="gin-svc" names some
	@$(RUN) python -m tools.locks $(TEMPLATES)

lint: .venv/ready ## check our own code: format, lint, types, made files
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) mypy
	@cd contract/conformance && ../../$(RUN) --quiet mypy
	@$(RUN) python -m tools.sync --check

format: .venv/ready ## format our own code
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

test: lint ## what a change has to pass: minutes, and no server is needed (FRESH=1 runs what has passed before, too)
	@$(PYTEST) -m "not thorough and not containers"

test-all: test test-thorough test-containers ## the whole proof: needs the servers that .ci/run installs, and a Docker engine

test-thorough: .venv/ready ## what only the whole proof runs, but for the containers (PYTEST_ARGUMENTS="--splits 4 --group 1" a part)
	@$(PYTEST) -m "thorough and not containers" $(PYTEST_ARGUMENTS)

test-containers: .venv/ready ## build, start and restart the services in containers, on a Docker engine
	@CONTAINERS=required $(RUN) pytest -m containers

outages: .venv/ready ## measure what clients see while something breaks; writes docs/outages.md
	@$(RUN) python -m bench.outages

bench-generation: .venv/ready ## time the generation against a template of one file
	@$(RUN) python -m bench.generation

bench-logins: .venv/ready ## measure what logins cost the other callers, and what a stranger can time about them
	@$(RUN) python -m bench.logins

bench-reads: .venv/ready ## measure what an authenticated read costs, against the last release; needs wrk
	@$(RUN) python -m bench.reads

mutants: .venv/ready ## measure which small faults in the services the conformance suite notices; writes docs/mutants.md
	@$(RUN) python -m tests.mutants

recording: .venv/ready ## draw a real run of `make new` for the README
	@$(RUN) python -m tools.record

release: .venv/ready ## make a release of what is on this branch: VERSION=1.2.3
	@$(RUN) python -m tools.release $(VERSION)

.PHONY: help new sync locks lint format test test-all test-thorough test-containers outages bench-generation bench-logins bench-reads
.PHONY: mutants recording release
