# The two commands of the README are `make demo` and `make test`; the rest are our habits.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: demo test lint docs bench kills agree learn clean

demo: $(READY)
	@$(BIN)/tinymovements demo

test: lint
	@echo "Running the tests ..."
	@$(BIN)/pytest

lint: $(READY)
	@echo "Checking style, types and imports ..."
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

docs: $(READY)
	@$(BIN)/python -m tools.docs

# All measures beside their yardsticks, into docs/performance.md. DATA=folder: on labelled texts, too. MILLION=1: a million posts.
bench: $(READY)
	@$(BIN)/python -m bench $(if $(DATA),--data $(DATA)) $(if $(MILLION),--million)

# Commands killed at random moments, far more often than in `make test`.
kills: $(READY)
	@$(BIN)/pytest tests/tinymovements/workflow/test_kills.py -s --kills $(or $(KILLS),200)

# Random archives and queries in both engines, ten times as many as in `make test`.
agree: $(READY)
	@$(BIN)/pytest tests/search/test_engines_agree_on_any.py --archives $(or $(ARCHIVES),500)

# What resolution and stages have learnt from the invented worlds, made again: the same bytes from the same worlds.
learn: $(READY)
	@$(BIN)/python -m tools.learn_initiatives
	@$(BIN)/python -m tools.learn_stages

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || { echo "Making a virtual environment in $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the program and what it needs (a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@
