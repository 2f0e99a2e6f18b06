# Two commands do everything on a fresh machine: `make run` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test verify lint format clean lock install install-dev install-bench

# A study, and what to make of it: make run STUDY=my.yaml TARGET=ranking; both may be left out.
STUDY ?=
TARGET ?=
# Passed on: make run ARGS="-n", make test ARGS="tests/market".
ARGS ?=
ASKED = --cores all $(TARGET) $(if $(STUDY),--configfile $(STUDY)) $(ARGS)
PYTHON ?= python3
# The build of torch: cpu, or a CUDA build such as cu130. Default: cu130 where a GPU is seen.
TORCH ?= $(shell command -v nvidia-smi >/dev/null 2>&1 && echo cu130 || echo cpu)
BIN := .venv/bin
EXTRAS := dev yahoo bench

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: install ## install if needed, run everything that is not up to date, say where the results are
	@$(BIN)/python workflow/check_config.py $(ASKED)
	@$(BIN)/snakemake $(ASKED)
	@[ -f results/manifest.json ] || $(BIN)/python workflow/close_results.py
	@[ -n "$(TARGET)" ] || [ -f results/report.html ] || $(BIN)/python workflow/write_report.py results/config.yaml results/evaluation/summary.html
	@[ -n "$(TARGET)" ] || $(BIN)/python workflow/show_results.py

test: install-dev ## install if needed, run the quick tests
	@$(BIN)/pytest $(ARGS)

verify: install ## check the results: hashes, accounts replayed from ledgers and bars, every figure shown
	@$(BIN)/python -m walkforge.verify $(or $(ARGS),results)

lint: install-dev ## formatting, style, types and workflow checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/snakefmt --check Snakefile workflow/rules
	@$(BIN)/snakemake --lint

format: install-dev ## rewrite the code in the project's format
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .
	@$(BIN)/snakefmt Snakefile workflow/rules

clean: ## remove results (trial and hold-out records stay) and Snakemake's memory of them
	@envs/clean.sh

install: .venv/installed-$(TORCH)
install-dev: .venv/installed-$(TORCH)-dev
install-bench: .venv/installed-$(TORCH)-bench ## what benchmarks/ compares with

.venv/installed-$(TORCH): requirements.lock pyproject.toml
	@envs/install.sh $(PYTHON) "$(TORCH)" requirements.lock
	@rm -f .venv/installed-*
	@touch $@

.venv/installed-$(TORCH)-%: requirements/%.lock .venv/installed-$(TORCH)
	@envs/install.sh $(PYTHON) "$(TORCH)" $<
	@touch $@

lock: ## resolve the locks anew (needs uv)
	uv pip compile pyproject.toml $(LOCK) -o requirements.lock
	for extra in $(EXTRAS); do uv pip compile pyproject.toml $(LOCK) --extra $$extra -c requirements.lock -o requirements/$$extra.lock; done
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-package torch --no-header --no-annotate
