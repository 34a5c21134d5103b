# `make demo` shows everything, `make test` checks it; both bring what they need.
.PHONY: help setup demo test test-current soak nbgrader notebooks bench growth gpu lint format clean
.DEFAULT_GOAL := help

ENV_INPUTS := requirements.txt requirements-dev.txt pyproject.toml scripts/make_env.sh

help:
	@echo "make demo          run every task on built-in data -> outputs/index.html"
	@echo "make setup         only the environment, .venv"
	@echo "make test          the test suite on the reference runtime (TensorFlow 1.15, Python 3.7)"
	@echo "make test-current  the test suite on the newest TensorFlow 2"
	@echo "make soak          try to break it: hours of signals, limits and long runs, on both"
	@echo "make notebooks     run every notebook again, on both"
	@echo "make nbgrader      grade the exported notebooks with nbgrader itself"
	@echo "make bench         time everything beside PyTorch -> benchmarks/RESULTS.md (20 minutes)"
	@echo "make growth        how time and memory grow with size -> benchmarks/GROWTH.md (under 90 minutes)"
	@echo "make gpu           everything that only a CUDA card can show -> benchmarks/GPU.md"
	@echo "make lint          check format and style;  make format  fixes them"
	@echo "make clean         remove the environments and outputs (not pretrained/)"

.venv/.done: $(ENV_INPUTS)
	@sh scripts/make_env.sh reference .venv

.venv-current/.done: $(ENV_INPUTS)
	@sh scripts/make_env.sh current .venv-current

.venv-bench/.done: $(ENV_INPUTS)
	@sh scripts/make_env.sh bench .venv-bench

.venv-gpu/.done: $(ENV_INPUTS)
	@sh scripts/make_env.sh gpu .venv-gpu

.venv-gpu-torch/.done: $(ENV_INPUTS)
	@sh scripts/make_env.sh gpu-torch .venv-gpu-torch

.venv-nbgrader/.done: $(ENV_INPUTS)
	@sh scripts/make_env.sh nbgrader .venv-nbgrader

setup: .venv/.done

demo: .venv/.done
	@.venv/bin/python -m tf_cs231n demo --out outputs

# A worker for each of two cores; WORKERS=0 runs in one process.
WORKERS ?= 2
PYTEST := -m pytest -n $(WORKERS) --dist loadfile

test: .venv/.done
	.venv/bin/python $(PYTEST)

test-current: .venv-current/.done
	.venv-current/bin/python $(PYTEST)

PROOFS := tests/assignment/test_second_solutions.py tests/assignment/test_mistakes.py tests/training tests/commands/test_shares.py

soak: .venv/.done .venv-current/.done
	SOAK=1 .venv/bin/python -m pytest tests/reliability $(PROOFS) --timeout 14400
	SOAK=1 .venv-current/bin/python -m pytest tests/reliability $(PROOFS) --timeout 14400

nbgrader: .venv-nbgrader/.done
	sh scripts/try_nbgrader.sh .venv-nbgrader

lint: .venv-current/.done
	.venv-current/bin/ruff check .
	.venv-current/bin/ruff format --check .

format: .venv-current/.done
	.venv-current/bin/ruff check --fix .
	.venv-current/bin/ruff format .

clean:
	rm -rf .venv .venv-current .venv-bench .venv-gpu .venv-gpu-torch .venv-nbgrader .tools outputs build dist *.egg-info

# NOTEBOOKS=notebooks/5_norms.ipynb takes one; all five take seven to nine minutes on each.
NOTEBOOKS = notebooks
notebooks: .venv/.done .venv-current/.done
	.venv/bin/python -m pytest --nbmake --nbmake-timeout=900 $(NOTEBOOKS)
	.venv-current/bin/python -m pytest --nbmake --nbmake-timeout=900 $(NOTEBOOKS)

bench: .venv/.done .venv-current/.done .venv-bench/.done
	.venv-bench/bin/python benchmarks/bench.py

# GROWTH=style measures the curves that have the word in their name, and keeps the others.
GROWTH =
growth: .venv/.done .venv-current/.done .venv-bench/.done
	.venv-bench/bin/python benchmarks/growth.py $(GROWTH)

gpu: .venv-gpu/.done .venv-gpu-torch/.done
	.venv-gpu/bin/python benchmarks/gpu.py
