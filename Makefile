# The two commands that matter: `make run` and `make test`. Both set up whatever is missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
CLIENTS := tests/clients
READY_CLIENTS := $(CLIENTS)/node_modules/.ready
INSTALL := $(shell command -v uv >/dev/null 2>&1 && echo "uv pip install --python $(BIN)/python" || echo "$(BIN)/python -m pip install")

.PHONY: run test check format docs bench quality clean

run: $(READY)  ## Set up, take in samples/documents, serve
	$(BIN)/yingda ingest samples/documents
	$(BIN)/yingda serve

test: $(READY_DEV)  ## Everything, with real servers and a real browser
	sh scripts/install-test-servers.sh
	$(MAKE) --no-print-directory $(READY_CLIENTS) lint
	$(BIN)/python -m pytest

check: $(READY_DEV) lint  ## Format, lint, types, floors, fast tests
	$(BIN)/python -m pytest -m "not integration and not e2e"

lint: $(READY_DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY_DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY_DEV)  ## Write the generated pages anew
	$(BIN)/python scripts/generate_docs.py

bench: $(READY_DEV)  ## Speed, side by side with a bare baseline
	$(BIN)/python -m benchmarks.perf

quality: export YINGDA_DATA ?= ../shared/data
quality: $(READY_DEV)  ## Retrieval and answers on question sets
	$(BIN)/python -m benchmarks.quality

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	$(PYTHON) scripts/check_python.py
	$(PYTHON) -m venv $(VENV)

$(READY): pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --quiet -c constraints.txt -e .
	touch $@

$(READY_DEV): pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --quiet -c constraints.txt -e ".[dev]"
	touch $@ $(READY)

$(READY_CLIENTS): $(CLIENTS)/package.json $(CLIENTS)/package-lock.json
	cd $(CLIENTS) && npm ci --no-progress
	touch $@
