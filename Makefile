# `make setup` prepares this checkout, `make demo` lets it speak, `make test` tests it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
RUN_TIME := $(VENV)/.run-time-is-set-up
DEVELOPMENT := $(VENV)/.development-is-set-up
LOCKS := requirements.lock requirements-build.lock requirements-dev.lock
PEER_WATERMARK := .venv-peer-watermark
FOLDER ?= ../shared/speech/librispeech_test_other
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"

.PHONY: help
help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: setup
setup: $(RUN_TIME) ## Prepare this checkout: system parts, .venv, requirements
	@echo "ready: $(BIN)/hub-agent say hello"

$(BIN)/python:
	@PYTHON=$(PYTHON) config/setup.sh run
	@$(PYTHON) -m venv $(VENV) || { echo "no .venv without venv – sudo apt-get install python3-venv" >&2; exit 1; }

$(RUN_TIME): requirements.lock requirements-build.lock pyproject.toml config/setup.sh | $(BIN)/python
	@PYTHON=$(PYTHON) config/setup.sh run
	$(INSTALL) --require-hashes -r requirements.lock -r requirements-build.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements-dev.lock $(RUN_TIME)
	@PYTHON=$(PYTHON) config/setup.sh test
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: demo
demo: $(RUN_TIME) ## Let it speak: a broker, an agent, an announcement over MQTT
	@$(BIN)/hub-agent demo

.PHONY: test
test: $(DEVELOPMENT) ## Run all tests, a process per core (ARGS=… goes to pytest, -n 0 for one)
	$(BIN)/python -m pytest $(ARGS)

.PHONY: test-ha
test-ha: $(DEVELOPMENT) ## Try it with real Home Assistants, which it makes first (as root; ARGS=…)
	$(BIN)/python -m tests.home_assistant.runtimes
	$(BIN)/python -m pytest -n 0 -m home_assistant tests/home_assistant $(ARGS)

.PHONY: test-ha-component
test-ha-component: $(DEVELOPMENT) ## Test Home Assistant's integration in Home Assistant's own harness (as root; ARGS=…)
	$(BIN)/python -m tests.home_assistant.component_tests $(ARGS)

.PHONY: screenshots
screenshots: $(DEVELOPMENT) ## Take the pictures in docs/ in a real Home Assistant (as root; needs chromium)
	$(BIN)/python -m tests.home_assistant.runtimes
	$(BIN)/python -m tests.home_assistant.screenshots

.PHONY: check
check: $(DEVELOPMENT) ## Check style, types, imports, spelling, the reference and the locks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/hub-agent config reference --write README.md --check
	$(BIN)/python -m pytest --quiet tests/unit/test_lock_files.py

.PHONY: bench
bench: $(DEVELOPMENT) ## Measure times to first audio, speed and memory (ARGS=…)
	$(BIN)/python -m tests.bench.run $(ARGS)

.PHONY: bench-speakers
bench-speakers: $(DEVELOPMENT) ## Measure how well speakers are told apart (ARGS="--folder …")
	$(BIN)/python -m tests.bench.speakers --folder ../shared/speech/librispeech_test_other $(ARGS)

.PHONY: bench-likeness
bench-likeness: $(DEVELOPMENT) ## Measure how like the person a fitted voice is (ARGS='--readers … --impostors …')
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.likeness $(ARGS)

.PHONY: bench-watermark
bench-watermark: $(DEVELOPMENT) ## Measure what the mark costs and survives, five minutes (FOLDER=… ARGS=…)
	missed=0; for material in "--folder $(FOLDER)" --engine; do \
		OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.watermark $$material --set quick --clips 10 $(ARGS) || missed=1; \
	done; exit $$missed

.PHONY: bench-watermark-peer
bench-watermark-peer: $(DEVELOPMENT) $(PEER_WATERMARK)/.is-set-up ## Measure our mark beside that of resemble-perth (FOLDER=… ARGS=…)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.watermark_peer --folder $(FOLDER) $(ARGS)

