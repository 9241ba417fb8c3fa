# Every target sets up what it needs: a virtual environment in .venv, made by uv (the one on PATH, else one from PyPI).
SHELL := /bin/sh
PYTHON ?= python3
ARGS ?=
UV = $(shell command -v uv 2>/dev/null || echo .venv/bin/uv)
RUN = .venv/bin/python
SETUP = .venv/.ready

.PHONY: demo test check bench soak matrix setup clean

demo: $(SETUP)
	@$(RUN) -m paceline demo $(ARGS)

test: $(SETUP)
	@$(RUN) -m pytest $(ARGS)

check: $(SETUP)
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m pyright
	@.venv/bin/lint-imports
	@$(RUN) docs/check.py

bench: $(SETUP)
	@$(UV) sync --quiet --locked --all-extras --inexact --group bench --python $(PYTHON)
	@$(RUN) -m benchmarks $(ARGS)

soak: $(SETUP)
	@$(RUN) -m benchmarks.soak $(ARGS)

matrix: $(SETUP)
	@$(RUN) benchmarks/matrix.py $(ARGS)

setup: $(SETUP)

$(SETUP): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "paceline needs Python 3.11 or newer as $(PYTHON): install the package python3.11, or: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "$(PYTHON) has no venv module: install the package python3-venv"; exit 1; }
	@command -v uv >/dev/null 2>&1 || [ -x .venv/bin/uv ] \
		|| { $(PYTHON) -m venv .venv && .venv/bin/pip install --quiet --disable-pip-version-check uv; }
	@$(UV) sync --quiet --locked --all-extras --inexact --python $(PYTHON)
	@touch $(SETUP)

clean:
	rm -rf .venv dist
