# demo · test · slow · once · screenshots · lint · format · check · bench
PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin
PORT ?= 8000
POSTGRES ?= postgres://postgres@127.0.0.1:5432
REDIS ?= redis://127.0.0.1:6379
WORKERS ?= 2
FOLDER ?= var/screens
export PYTHONPATH := $(CURDIR):$(CURDIR)/site
export PORT
# What every process needs is compiled by one of them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test test-sqlite test-scaled slow once screenshots lint format translations check bench

install: $(VENV)/.installed

$(VENV)/.installed: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.12 demo")'
	@test -x $(RUN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing packages into $(VENV) …"
	@$(RUN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

demo: install
	@$(RUN)/python manage.py demo

# The embedded default (SQLite), then PostgreSQL with Redis where they are running.
test: test-sqlite test-scaled

test-sqlite: install
	$(RUN)/pytest -m "not slow" -n $(WORKERS)

test-scaled: install
	@DATABASE_URL="$(POSTGRES)/crm_$$$$?options=-c%20synchronous_commit%3Doff" \
	REDIS_URL="$(REDIS)/1" REDIS_PREFIX="crm-test-$$$$" \
	$(RUN)/python -m tests.scaled $(RUN)/pytest -m "not slow and not once" -n $(WORKERS)

# The drawn rules meet another world every day: CRM_WORLD_SEED gives an earlier one.
slow: export CRM_WORLD_SEED ?= $(shell date +%Y%m%d)
slow: install
	$(RUN)/pytest -m slow -n $(WORKERS)
	@DATABASE_URL="$(POSTGRES)/crm_$$$$?options=-c%20synchronous_commit%3Doff" \
	REDIS_URL="$(REDIS)/1" REDIS_PREFIX="crm-slow-$$$$" \
	$(RUN)/python -m tests.scaled $(RUN)/pytest -m "database and (slow or once)" -n $(WORKERS)

# Before a release: what `make test` asks on SQLite alone, on PostgreSQL as well.
once: install
	@DATABASE_URL="$(POSTGRES)/crm_$$$$?options=-c%20synchronous_commit%3Doff" \
	REDIS_URL="$(REDIS)/1" REDIS_PREFIX="crm-once-$$$$" \
	$(RUN)/python -m tests.scaled $(RUN)/pytest -m "once and not slow and not e2e" -n $(WORKERS)

# Every screen in both languages, and what visitors see on a phone: FOLDER/index.html.
screenshots: install
	@CRM_SCREENSHOTS="$(FOLDER)" $(RUN)/pytest -q -s tests/e2e/screenshots.py

lint: install
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/lint-imports
	$(RUN)/mypy crm_plugin

format: install
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

translations: install
	$(RUN)/python -m tests.translations

check: lint translations
	$(RUN)/python manage.py makemigrations --check --dry-run
	$(MAKE) test

bench: install
	$(RUN)/python -m benchmarks $(NAME)
