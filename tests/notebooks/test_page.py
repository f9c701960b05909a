"""Nothing that a learner, a file or an answer says becomes markup."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.checks.exercise import Exercise
from grader.notebooks.answering import hint_page
from grader.notebooks.overview import Links, overview_page
from grader.notebooks.page import note
from grader.notebooks.questions import Question, comparison, judged, kept_sentence, static_page
from grader.notebooks.saved_notebook import Disagreement, disagreement_page
from grader.notebooks.sources import files_page
from grader.notebooks.standing import ChapterState, ExerciseState, Standing

EVIL = "<script>alert('x')</script>\"><img src=x onerror=y>"
EXERCISE = Exercise("9.1", EVIL, "9_1_x", ("app.py",), 5, (EVIL, EVIL, EVIL), ())


def pages(folder: Path) -> dict[str, str]:
    (folder / "evil.py").write_text(f"# {EVIL}\nx = '''{EVIL}'''\n")
    (folder / "evil.unknown").write_text(EVIL)
    question = Question("k", EVIL, (EVIL, "b"), 0, EVIL)
    state = ChapterState("ch09_x", 9, EVIL, 10, (ExerciseState("9.1", EVIL, 5, "tried", EVIL),))
    return {
        "note": note(EVIL, [EVIL]).body,
        "files": files_page([folder / "evil.py", folder / "evil.unknown"]).body,
        "question": static_page(question, "").body,
        "judged": judged(question, 0),
        "kept": kept_sentence(EVIL),
        "comparison": comparison(EVIL, EVIL).body,
        "hints": hint_page(EXERCISE, 2).body,
        "disagreement": disagreement_page(EXERCISE, [Disagreement(EVIL, EVIL, "", True)]).body,
        "overview": overview_page(Standing((state,)), Links(Path("work"), Path("work"))).body,
    }


@pytest.mark.parametrize(
    "name", ["note", "files", "question", "judged", "kept", "comparison", "hints", "disagreement", "overview"]
)
def test_foreign_text_is_escaped(name: str, tmp_path: Path) -> None:
    body = pages(tmp_path)[name]
    assert "<script" not in body and "<img" not in body
    assert "&lt;" in body


def test_files_are_shown_with_numbers_and_the_template_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from grader.notebooks.sources import files_of

    monkeypatch.chdir(tmp_path)
    folder = Path("demo")
    folder.mkdir()
    (folder / "app.py").write_text("a = 1\nb = 2\n")
    (folder / "template.yaml").write_text("Resources: {}\n")
    page = files_page(files_of(folder))
    assert page.text == "── demo/template.yaml\n   1  Resources: {}\n\n── demo/app.py\n   1  a = 1\n   2  b = 2"
    assert ">1\n2</pre>" in page.body
