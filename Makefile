# The commands of the project; they need make and Python 3.11 or newer, and nothing else.
.POSIX:

VENV = .venv
PYTHON = $(VENV)/bin/python
ARGS =

# The rest of benchmarks/ is what these use; topic_groups needs the folder of data.
BENCHMARKS = import_csv worker rerun export engines api targets explore

.PHONY: help run test check format bench faults fuzz

help:
	@echo "make run     start the demo: web and worker on SQLite, on this machine only"
	@echo "make test    run all tests and checks; ARGS='tests/models -k hash' runs some tests"
	@echo "make check   run the linters, the type checker and Django's checks"
	@echo "make format  format the code and mend what can be mended"
	@echo "make bench   measure each workload against its limit; ARGS go to each script"
	@echo "make faults  run the fault tests at full scale on every database found; writes docs/faults.md"
	@echo "make fuzz    send 5,000 requests drawn at random and more as each token to the API; writes docs/fuzz.md"

run: $(VENV)/runtime.stamp
	@NLPADMIN_DEMO=1 exec $(PYTHON) manage.py run_demo $(ARGS)

test: $(VENV)/development.stamp
	@exec $(PYTHON) -m tests.run_suite $(ARGS)

check: $(VENV)/development.stamp
	@exec $(PYTHON) -m tests.run_suite --checks

format: $(VENV)/development.stamp
	@$(PYTHON) -m ruff check --fix --quiet . || true
	@exec $(PYTHON) -m ruff format .

bench: $(VENV)/development.stamp
	@for name in $(BENCHMARKS); do \
		echo "== $$name"; \
		NLPADMIN_DEMO=1 $(PYTHON) -m benchmarks.$$name $(ARGS) || exit 1; \
	done

faults: $(VENV)/development.stamp
	@NLPADMIN_FAULTS=full exec $(PYTHON) -m tests.run_suite tests/faults -n 0 $(ARGS)

fuzz: $(VENV)/development.stamp
	@NLPADMIN_FUZZ_CASES=5000 exec $(PYTHON) -m tests.run_suite tests/api/test_fuzz.py $(ARGS)

$(VENV)/runtime.stamp: requirements.txt
	@set -e; \
	enough='import sys; sys.exit(sys.version_info < (3, 11))'; \
	if ! $(PYTHON) -c "$$enough" 2>/dev/null; then \
		found=''; \
		for candidate in python3.11 python3 python3.12 python3.13; do \
			if $$candidate -c "$$enough" 2>/dev/null; then found=$$candidate; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "nlpadmin needs Python 3.11 or newer, and neither python3.11 nor python3 is one." >&2; exit 1; \
		fi; \
		echo "Creating $(VENV) with $$found ..."; \
		if ! $$found -m venv --clear $(VENV); then \
			rm -rf $(VENV); \
			echo "$$found cannot create virtual environments; on Debian: apt-get install python3-venv." >&2; exit 1; \
		fi; \
	fi; \
	echo "Installing what the product needs ..."; \
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements.txt; \
	touch $@

$(VENV)/development.stamp: $(VENV)/runtime.stamp requirements-dev.txt
	@echo "Installing what the tests need ..."
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
