# Everything there is to do here, one word each; `make` alone lists it.

VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test test-engines check format golden screens schemas reference catalogue bench prove mutants pins clean

help:  ## List these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements/dev.txt pyproject.toml scripts/venv
	@scripts/venv $(VENV)
	@touch $@

demo: $(READY)  ## Plan, apply and apply again the example campaigns on the sandbox.
	@PATH="$(abspath $(BIN)):$$PATH" scripts/demo

test: $(READY)  ## Run all tests.
	@scripts/system-packages
	@$(BIN)/python -m pytest -n auto

test-engines: $(READY)  ## Run the tests against ClickHouse's engine and a Spark, which takes Java.
	@scripts/test-engines $(VENV)

check: $(READY)  ## Format, lint, types and layers; changes nothing.
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY)  ## Format the code and fix what ruff can.
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

schemas: $(READY)  ## Rewrite the JSON Schemas after a change of the models.
	@$(BIN)/python scripts/schemas

reference: $(READY)  ## Rewrite docs/commands.md after a change of a command, and carry the pages of rules along.
	@mkdir -p build
	@$(BIN)/python scripts/reference > build/commands.md && mv build/commands.md docs/commands.md
	@cp docs/rules*.md docs/policies*.md pushspec/api/pages/

golden: $(READY)  ## Rewrite the golden files; review their diff like code.
	@$(BIN)/python -m pytest -n auto --golden

screens: $(READY)  ## Draw the pictures in docs/screens anew; look at them.
	@$(BIN)/python -m pytest -n 0 -q tests/plan/test_golden_plans.py -k in_colour --golden
	@$(BIN)/python -m pytest -n 0 -q tests/test_screens.py --golden
	@scripts/system-packages chromium-driver
	@$(BIN)/python scripts/screens

catalogue: $(READY)  ## Bring the Chinese catalogue to what the source says.
	@$(BIN)/python scripts/catalogue

bench: $(READY)  ## Measure how quick pushspec is, as ratios to what could not be quicker.
	@$(BIN)/python -m benchmarks.help
	@$(BIN)/python -m benchmarks.plan
	@$(BIN)/python -m benchmarks.pace
	@$(BIN)/python -m benchmarks.audience
	@$(BIN)/python -m benchmarks.parts
	@$(BIN)/python -m benchmarks.people
	@$(BIN)/python -m benchmarks.callbacks
	@$(BIN)/python -m benchmarks.sandbox_throughput
	@$(BIN)/python -m benchmarks.sandbox_million

prove: $(READY)  ## Play 140,000 generated histories and kill real processes at each step; takes long, and resumes.
	@cd tests && $(abspath $(BIN))/python -m simulation.prove --keep ../.prove

mutants: $(READY)  ## Change the code that decides, a little at a time, and list what no test minds; takes long.
	@cd tests && $(abspath $(BIN))/python -m simulation.mutate

pins:  ## Choose newest versions of all tools and write requirements/dev.txt.
	@scripts/pins

clean:  ## Remove what the other words made.
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pushspec