$(PEER_WATERMARK)/.is-set-up: tests/bench/watermark_peer_requirements.txt
	$(PYTHON) -m venv $(PEER_WATERMARK)
	$(PEER_WATERMARK)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@# torchaudio does without its compiled part, which wants CUDA's libraries.
	rm -f $(PEER_WATERMARK)/lib/python*/site-packages/torchaudio/lib/*.so
	@touch $@

.PHONY: bench-watermark-security
bench-watermark-security: $(DEVELOPMENT) ## Measure what can be done to the mark without its key
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.watermark_security --folder $(FOLDER) $(ARGS)

.PHONY: bench-family
bench-family: $(DEVELOPMENT) ## Measure the first sound of a family voice (ARGS=…)
	$(BIN)/python -m tests.bench.family $(ARGS)

.PHONY: bench-wyoming
bench-wyoming: $(DEVELOPMENT) ## Measure the first sound over Wyoming beside wyoming-piper (ARGS=…)
	$(BIN)/python -m tests.bench.wyoming $(ARGS)

.PHONY: bench-web
bench-web: $(DEVELOPMENT) ## Measure how soon speech begins to come over HTTP (ARGS=…)
	$(BIN)/python -m tests.bench.web $(ARGS)

.PHONY: bench-ha
bench-ha: $(DEVELOPMENT) ## Measure how soon speech comes out of Home Assistant, four minutes (as root; ARGS=…)
	$(BIN)/python -m tests.home_assistant.runtimes
	$(BIN)/python -m tests.home_assistant.latency $(ARGS)

.PHONY: bench-gpt-sovits
bench-gpt-sovits: $(DEVELOPMENT) ## Measure GPT-SoVITS packs, full size, ten minutes (ARGS="--torch PYTHON")
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.gpt_sovits $(ARGS)

.PHONY: soak
soak: $(DEVELOPMENT) ## Let the agent work for long and watch it (ARGS=…)
	$(BIN)/python -m tests.soak.run $(ARGS)

.PHONY: soak-wyoming
soak-wyoming: $(DEVELOPMENT) ## Serve 200 Wyoming clients at once, many of them hostile (ARGS=…)
	$(BIN)/python -m tests.soak.wyoming_clients $(ARGS)

.PHONY: soak-ha
soak-ha: $(DEVELOPMENT) ## Restart broker, Home Assistant and agent 50 times, in any order (as root; ARGS=…)
	$(BIN)/python -m tests.home_assistant.runtimes
	$(BIN)/python -m tests.home_assistant.restarts $(ARGS)

.PHONY: fuzz
fuzz: $(DEVELOPMENT) ## Send 100 000 broken inputs to the topics and to the settings (half an hour)
	$(BIN)/python -m tests.bench.fuzz_topics
	HUB_AGENT_FUZZ_EXAMPLES=100000 $(BIN)/python -m pytest --timeout 0 $(ARGS) \
		-k any_bytes_are_settings tests/property/test_settings_fuzz.py
	HUB_AGENT_FUZZ_EXAMPLES=1000 $(BIN)/python -m pytest --timeout 0 $(ARGS) \
		$$(grep -rl HUB_AGENT_FUZZ_EXAMPLES --include 'test_*.py' tests)

.PHONY: lock
lock: ## Choose versions anew and write the lock files (needs uv; ARGS=--upgrade)
	@command -v uv >/dev/null || { echo "uv is missing – pip install uv" >&2; exit 1; }
	$(COMPILE) $(ARGS) pyproject.toml -o requirements.lock
	printf '%s\n' 'hatchling>=1.27' editables | $(COMPILE) $(ARGS) -c requirements.lock - -o requirements-build.lock
	$(COMPILE) $(ARGS) -c requirements.lock -c requirements-build.lock --extra dev pyproject.toml -o requirements-dev.lock

.PHONY: clean
clean: ## Remove everything that was made here
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
