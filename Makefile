# Needs Python 3.11 or later, and make. `make test` wants Java 17 and Maven too, for a real Apache Kafka; what else it
# wants it gets by itself on Debian, as root (tests/servers/install.sh), or says how to.

PYTHON ?= python3
VENV ?= .venv
UV ?= uv
ARGS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
FAST := tests/unit tests/property
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: help demo test nightly check bench bench-check bench-scaling bench-detection bench-history bench-producing bench-verdicts lock clean

help: ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

demo: $(VENV)/.demo ## Show Tocsin at work, with servers of its own
	$(BIN)/tocsin demo $(ARGS)

test: $(VENV)/.dev ## Run every test, against real servers too
	@tests/servers/install.sh
ifneq ($(ARGS),)
	$(BIN)/python -m pytest $(ARGS)
else # those that talk to servers mostly wait, so two wait at once; the others have the processor, and yield it
	@others=$$(mktemp); trap 'rm -f $$others' EXIT; \
	nice $(BIN)/python -m pytest -q -n auto --dist loadfile -m "not servers and not nightly" >$$others 2>&1 & pid=$$!; \
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --durations=10 -m "servers and not nightly"; status=$$?; \
	echo "Without servers, beside these:"; wait $$pid || status=$$?; cat $$others; exit $$status
endif

nightly: $(VENV)/.dev ## Run the tests that take long: minutes of silence, millions of inputs
	@tests/servers/install.sh
	$(BIN)/python -m pytest -m nightly $(ARGS)
	$(BIN)/python -m pytest -q -n auto --hypothesis-profile=nightly tests/property

check: $(VENV)/.dev ## Check style, types, imports and the fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not kafka and not redis and not nightly" $(FAST) $(ARGS)

bench: $(VENV)/.dev $(VENV)-peers/.peers ## Measure what a post costs, beside others of the trade; and how the scenarios are told
	PYTHONPATH=tests:bench $(BIN)/python -m bench.peers --peers $(VENV)-peers/bin/python $(ARGS)
	PYTHONPATH=tests $(BIN)/python bench/verdicts.py

bench-check: $(VENV)/.dev $(VENV)-peers/.peers ## Compare what a post costs with bench/kept.json, by ratios
	PYTHONPATH=tests:bench $(BIN)/python -m bench.peers --peers $(VENV)-peers/bin/python --check $(ARGS)

bench-scaling: $(VENV)/.dev $(VENV)-peers/.peers ## Measure by partitions, by workers and by series
	PYTHONPATH=tests:bench $(BIN)/python -m bench.peers.scaling --peers $(VENV)-peers/bin/python $(ARGS)

bench-detection: $(VENV)/.dev ## Measure false alarms and delays of the detector and its rivals
	$(BIN)/python -m bench.detection $(ARGS)

bench-history: $(VENV)/.dev ## Measure what it takes to put five days into Prometheus
	PYTHONPATH=tests $(BIN)/python bench/history.py

bench-producing: $(VENV)/.dev ## Measure what it costs to make posts and to write them, by codec
	PYTHONPATH=.:tests $(BIN)/python bench/producing.py $(ARGS)

bench-verdicts: $(VENV)/.dev ## Measure how exactly, and how soon, the scenarios' events are told
	PYTHONPATH=tests $(BIN)/python bench/verdicts.py $(ARGS)

# dev.lock holds everything, so the other two take their versions from it. UPGRADE=--upgrade renews them all.
lock: ## Write the lock files anew from pyproject.toml (needs uv)
	$(COMPILE) pyproject.toml requirements/build.in --extra dev -o requirements/dev.lock
	$(COMPILE) pyproject.toml requirements/build.in --extra demo -c requirements/dev.lock -o requirements/demo.lock
	$(COMPILE) pyproject.toml requirements/build.in -c requirements/dev.lock -o requirements/run.lock
	$(COMPILE) bench/requirements-peers.in -o bench/requirements-peers.lock

clean: ## Remove what was made here
	rm -rf $(VENV) $(VENV)-peers dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Tocsin needs Python 3.11 or later: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Wheels alone: nothing is compiled here, and no foreign setup.py runs. The project builds with the locked backend.
$(VENV)/.%: requirements/%.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --only-binary :all: -r $<
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# Others of the trade want other versions than Faust does of what both stand on, so they live beside, for bench alone.
$(VENV)-peers/.peers: bench/requirements-peers.lock | $(BIN)/python
	$(PYTHON) -m venv $(VENV)-peers
	$(VENV)-peers/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all: -r $<
	@touch $@
