# make book | test | lab | bench -- the README lists the plain commands behind each.
# The set-up runs again only when requirements.txt or pyproject.toml changed.

PYTHON  ?= python3
VENV    ?= .venv
WORKERS ?= logical
BIN     := $(VENV)/bin
READY   := $(VENV)/.ready

# One BLAS thread per process: the problems are small and the tests run in parallel.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
# Dozens of kernels and workers import the same modules: compile them once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help book test test-llm lab bench assignments slides pdf vendor clean

help:
	@echo "make book   build the website into _build/html"
	@echo "make test   run the unit tests, every notebook and the browser tests"
	@echo "make test-llm run the tests that need torch and transformers (a large download)"
	@echo "make lab    open JupyterLab on book/"
	@echo "make bench  run the benchmarks and print their table"
	@echo "make assignments  write the exercises without solutions into build/assignments"
	@echo "make slides write the lecture's slides into build/slides"
	@echo "make pdf    print the built book into build/w2s.pdf (after make book; needs Chromium)"
	@echo "make vendor fetch the vendored browser files anew (needs npm)"
	@echo "make clean  remove what was built; the environment stays"

$(READY): requirements.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -e .
	@touch $@

book: $(READY)
	$(BIN)/jupyter-book build -W -n --keep-going .
	@echo "Open file://$(CURDIR)/_build/html/index.html"

test: $(READY)
	$(BIN)/python -m pytest --nbval -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# The tests that need torch and transformers, in an environment of their own.
.venv-llm/.ready: requirements.txt requirements-llm.txt pyproject.toml
	@test -x .venv-llm/bin/python || $(PYTHON) -m venv .venv-llm
	.venv-llm/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-llm.txt -e .
	@touch $@

test-llm: .venv-llm/.ready
	W2S_REQUIRE_LLM=1 .venv-llm/bin/python -m pytest tests/library/test_language_models.py tests/library/test_sweeps.py tests/library/test_checkpoints.py

lab: $(READY)
	$(BIN)/jupyter lab book

bench: $(READY)
	$(BIN)/python -m tests.benchmarks

assignments: $(READY)
	$(BIN)/python -m tools.authoring.assignments

slides: $(READY)
	$(BIN)/python -m tools.authoring.slides

pdf: $(READY)
	$(BIN)/python -m tools.publish.make_pdf

vendor: $(READY)
	$(BIN)/python -m tools.vendor

clean:
	rm -rf _build build
