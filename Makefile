# Two commands: `make book` and `make test`. Each does its own set-up; the plain commands are in README.md.
PYTHON ?= python3
VENV ?= .venv
# On Linux, PyPI's torch brings gigabytes of CUDA; PyTorch's CPU index does not. `make TORCH_INDEX= ...` skips this step.
TORCH_INDEX ?= $(if $(filter Linux,$(shell uname -s)),https://download.pytorch.org/whl/cpu)
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2
export PYTHONDONTWRITEBYTECODE = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: book test lab notebooks data bench stamp wheel clean help
.DEFAULT_GOAL := help

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

book: notebooks ## build the book and say where to open it
	@$(BIN)/jupyter-book build . -W -n --keep-going --quiet || \
		{ echo "The book has warnings: mend the lines named above (file:line: WARNING: reason), then run make book again."; exit 1; }
	@$(BIN)/python -m tools.pages verify

# One thread a worker: two workers with all threads each take turns waiting for each other.
test: $(READY) ## lint, types, unit tests, doctests, layout and drift checks, and every notebook in strict mode
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS)

lab: $(READY) ## open the pages as notebooks, to run and do them
	$(BIN)/jupyter lab book/index.ipynb

notebooks: $(READY) ## bring book/*.ipynb up to date with their sources; FRESH=1 executes all
	@$(BIN)/python -m tools.pages generate $(if $(FRESH),--fresh)

data: $(READY) ## fetch MNIST, 11 MB, once: its page is executed, and more tests run
	@$(BIN)/python -c 'from cnncourse.data import mnist; mnist()'

bench: $(READY) ## run the benchmarks: ratios measured side by side, on one thread
	@for script in benchmarks/*.py; do echo "== $$script"; OMP_NUM_THREADS=1 $(BIN)/python $$script || exit 1; done

stamp: $(READY) ## write the repository's address everywhere: make stamp URL=https://github.com/OWNER/REPOSITORY
	@$(BIN)/python -m tools.pages stamp $(URL)

wheel: $(READY) ## build the package into dist/
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean: ## remove what was built, keep the virtual environment
	rm -rf _build dist

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than 3.11; install Python 3.11 or newer, or name one: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Setting up $(VENV) (a few minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@version=$$(sed -n 's/^torch==//p' requirements.txt); \
	if [ -n "$(TORCH_INDEX)" ] && ! $(BIN)/python -c "import torch; assert torch.__version__.startswith('$$version')" 2>/dev/null; then \
		$(BIN)/pip install --quiet --no-deps --retries 1 --timeout 30 --index-url $(TORCH_INDEX) torch==$$version 2>/dev/null \
		|| echo "$(TORCH_INDEX) cannot be reached: torch comes from your usual index, on Linux with CUDA (gigabytes)"; fi
	$(BIN)/pip install --progress-bar on --quiet -r requirements.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
