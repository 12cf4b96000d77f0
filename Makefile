# `make demo` shows Evenhand at work; `make test` is the gate that every change passes.
PYTHON ?= $(shell sh scripts/find-python.sh)
PORT ?= 8000
BIN = .venv/bin
LONG = tests/browser/test_conditions.py tests/browser/test_ads_at_length.py tests/browser/test_ad_controls.py
PROPERTIES = tests/test_insertion_properties.py tests/test_security.py tests/test_option_injection.py tests/test_ordinary.py
# Files side by side; each file's servers serve its tests alone.
SIDE_BY_SIDE = -n auto --maxprocesses 4 --dist loadfile
JS_TESTS = $(wildcard tests/js/*.js tests/js/*.mjs)

# Every target that is named in plain letters is a task, and no file.
.PHONY: $(shell sed -n 's/^\([a-z][a-z -]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

# Serve the demo on http://127.0.0.1:$(PORT)/; READERS=n fills it with n invented readers.
demo: .venv/.installed
	$(BIN)/evenhand demo --port $(PORT) $(if $(READERS),--readers $(READERS))

# Set up what is missing, run every check, and list what passed and what was skipped.
test:
	@MAKE="$(MAKE)" sh scripts/gate.sh

# The style of the Python code.
lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The types of the Python code, as two checkers see them.
types: mypy pyright

mypy: .venv/.dev
	$(BIN)/mypy

pyright: .venv/.dev node_modules/.ready
	node_modules/.bin/pyright --pythonpath $(BIN)/python

# The types, the syntax and the tests of the browser scripts.
js: node_modules/.ready
	node_modules/.bin/tsc -p tsconfig.json
	node_modules/.bin/tsc -p tests/browser/tsconfig.json
	for script in static/js/*.js templates/preview/page.js tests/browser/*.mjs tests/browser/ad_tags/*.js; do node --check "$$script" || exit 1; done
	$(if $(JS_TESTS),node --test $(JS_TESTS))

# The servers that the Python tests start themselves.
test-servers:
	@sh scripts/setup-server.sh postgresql prometheus nginx

# All Python tests but those that drive a browser.
test-python: .venv/.dev test-servers
	$(BIN)/pytest -m "not browser" $(SIDE_BY_SIDE)

# Real browsers, clean and with a real blocker.
test-browser: .venv/.dev
	@sh scripts/setup-browsers.sh
	$(BIN)/pytest -m browser $(LONG:%=--ignore %)

# Some 400 awkward conditions without a blocker, and the rarer ones of pages with ads, in real
# browsers: too long for the gate.
test-conditions: .venv/.dev node_modules/.ready
	@sh scripts/setup-browsers.sh
	$(BIN)/pytest -m browser $(LONG)

# The sdist, and the wheel made from it.
build: .venv/.dev
	rm -rf dist
	$(BIN)/python -m build --quiet

# The tests once more against the built wheel: `middleware/` isn't on the path here.
test-wheel: build .wheel-venv/bin/python
	$(BIN)/python scripts/check_dist.py
	.wheel-venv/bin/pip install --quiet --upgrade 'pip>=25.1'
	.wheel-venv/bin/pip install --quiet --group dev "$$(ls dist/*.whl)[cli]"
	.wheel-venv/bin/pip install --quiet --force-reinstall --no-deps dist/*.whl
	.wheel-venv/bin/python -c 'import evenhand, sys; assert evenhand.__file__.startswith(sys.prefix), evenhand.__file__'
	.wheel-venv/bin/pytest -p no:cacheprovider -m "not browser and not server and not checkout"

# All that stands between this checkout and a release: version and changelog agree, and the wheel
# has what it should and runs the README's example in a clean environment.
release-check: build
	$(BIN)/python scripts/check_dist.py
	$(BIN)/twine check --strict dist/*
	$(BIN)/python scripts/try_wheel.py
	$(BIN)/python scripts/check_release.py

# What a page view costs on the wire: the README's figures.
sizes: .venv/.dev
	@$(BIN)/python scripts/sizes.py

# The closed sets of words, as ARCHITECTURE.md lists them.
closed-sets: .venv/.dev
	$(BIN)/python scripts/closed_sets.py

# The catalogues: our words taken out of the source, each language brought up to date and compiled. NEW=sv adds one.
languages: .venv/.dev
	$(BIN)/python scripts/languages.py $(NEW)

# The rules, alerts and dashboards of deploy/, from operations/.
deploy-files: .venv/.dev
	$(BIN)/python -m operations

# Six kinds of trouble with real processes: in each exactly the right alert fires, and the dashboard
# names the cause. 4 minutes.
drill: .venv/.dev test-servers
	$(BIN)/python -m tests.drill

# The documents as a site, in build/docs; every link within it is followed.
docs: .venv/.dev
	$(BIN)/sphinx-build -EqW --keep-going docs build/docs
	$(BIN)/python scripts/check_site.py build/docs

# The commands that docs/commands.md describes.
command-docs: .venv/.dev
	$(BIN)/python scripts/command_docs.py

# The outputs that docs/report.md shows.
report-docs: .venv/.dev
	$(BIN)/python scripts/report_docs.py

# The findings and the outputs that docs/doctor.md shows.
doctor-docs: .venv/.dev
	@sh scripts/setup-server.sh nginx
	$(BIN)/python -m tests.doctor.docs

# The findings and the output that docs/lint.md shows.
lint-docs: .venv/.dev
	$(BIN)/python -m tests.lint.docs

# The table of cases that verdict.js is held to.
verdict-cases: .venv/.dev
	$(BIN)/python scripts/verdict_cases.py

# The pictures in docs/, taken from the real thing in real browsers.
pictures: .venv/.dev node_modules/.ready
	$(BIN)/python -m tests.browser.pictures

# The notice in every language, on one sheet in docs/; KEEP=DIR keeps the single pictures.
pictures-languages: .venv/.dev node_modules/.ready
	$(BIN)/python -m tests.browser.pictures_languages $(KEEP)

# What insertion costs, ours and others, in one run; the quick one takes a minute. SAVE=FILE.
bench bench-quick: .venv/.bench
	$(BIN)/python -m benchmarks.insertion $(if $(filter bench-quick,$@),--quick) $(if $(SAVE),--save $(SAVE))

# Whom detectors recognise and whom they accuse, ours and others; QUICK=1 for a glance, SAVE=FILE.
bench-detect: .venv/.dev node_modules/.ready benchmarks/detect/node_modules/.ready
	@sh scripts/setup-browsers.sh
	$(BIN)/python -m benchmarks.detect $(if $(QUICK),--quick) $(if $(SAVE),--save $(SAVE))

# What counting, reporting and keeping cost, in the process and in each store; QUICK=1, ROUTES=1 for two of the parts, SAVE=FILE.
bench-record: .venv/.dev
	@sh scripts/setup-server.sh postgresql
	$(BIN)/python -m benchmarks.record $(if $(QUICK),--quick) $(if $(ROUTES),--routes) $(if $(SAVE),--save $(SAVE))

# How long `evenhand report` takes on a year of one site and of 100, in each store; SAVE=FILE.
bench-report: .venv/.dev
	@sh scripts/setup-server.sh postgresql
	$(BIN)/python -m benchmarks.report $(if $(SAVE),--save $(SAVE))

# Clean page loads in real browsers: how many are called blocked? N=3000; more over night.
soak-detect: .venv/.dev node_modules/.ready
	@sh scripts/setup-browsers.sh
	$(BIN)/python -m benchmarks.soak_detect $(N)

# Do the intervals hold the truth? 10,000 simulated sites for each condition; SITES=, SAVE=FILE.
study-estimates: .venv/.dev
	$(BIN)/python -m benchmarks.study_estimates $(if $(SITES),--sites $(SITES)) $(if $(SAVE),--save $(SAVE))

# The highest load that this machine holds for ten minutes, honest and hostile, on loopback; QUICK=1, PAGES=1 for
# the comparison of pages alone, SAVE=FILE.
load: .venv/.dev
	$(BIN)/python -m benchmarks.load $(if $(QUICK),--quick) $(if $(PAGES),--pages) $(if $(SAVE),--save $(SAVE))

# How far can strangers move the published rate, with and without limits? SAVE=FILE; some minutes.
study-poisoning: .venv/.dev
	$(BIN)/python -m benchmarks.study_poisoning $(if $(SAVE),--save $(SAVE))
# A million inputs each for the walk, the response and the report's decoder; 100,000 for the routes
# of a real server and for the property tests. RUNS=, EXAMPLES= change that; some four hours in all.
fuzz: fuzz-walk fuzz-page fuzz-report fuzz-routes fuzz-properties

fuzz-walk fuzz-page fuzz-report: .venv/.fuzz
	$(BIN)/python -m tests.fuzz $(@:fuzz-%=%) $(or $(RUNS),1000000)

fuzz-routes: .venv/.fuzz
	$(BIN)/python -m tests.fuzz.routes $(or $(EXAMPLES),100000)

fuzz-properties: .venv/.dev
	EVENHAND_EXAMPLES=$(or $(EXAMPLES),25000) $(BIN)/pytest -q $(PROPERTIES)

# Can the tests of the pure modules fail? SECONDS= cuts it short; the next run goes on from there.
mutation: .venv/.fuzz
	$(BIN)/python scripts/mutation.py $(SECONDS)

# What the tests run of the package and of the scripts, at least 98 % of each. TESTS= adds some.
coverage: .venv/.fuzz node_modules/.ready
	@sh scripts/coverage.sh $(TESTS)

# Known weaknesses in what we depend on. Says so where a registry can't be asked.
audit: .venv/.audit
	$(BIN)/python scripts/audit.py

# May experiments be looked at every day? 4,000 simulated ones for each line; RUNS=, SAVE=FILE.
study-experiments: .venv/.dev
	$(BIN)/python -m benchmarks.study_experiments $(if $(RUNS),--runs $(RUNS)) $(if $(SAVE),--save $(SAVE))

# Everything that the targets above have made.
clean:
	rm -rf .venv .wheel-venv node_modules benchmarks/detect/node_modules build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find middleware tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python .wheel-venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed; PYTHON=… names one" >&2; exit 1; }
	$(PYTHON) -m venv $(@:/bin/python=)

.venv/.installed: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --editable '.[cli]'
	@touch $@

.venv/.dev: .venv/.installed
	$(BIN)/pip install --quiet --group dev
	@touch $@

.venv/.bench .venv/.fuzz .venv/.audit: .venv/.dev
	$(BIN)/pip install --quiet --group $(@:.venv/.%=%)
	@touch $@

node_modules/.ready: package-lock.json
	npm ci --loglevel=error
	@touch $@

benchmarks/detect/node_modules/.ready: benchmarks/detect/package-lock.json
	npm ci --loglevel=error --ignore-scripts --prefix benchmarks/detect
	@touch $@
