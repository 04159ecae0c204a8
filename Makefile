# make book | test | lint | lab | bench -- the README lists the plain commands behind each.
# The set-up runs again only when the lock or pyproject.toml changed.

PYTHON  ?= python3
# locked: the versions of requirements-lock.txt. newest, lowest: those that pyproject.toml still
# admits, each in an environment of its own (make test VERSIONS=lowest).
VERSIONS ?= locked
VENV    ?= .venv$(if $(filter-out locked,$(VERSIONS)),-$(VERSIONS))
WORKERS ?= logical
BIN     := $(VENV)/bin
READY   := $(VENV)/.ready
LOCK    := $(if $(filter locked,$(VERSIONS)),$(wildcard requirements-lock.txt))
PIP     := -m pip install --quiet --disable-pip-version-check

# One BLAS thread per process: the problems are small and the tests run in parallel.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
# Dozens of kernels and workers import the same modules: compile them once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help book lite test test-engines test-llm test-grade test-alone test-lite lint lint-style lint-types lint-layers lint-spelling dist lock lab bench claims chapter assignments grade quizzes slides instructor cheatsheet pdf vendor clean

help:
	@echo "make book   build the website into _build/html (SOLUTIONS=no: without solutions, into build/closed; LITE=yes: with Python in the browser)"
	@echo "make lite   add Python in the browser to the website (PYODIDE=folder or archive: the release to take)"
	@echo "make test   run the unit tests, every notebook and the browser tests"
	@echo "make lint   check style, types, rules of imports, spelling and JavaScript"
	@echo "make test-grade  run the tests of grading, in an environment with nbgrader"
	@echo "make test-alone  run every notebook as it is downloaded, in an empty folder, with the site's wheel"
	@echo "make test-lite   run every notebook in Python for the browser, and that site in Chromium (NOTEBOOKS=no)"
	@echo "make test-engines run the explorers in Chromium, Firefox and WebKit"
	@echo "make test-llm run the tests that need torch and transformers (a large download)"
	@echo "make lint-js, make test-js  check and test the JavaScript alone (npm; node >= 18)"
	@echo "make lab    open JupyterLab on book/"
	@echo "make bench  run the benchmarks; fails where a bound is not kept (BENCH='--slack 2' on a slow machine)"
	@echo "make claims run what the book says from random numbers with five other seeds (CLAIMS='--only checkpoints')"
	@echo "make chapter NAME=... TITLE=\"...\"  start a chapter that works, in every list of the house"
	@echo "make assignments  write the exercises without solutions, as a course folder, into build/assignments"
	@echo "make grade SUBMISSIONS=folder  grade a class's notebooks in that course folder (GRADE='--seconds 60 --memory 4')"
	@echo "make quizzes export the quizzes (Moodle XML, GIFT, QTI for Canvas) into build/quizzes"
	@echo "make slides write the lecture's slides into build/slides"
	@echo "make instructor  write the speaker's script and the expected answers into build/instructor"
	@echo "make cheatsheet  print the two pages of formulas and pictures into build/cheat_sheet.pdf"
	@echo "make pdf    print the book into build/w2s.pdf (SOLUTIONS=no, API=yes, ADDRESS=https://...; needs Chromium)"
	@echo "make dist   build and check what would be published, in dist/"
	@echo "make lock   write requirements-lock.txt anew (UPGRADE=--upgrade takes the newest versions)"
	@echo "make vendor fetch the vendored browser files anew (needs npm)"
	@echo "make clean  remove what was built; the environment stays"

# Stops where the environment is not one of the Python that was asked for, and says what to do.
ASKED := $(if $(filter-out file default,$(origin PYTHON)),--asked)
.PHONY: python python-llm python-grade python-lite
python:
	@$(PYTHON) tools/upkeep/environment.py $(VENV) $(ASKED)
python-llm:
	@$(PYTHON) tools/upkeep/environment.py .venv-llm $(ASKED)
