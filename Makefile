# Everything here only calls bootstrap.py, which needs Python 3.11 or newer and nothing else.
PYTHON ?= python3

.PHONY: learn test attacks bench soak verify build lint lock class site

learn: ; @$(PYTHON) bootstrap.py learn
test:  ; @$(PYTHON) bootstrap.py test $(ARGS)
attacks: ; @$(PYTHON) bootstrap.py run dev python -m tests.attacks $(ARGS)
class: ; @$(PYTHON) bootstrap.py class
bench: ; @$(PYTHON) bootstrap.py run dev python -m tests.benchmarks $(ARGS)
soak:  ; @$(PYTHON) bootstrap.py run dev python -m tests.soak $(ARGS)
verify: ; @$(PYTHON) bootstrap.py run dev python -m grader verify
build: ; @$(PYTHON) bootstrap.py run dev python -m grader build
site: ; @$(PYTHON) bootstrap.py run dev mkdocs build
lint:
	@$(PYTHON) bootstrap.py run dev ruff check .
	@$(PYTHON) bootstrap.py run dev mypy
lock:
	@$(PYTHON) bootstrap.py run dev uv pip compile --universal --python-version 3.11 --no-emit-index-url \
	    --no-header --no-annotate --extra class --extra dev --quiet pyproject.toml --output-file requirements.lock
	@$(PYTHON) bootstrap.py run dev python -m grader.lockfile
