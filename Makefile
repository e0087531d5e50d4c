# The two commands of the README are `make demo` and `make test`; the rest are our habits.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: demo test lint docs bench models clean

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

# The measures of bench/ on labelled data (docs/privacy.md and docs/search.md tell which): make bench DATA=folder
bench: $(READY)
	@$(BIN)/python -m bench.gate $(DATA)
	@$(BIN)/python -m bench.search $(DATA)/omastadi/proposals.csv

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || { echo "Making a virtual environment in $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the program and what it needs (a minute or two) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --constraint constraints.txt --editable '.[dev]'
	@touch $@
