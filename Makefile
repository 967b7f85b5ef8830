# Two commands are enough: `make demo` shows what mlcli does, `make test` proves it.
# Each sets up its own environment in .venv first, from constraints.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt

# Hundreds of processes import mlcli in the tests, and pytest rewrites their files: once is enough.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test check house coverage slow simulations browser spark mutants bench scale site data clean

demo: $(VENV)/.demo
	@scripts/demo $(BIN)

test: $(VENV)/.dev check
	$(BIN)/python -m pytest -n 2

# Which branches the tests reach; twice as slow, and fails below 95 %.
coverage: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term-missing:skip-covered

check: $(VENV)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Counts of what holds the house together: importers, circles, suppressions, lines of code.
# `make house HOUSE=--all` names every place.
house: $(VENV)/.dev
	$(BIN)/python scripts/house.py $(HOUSE)

# Simulations, soak tests and fuzzing: minutes, run before an issue is called resolved.
slow: $(VENV)/.dev browser
	$(BIN)/python -m pytest -m slow --override-ini addopts="-ra --import-mode=importlib" \
		--ignore-glob='*/test_simulations_*' --ignore-glob='*_browser.py'
	$(MAKE) simulations
	$(MAKE) spark
	EXAMPLES=2000 $(BIN)/python -m pytest -q tests/property/test_blocks.py
	EXAMPLES=1000 $(BIN)/python -m pytest -q tests/unit/exports/csv/test_writing.py tests/unit/exports/csv/test_text_file.py
	EXAMPLES=300 $(BIN)/python -m pytest -q tests/property --ignore tests/property/test_blocks.py \
		tests/unit/verbs/test_show_file.py tests/unit/grammar/test_notation.py tests/unit/answering/test_domain.py \
		tests/unit/verbs/test_ask_file.py tests/unit/exports/csv/test_byte_check.py tests/unit/store/test_versions.py
	EXAMPLES=100 $(BIN)/python -m pytest -q tests/unit/tables/test_examples.py

# How often the statistics are wrong, as tables: minutes.
simulations: $(VENV)/.dev
	$(BIN)/python -m pytest -q -s -m slow --override-ini addopts="-ra --import-mode=importlib" \
		tests/slow/test_simulations_*.py

# The pages of both samples in Debian's chromium (apt-get install chromium), with axe-core, which
# looks for what keeps people out. `make browser PICTURES=1` takes the pictures of docs/pictures.
browser: $(VENV)/.dev $(VENV)/.docs $(VENV)/axe
	PICTURES=$(PICTURES) $(BIN)/python -m pytest -m slow --override-ini addopts="-ra --import-mode=importlib" \
		tests/slow/test_pages_in_a_browser.py tests/slow/test_reports_in_a_browser.py

# Tests marked `spark`, which ask Sail every day, on Apache Spark 4 with Java 17: a server of its
# own, in an environment of its own (900 MB in .venv/spark), started and stopped here.
spark: $(VENV)/.dev $(VENV)/.spark
	$(BIN)/python tests/spark_server.py $(BIN)/python -m pytest -n 0 -m spark \
		--override-ini addopts="-ra --import-mode=importlib" tests

# Faults made by a tool, one at a time: do the unit tests notice? docs/mutations.md has the figures.
# `make mutants MODULES="learning.splits definition.rules.where"` tries those modules alone.
mutants: $(VENV)/.dev
	$(BIN)/python scripts/mutants.py $(MODULES)

# mlcli beside plain scripts, on a million rows and more: an hour. docs/benchmarks.md has the figures.
# `make bench BENCH="--size 0.05 --rounds 1"` takes less, `BENCH="--only linear"` one section.
bench: $(VENV)/.dev
	$(PIP) -e '.[bench]'
	$(BIN)/python benchmarks/run.py $(BENCH)

# 20 million rows that lie, 60 million lines of CSV and a billion of Parquet: ten minutes, and 11 GB
# of the disk for as long. `make scale SCALE="--folder /data/scale --size 0.1"` takes another disk,
# and a tenth.
scale: $(VENV)/.dev
	$(BIN)/python benchmarks/run.py --only lying sixty billion --rounds 1 $(SCALE)

# The pages of docs/ as a site, in site/index.html, which asks no other host for anything.
# To search it, have it served:  python3 -m http.server -d site -b 127.0.0.1
site: $(VENV)/.docs
	$(BIN)/zensical build --clean --strict

# The sample exports, the same bytes every time.
data:
	$(PYTHON) scripts/make_sample_data.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mlcli needs Python 3.11 or newer; say which with  make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[serve]'
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.demo

$(VENV)/.docs: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[docs]'
	@touch $@

$(VENV)/.spark: $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/spark
	$(VENV)/spark/bin/python -m pip --disable-pip-version-check install --quiet 'pyspark[connect]>=4.2,<5'
	@touch $@

$(VENV)/axe: $(VENV)/bin/python
	npm install --silent --no-save --prefix $@ axe-core@4.14.1

clean:
	rm -rf $(VENV) build site .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage* mutants
