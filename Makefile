# `make demo` and `make test` need python3 >= 3.11 and a package registry, nothing else.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: env demo test lint docs notebooks clean

env: .venv/installed

# The stamp comes last: an interrupted installation is taken up again.
.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "irjax needs Python 3.11 to 3.13; name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: env
	@rm -rf runs/demo
	@echo "These spectra are computed (GFN2-xTB, harmonic), not measured; the demo shows the way, not the accuracy."
	$(BIN)/irjax demo-data data/demo
	$(BIN)/python train.py --config configs/demo.py --data data/demo --run runs/demo
	$(BIN)/irjax evaluate runs/demo --data data/demo
	$(BIN)/irjax baseline runs/demo --data data/demo
	$(BIN)/irjax predict data/demo/examples/computed-acetone.csv data/demo/examples/computed-ethanol.csv --run runs/demo
	@echo "The network that ships was trained on measured spectra; acetone drawn from the frequencies of its bands:"
	$(BIN)/irjax explain data/demo/examples/drawn-acetone.csv

# Files side by side, in the order that conftest gives, a file's tests one after the other: they share what is costly to
# make. One more worker than there are cores, as tests of killed and waiting processes leave theirs idle in
# part, but four at most: each holds jax and what it compiled.
WORKERS := $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) < 4 ? $$(getconf _NPROCESSORS_ONLN) + 1 : 4 )))
test: env lint docs
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

# The site, in site/; a warning, such as a link that leads nowhere, is an error.
docs: env
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --doctree-dir build/doctrees docs site

# What they show, renewed.
notebooks: env
	$(BIN)/python scripts/run_notebooks.py

clean:
	rm -rf .venv data/demo runs/demo site build/doctrees
