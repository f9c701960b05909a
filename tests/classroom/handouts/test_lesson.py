"""A lesson's code on paper: read, never run."""

from __future__ import annotations

from grader.classroom.handouts.document import Listing, Question, Room
from grader.classroom.handouts.lesson import LONGEST_FILE, code_blocks, shortened

RECALL = 'recall("1.r1", "Who scales?", ["You", "Lambda"], answer=1, because="It is its job.")'


def test_a_recall_question_tells_its_answer_to_the_trainer_alone() -> None:
    assert list(code_blocks(RECALL, {}, "learner")) == [Question("recall", "Who scales?", ("You", "Lambda"))]
    assert list(code_blocks(RECALL, {}, "instructor")) == [
        Question("recall", "Who scales?", ("You", "Lambda"), 1, "It is its job.")
    ]


def test_an_answer_may_be_given_by_its_text() -> None:
    source = RECALL.replace("answer=1", 'answer="You"')

    assert list(code_blocks(source, {}, "instructor")) == [
        Question("recall", "Who scales?", ("You", "Lambda"), 0, "It is its job.")
    ]


def test_a_prediction_is_a_question_and_its_outcome_a_line_for_learners() -> None:
    assert list(code_blocks('predict("1.p1", "How many?", ["1", "2"])', {}, "learner")) == [
        Question("predict", "How many?", ("1", "2"))
    ]
    assert list(code_blocks('compare("1.p1", str(found))', {}, "learner")) == [Room("What happened?", 1)]
    assert list(code_blocks('compare("1.p1", str(found))', {}, "instructor")) == []


def test_code_that_ends_in_a_comparison_is_printed_with_its_line() -> None:
    source = 'found = 1\ncompare("1.p1", found)\n'

    assert list(code_blocks(source, {}, "learner")) == [
        Listing('found = 1\ncompare("1.p1", found)', "python"),
        Room("What happened?", 1),
    ]


def test_a_question_that_is_computed_stays_code() -> None:
    source = 'predict("1.p1", question, choices)'

    assert list(code_blocks(source, {}, "learner")) == [Listing(source, "python")]


def test_show_files_prints_the_files_with_the_template_first_and_leaves_out_what_is_no_text() -> None:
    files = {"demo/app.py": b"x = 1\n", "demo/template.yaml": b"Resources: {}\n", "demo/photo.jpg": b"\xff\xd8"}

    assert list(code_blocks('show_files("demo")', files, "learner")) == [
        Listing("Resources: {}", "yaml", "demo/template.yaml"),
        Listing("x = 1", "python", "demo/app.py"),
    ]


def test_an_explorer_leaves_its_place_to_its_picture() -> None:
    assert list(code_blocks("price_explorer()", {}, "learner")) == []


def test_code_with_a_magic_is_printed_as_it_is() -> None:
    assert list(code_blocks("%pip list", {}, "learner")) == [Listing("%pip list", "python")]


def test_a_file_of_many_pages_is_cut() -> None:
    text = "\n".join(map(str, range(LONGEST_FILE + 5)))

    assert shortened(text).splitlines()[-1] == "… and 5 lines more"
