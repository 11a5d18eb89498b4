# make demo   install into .venv, invent a county, run its night
# make test   install, then every check and test
# make bench  figures: seconds, rows, memory, ratio to the floor
# make bench-match  the matcher and Splink side by side on an invented world (WORLD="--residents 100000 ...")
# make bench-drift  false alarms and detection of the comparison with the past, on invented feeds
# make bench-rules  every rule over a million residents and twenty million facts, against a floor
# make bench-ranking  the order of visits against plain orders, on invented worlds and counties
# make bench-silence  false alarms, and days until a frozen county or one that answers always the same is called
# make bench-yields  how near shrunk shares come to the true ones, beside raw shares and plain pooling
# make bench-casework  what a night does for 100,000 rows handed out and what came back of them, against a floor
# make bench-clusters  false alarms about crowds of warned households, and how large one must be to be called
# make bench-explain  how long it takes to say why a household is on the list
# make bench-simulate  a number tried on a night of a million residents and twenty million facts
# make databases  add the drivers for feeds that are queries against a department's database
# make bench-ingest  one file of many rows ingested and gated, against a floor (ROWS=10000000)
# make lock   resolve the lock files anew (needs uv)
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   ?= data
ROWS   ?= 1000000
PIP    := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: demo test bench bench-match bench-drift bench-ranking bench-silence bench-yields bench-casework bench-clusters bench-ingest bench-rules bench-explain bench-simulate databases lock clean

demo: $(VENV)/.runtime
	$(BIN)/fangpin demo --home $(DEMO)
	$(BIN)/fangpin night --home $(DEMO)

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/fangpin check
	$(BIN)/pytest -n 2

bench: $(VENV)/.runtime
	$(BIN)/python -m bench.night

bench-match: $(VENV)/.bench
	$(BIN)/python -m bench.match $(WORLD)

bench-drift: $(VENV)/.runtime
	$(BIN)/python -m bench.drift

bench-ranking: $(VENV)/.runtime
	$(BIN)/python -m bench.ranking

bench-silence: $(VENV)/.runtime
	$(BIN)/python -m bench.silence

bench-yields: $(VENV)/.runtime
	$(BIN)/python -m bench.yields

bench-casework: $(VENV)/.runtime
	$(BIN)/python -m bench.casework

bench-clusters: $(VENV)/.runtime
	$(BIN)/python -m bench.clusters

databases: $(VENV)/.databases

bench-ingest: $(VENV)/.runtime
	$(BIN)/python -m bench.ingest --rows $(ROWS)

bench-explain: $(VENV)/.runtime
	$(BIN)/python -m bench.explain

bench-rules: $(VENV)/.runtime
	$(BIN)/python -m bench.rules

bench-simulate: $(VENV)/.runtime
	$(BIN)/python -m bench.simulate

$(VENV)/.runtime: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --no-deps --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	touch $@

$(VENV)/.bench: requirements-bench.lock $(VENV)/.runtime
	$(PIP) install --no-deps --require-hashes -r requirements-bench.lock
	touch $@

$(VENV)/.databases: requirements-databases.lock $(VENV)/.runtime
	$(PIP) install --no-deps --require-hashes -r requirements-databases.lock
	touch $@

lock:
	echo 'setuptools>=77' | uv pip compile pyproject.toml - --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url -q -o requirements.lock
	echo 'setuptools>=77' | uv pip compile pyproject.toml - --extra dev --extra databases -c requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements-dev.lock
	echo 'setuptools>=77' | uv pip compile pyproject.toml - --extra bench -c requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements-bench.lock
	echo 'setuptools>=77' | uv pip compile pyproject.toml - --extra databases -c requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements-databases.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis *.egg-info
