# make demo: trains the embedded digits; make test: lint and tests; make test-long: the tests of more than 2.5 s.
# Each makes .venv if it is not there.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-long lint format clean

demo: .venv/ready
	@$(BIN)/python main.py --config=configs/dcgan_digits.py --workdir=runs/demo

test: .venv/ready-dev lint
	$(BIN)/python -m pytest -n 2 -m "not long"

test-long: .venv/ready-dev
	$(BIN)/python -m pytest -n 2 -m long

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/ready: requirements.txt constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -c constraints.txt -r requirements.txt
	touch $@

.venv/ready-dev: .venv/ready requirements-dev.txt
	$(BIN)/python -m pip install -q -c constraints.txt -r requirements-dev.txt
	touch $@

clean:
	rm -rf .venv
