"""From the instructor's notebook to the learner's, through nbgrader's own preprocessors.

This module needs nbgrader (the ``class`` packages); it is imported only when a course is built or a class is run.
`ClearAnswers` and `SetCellIds` also stand in ``nbgrader_config.py``, so that stock ``nbgrader generate_assignment``
makes the same notebook.
"""

from __future__ import annotations

import logging
from typing import Any

from nbgrader import preprocessors as stock
from traitlets import default

from grader.notebooks.cells import OURS, set_cell_ids

YOUR_ANSWER = "*YOUR ANSWER HERE: double-click, write in place of this line, then press Shift-Enter.*"


class ClearAnswers(stock.ClearSolutions):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's ClearSolutions, which would put ``raise NotImplementedError()`` into YAML.

    An answer cell becomes the starter that the exercise's own files give; everything else is nbgrader's work.
    """

    @default("text_stub")  # type: ignore[untyped-decorator]  # traitlets leaves it open
    def _text_stub_default(self) -> str:
        return YOUR_ANSWER

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Put the starter in place, or leave the cell to nbgrader."""
        ours = cell.metadata.pop(OURS, None)
        if ours is None:
            return super().preprocess_cell(cell, resources, cell_index)  # type: ignore[no-any-return]  # untyped
        cell.source = ours["starter"]
        return cell, resources


class SetCellIds(stock.NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader ships no types
    """The same cell ids at every conversion (nbgrader draws new ones)."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Set every id."""
        set_cell_ids(nb.cells)
        return nb, resources


PIPELINE = (
    stock.LockCells,
    ClearAnswers,
    stock.ClearOutput,
    stock.CheckCellMetadata,
    stock.ComputeChecksums,
    stock.ClearHiddenTests,
    stock.ClearMarkScheme,
    stock.ComputeChecksums,
    stock.CheckCellMetadata,
    SetCellIds,
)


def release(instructor: Any) -> Any:
    """The learner's notebook: answers cut, points cells locked, checksums set, no outputs.

    Parameters
    ----------
    instructor
        A notebook from `grader.notebooks.build.instructor_notebook`; it is not changed.
    """
    from copy import deepcopy

    quiet = logging.getLogger("grader.notebooks.release")
    notebook = deepcopy(instructor)
    resources: dict[str, Any] = {}
    for step in PIPELINE:
        processor = step(log=quiet)
        processor.enabled = True
        notebook, resources = processor.preprocess(notebook, resources)
    return notebook