python-grade:
	@$(PYTHON) tools/upkeep/environment.py .venv-grade $(ASKED)
python-lite:
	@$(PYTHON) tools/upkeep/environment.py .venv-lite $(ASKED)

$(READY): pyproject.toml $(LOCK) | python
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
ifneq ($(LOCK),)
	$(BIN)/python $(PIP) --no-deps --require-hashes -r $(LOCK)
	$(BIN)/python $(PIP) --no-deps --no-build-isolation -e .
else ifeq ($(VERSIONS),lowest)
	$(BIN)/python $(PIP) uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --resolution lowest-direct -e '.[book,test,dev]'
else
	$(BIN)/python $(PIP) --upgrade --upgrade-strategy eager -e '.[book,test,dev]'
endif
	@touch $@

# Universal: one file for every Python and system that pyproject.toml names. No address stands in it.
lock: $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command 'make lock' \
		--extra book --extra test --extra dev $(UPGRADE) -o requirements-lock.txt pyproject.toml

# SOLUTIONS=no: the closed edition, in build/closed.
SOLUTIONS ?= yes
ifeq ($(filter yes no,$(SOLUTIONS)),)
$(error SOLUTIONS is yes or no, not "$(SOLUTIONS)")
endif

# LITE=yes: with Python in the browser (PYODIDE=folder or archive: the release that is served).
LITE ?= no
ifeq ($(filter yes no,$(LITE)),)
$(error LITE is yes or no, not "$(LITE)")
endif
FROM := $(if $(PYODIDE),--pyodide "$(PYODIDE)")

book: $(READY) $(if $(filter yes,$(LITE)),.venv-lite/.ready)
ifeq ($(SOLUTIONS),no)
	$(BIN)/python -m tools.publish.closed $(if $(filter yes,$(LITE)),--lite $(FROM))
else
	$(BIN)/jupyter-book build -W -n --keep-going .
ifeq ($(LITE),yes)
	$(BIN)/python -m tools.lite.build $(FROM)
else
	@test ! -e _build/html/lite || $(BIN)/python -m tools.lite.pages
endif
	@echo "Open file://$(CURDIR)/_build/html/index.html"
endif

# JupyterLite, in an environment of its own: one tested pair of its kernel and of Pyodide.
.venv-lite/.ready: requirements-lite.txt | python-lite
	@test -x .venv-lite/bin/python || $(PYTHON) -m venv .venv-lite
	.venv-lite/bin/python $(PIP) --no-deps --require-hashes -r requirements-lite.txt
	@touch $@

lite: $(READY) .venv-lite/.ready
	@test -e _build/html/index.html || $(MAKE) book
	$(BIN)/python -m tools.lite.build $(FROM)

test: $(READY)
	$(BIN)/python -m pytest --nbval -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# The explorers in Chromium, Firefox and WebKit; ends with a table, which build/engines.md keeps.
test-engines: $(READY)
	W2S_ENGINES=1 $(BIN)/python -m pytest -m engines -n $(WORKERS) --dist loadgroup tests/site

# The tests that need torch and transformers, in an environment of their own.
.venv-llm/.ready: requirements-llm.txt pyproject.toml | python-llm
	@test -x .venv-llm/bin/python || $(PYTHON) -m venv .venv-llm
	.venv-llm/bin/python $(PIP) -r requirements-llm.txt
	@touch $@

test-llm: .venv-llm/.ready
	W2S_REQUIRE_LLM=1 .venv-llm/bin/python -m pytest -m llm -n $(WORKERS) tests/library

# nbgrader, in an environment of its own (requirements-grade.txt says why).
.venv-grade/.ready: requirements-grade.txt pyproject.toml | python-grade
	@test -x .venv-grade/bin/python || $(PYTHON) -m venv .venv-grade
	.venv-grade/bin/python $(PIP) --upgrade pip
	.venv-grade/bin/python $(PIP) -r requirements-grade.txt
	@touch $@

