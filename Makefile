# Every command calls `setup` first; repeating one is quick and harmless.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
MANAGE := $(RUN) manage.py
NAME ?= generation

.DEFAULT_GOAL := help
.PHONY: help setup demo run test lint assets bench evaluate browser-test crash-test starter clean

help: ## List these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.installed assets ## Make .venv, install the pinned packages, build the front end

$(VENV)/.installed: requirements/web.txt requirements/full.txt requirements/dev.txt
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@$(RUN) -c 'import sys; sys.exit("Python 3.11 or newer is needed.") if sys.version_info < (3, 11) else None'
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@

assets: $(VENV)/.installed ## Build the front end and the translations
	@$(RUN) -m marketing_platform.assets
	@$(MANAGE) messages --compile

demo: setup ## Two workspaces, the main job end to end, then the site stays up (ONCE=1: ends)
	@$(MANAGE) demo $(if $(ONCE),--once)

run: setup ## Start the platform on the data that is there
	@$(MANAGE) platform

test: setup ## Run every test against PostgreSQL and Redis that it starts itself
	$(RUN) -m pytest $(ARGS)

lint: setup ## Check style, types, layers, templates and migrations
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	$(VENV)/bin/mypy
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) check --fail-level WARNING

bench: setup ## Measure one path: make bench NAME=import
	@$(MANAGE) bench $(NAME) $(ARGS)

evaluate: setup ## Measure quality: make evaluate NAME=copy
	@$(MANAGE) evaluate $(NAME) $(ARGS)

browser-test: setup ## Walk through the pages in a real browser
	$(RUN) -m pytest tests/browser -m browser $(ARGS)

crash-test: setup ## Kill workers while they send, and count what arrives
	@$(MANAGE) crash_test $(ARGS)

starter: setup ## Train the starter model from its corpus
	$(RUN) -m inference.starter.train $(ARGS)

clean: ## Delete what was built, and the demo's data
	rm -rf $(VENV) node_modules static/dist var
