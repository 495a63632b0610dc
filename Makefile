# demo · test · slow · lint · format · check · bench
PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin
export PYTHONPATH := .:site

.PHONY: demo test slow lint format check bench install

install: $(VENV)/.installed

$(VENV)/.installed: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.12 demo")'
	test -x $(RUN)/python || $(PYTHON) -m venv $(VENV)
	$(RUN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

demo: install
	$(RUN)/python manage.py demo

test: install
	$(RUN)/pytest -m "not slow"

slow: install
	$(RUN)/pytest -m slow

lint: install
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/lint-imports
	$(RUN)/mypy crm_plugin

format: install
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

check: lint
	$(RUN)/python manage.py makemigrations --check --dry-run
	$(MAKE) test

bench: install
	$(RUN)/python -m benchmarks $(NAME)
