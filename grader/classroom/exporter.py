"""What nbgrader reads in place of a submitted notebook: the released one, with the student's answers in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter

from grader.classroom.rebuild import rebuild, written_answers
from grader.grading.answers import MAX_NOTEBOOK_BYTES, Answers, read_answers
from grader.grading.course import Course

PROBLEMS = "running_serverless_problems"  # in the rebuilt notebook's metadata, for the report


class RebuiltNotebookExporter(NotebookExporter):  # type: ignore[misc]  # it ships no types
    """nbgrader's exporter for autograding, which never trusts the file that it is given.

    nbgrader converts a submission twice: *sanitizing* reads the student's file, *autograding* reads what sanitizing
    wrote. Only the first is rebuilt.
    """

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> Any:
        """Rebuild a submitted notebook, or read one that was rebuilt before."""
        if not getattr(self.parent, "_sanitizing", False):
            return super().from_filename(filename, resources, **kw)
        notebook = self._rebuilt(Path(filename), resources["nbgrader"])
        resources.setdefault("metadata", {})["name"] = Path(filename).stem
        return self.from_notebook_node(notebook, resources, **kw)

    def _rebuilt(self, submitted: Path, names: Any) -> Any:
        import nbformat

        course = self.parent.coursedir
        folder = Path(course.format_path(course.release_directory, ".", names["assignment"]))
        released = nbformat.read(folder / f"{names['notebook']}.ipynb", as_version=4)
        chapter = Course.find(Path(course.root)).chapter(names["assignment"])
        answers = read_answers(submitted, chapter.exercises)
        notebook = rebuild(released, chapter, answers, self._prose(submitted, answers))
        notebook.metadata[PROBLEMS] = list(answers.problems)
        return notebook

    def _prose(self, submitted: Path, answers: Answers) -> dict[str, str]:
        if not answers.readable or submitted.stat().st_size > MAX_NOTEBOOK_BYTES:
            return {}
        return written_answers(submitted.read_bytes())