test-grade: .venv-grade/.ready
	W2S_REQUIRE_GRADE=1 .venv-grade/bin/python -m pytest -m grade tests/grading

# Builds the site, then minutes; make test runs the first cells only.
test-alone: $(READY)
	W2S_ALONE=1 $(BIN)/python -m pytest -n $(WORKERS) tests/site/test_site_alone.py

# Every notebook in Node, then Chromium; NOTEBOOKS=no leaves out the first, which takes most of the time.
test-lite: lite
	W2S_LITE=1 W2S_LITE_NOTEBOOKS=$(NOTEBOOKS) W2S_SITE="$(CURDIR)/_build/html" \
		$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup tests/site/test_site_lite.py tests/site/test_lite_notebooks.py

# What a program can tell without running the code; npm is needed for the JavaScript. .pre-commit-config.yaml has the same targets.
lint: lint-style lint-types lint-layers lint-spelling lint-js

lint-style: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-types: $(READY)
	$(BIN)/mypy

lint-layers: $(READY)
	$(BIN)/python -m tools.upkeep.layers
	$(BIN)/python -m tools.architecture --check

lint-spelling: $(READY)
	$(BIN)/codespell

# What would be published, in dist/.
dist: $(READY)
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/twine check --strict dist/*

# The JavaScript: needs npm for the linter and the type checker, node >= 18 for the unit tests.
.PHONY: lint-js test-js
node_modules/.package-lock.json: package.json package-lock.json
	npm ci --silent --no-audit --no-fund
	@touch $@

lint-js: node_modules/.package-lock.json
	npm run --silent lint

test-js: $(READY)
	W2S_REQUIRE_BROWSER=1 $(BIN)/python -m pytest tests/explorer/test_javascript.py

lab: $(READY)
	$(BIN)/jupyter lab book

bench: $(READY)
	$(BIN)/python -m tests.benchmarks $(BENCH)

# Minutes; make test checks that its table is complete and that no claim in it failed.
claims: $(READY)
	$(BIN)/python -m tools.ledger.claims $(CLAIMS)

# PART="..." is the part of _toc.yml that the chapter ends; by default the last one.
chapter: $(READY)
	$(BIN)/python -m tools.authoring.chapter "$(NAME)" "$(TITLE)" $(if $(PART),--part "$(PART)")

assignments: $(READY)
	$(BIN)/python -m tools.authoring.assignments

grade: .venv-grade/.ready
	@test -n "$(SUBMISSIONS)" || { echo "Name the folder: make grade SUBMISSIONS=folder"; exit 2; }
	.venv-grade/bin/python -m tools.grading.grade "$(SUBMISSIONS)" $(GRADE)

quizzes: $(READY)
	$(BIN)/python -m tools.publish.quizzes

slides: $(READY)
	$(BIN)/python -m tools.authoring.slides

instructor: $(READY)
	$(BIN)/python -m tools.authoring.instructor

cheatsheet: $(READY)
	@test -e _build/html/index.html || $(MAKE) book
	$(BIN)/python -m tools.publish.make_pdf build/cheat_sheet.pdf --only book/cheat_sheet

# The book is built first if there is none. API=yes prints the reference too.
PDF := $(if $(filter yes,$(API)),--api) $(if $(ADDRESS),--address "$(ADDRESS)")
pdf: $(READY)
ifeq ($(SOLUTIONS),no)
	@test -e build/closed/source/_build/html/index.html || $(MAKE) book
	$(BIN)/python -m tools.publish.make_pdf build/w2s-closed.pdf --site build/closed/source/_build/html $(PDF)
else
	@test -e _build/html/index.html || $(MAKE) book
	$(BIN)/python -m tools.publish.make_pdf $(PDF)
endif

vendor: $(READY)
	$(BIN)/python -m tools.vendor

clean:
	rm -rf _build build dist
