# Everything a day's work needs. `make help` lists it.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
T ?= tests
# A part of the tests may have none of a kind; all of them may not.
OR_NONE = $(if $(filter tests,$(T)),,|| test $$? = 5)

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.installed: requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Linli needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

.PHONY: install
install: $(VENV)/.installed ## Create .venv from the hashed lock

.PHONY: run
run: install ## Serve Linli (without configuration: the demonstration street)
	$(BIN)/linli run

.PHONY: check
check: install ## Lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: test
test: install ## The tests on SQLite, short generation budgets (T=path for a part)
	$(BIN)/pytest -n 2 -m "not postgres and not browser and not slow" $(T)

.PHONY: test-all
test-all: install ## All tests: also full generation, one update a batch, PostgreSQL, browser
	$(BIN)/pytest -n 2 -m "not postgres and not browser" $(T) $(OR_NONE)
	LINLI_TEST_BATCH_MAX=1 $(BIN)/pytest -n 2 -m "not postgres and not browser and not slow" \
	  $(if $(filter tests,$(T)),tests/handlers tests/journeys,$(T)) $(OR_NONE)
	$(BIN)/pytest -n 2 -m "postgres and not browser" $(T) $(OR_NONE)
	$(BIN)/pytest -m browser $(T) $(OR_NONE)

.PHONY: chaos
chaos: install ## Kill the server 1,000 times under load and count (KILLS=30 SEED=1)
	$(BIN)/python -m tests.chaos --kills $(or $(KILLS),1000) --seed $(or $(SEED),1)

.PHONY: mutants
mutants: install ## Would the tests notice? Change domain/ at random (SAMPLE=12 SEED=1 F=file)
	$(BIN)/python -m tests.mutants --sample $(or $(SAMPLE),12) --seed $(or $(SEED),1) $(F)

.PHONY: model
model: install ## Train the model that reads plain sentences anew
	$(BIN)/python -m bot.configuration.training_sentences

.PHONY: picture
picture: install ## Take the picture of the page for the README anew (needs a Chromium)
	$(BIN)/python -m tests.browser.picture

.PHONY: audit
audit: install ## Ask the advisory service about every dependency
	$(BIN)/python -m tests.audit

.PHONY: bench
bench: install ## Measure against the peers and the targets (T=dialogue for a part)
	$(BIN)/python -m benchmarks $(filter-out tests,$(T))

.PHONY: requirements
requirements: install ## Print the requirements with the tests that show each
	$(BIN)/python -m tests.requirements

# Locks name no index: where packages come from is said where they are installed.
COMPILE = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: lock
lock: ## Renew both locks, what an office runs and the workshop around it (needs uv)
	$(COMPILE) --group dev -o requirements-dev.lock
	$(COMPILE) --group build --constraint requirements-dev.lock -o requirements.lock
