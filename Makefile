# Two commands do all the set-up, each alone, on a fresh clone: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test types quick-tests test-long test-slow test-oldest test-frameworks lint docs site notebooks bench clean

demo: $(VENV)/installed
	$(BIN)/bridle compare moons

test: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory -j 2 types quick-tests

types: $(VENV)/installed-test
	$(BIN)/mypy

quick-tests: $(VENV)/installed-test
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow and not long"

# whole commands and further cases of what quicker tests cover; `.ci/run` runs them after `make test`
test-long: $(VENV)/installed-test
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "long and not slow"

# simulations of error rates, kills at every step, soaks, and the README's sample: before a release, and after a change of what they test
test-slow: $(VENV)/installed-test
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m slow

# with the oldest releases of what Bridle needs; `make test PYTHON=python3.13 VENV=.venv-3.13` tries a newer Python
test-oldest:
	$(PYTHON) -m venv .venv-oldest
	sed -n '/^dependencies/,/^]/s/.*"\(.*\)>=\(.*\)".*/\1==\2/p' pyproject.toml > .venv-oldest/constraints.txt
	.venv-oldest/bin/pip install --quiet --disable-pip-version-check -c .venv-oldest/constraints.txt -e '.[test]'
	.venv-oldest/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow" -W default

# what is skipped without PyTorch and Keras: 50 steps of every method, names on cards, recipes
test-frameworks: $(VENV)/installed-test $(VENV)/installed-bench
	$(BIN)/pytest -m "not slow" tests/frameworks tests/methods/test_elsewhere.py tests/recipes

lint: $(VENV)/installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/installed-docs
	$(BIN)/python -m docs.api
	$(BIN)/python -m docs.commands
	$(BIN)/python -m docs.methods
	$(BIN)/python -m docs.which

# the documentation as a site, build/site/index.html; a warning is an error
site: $(VENV)/installed-docs
	$(BIN)/zensical build --clean --strict
	rm -f build/site/*.py

notebooks: $(VENV)/installed-docs
	$(BIN)/python -m notebooks

bench: $(VENV)/installed-bench
	$(BIN)/python -m benchmarks

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Bridle needs Python 3.11 or later; set PYTHON=…" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/installed-test: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@ $(VENV)/installed

$(VENV)/installed-docs: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[docs]'
	touch $@ $(VENV)/installed

$(VENV)/installed-bench: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) .venv-oldest build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
