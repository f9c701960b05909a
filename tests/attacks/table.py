"""The tables in ``docs/attacks.md``, from the attempts and from what came of them (``python -m tests.attacks``)."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from tests.attacks import matrix
from tests.attacks.attempts import CLASS_OF, NEVER_LAID_DOWN, NOSY, PRETENDING, ROOT, WORTHLESS

PAGE = ROOT / "docs" / "attacks.md"
CLASSES = (
    "Ends the program", "Kills or replaces its process", "Never ends", "Multiplies", "Eats memory and depth",
    "Eats disk and handles", "Floods what it says", "Prints a report of its own", "Writes results files",
    "Writes where the grader listens", "Hands back what runs when it is read", "Brings modules and plugins along",
    "Patches the language", "Hands back objects that lie", "Behaves only while it is watched",
    "Reads files that are not its own", "Searches its own process", "Draws the secret out of messages",
    "Sends and fetches", "Knows the answer by heart", "Replaces AWS by a fake", "Controls the local AWS",
    "Says that it has worked", "Tricks with templates", "Has something installed", "Hostile archives",
    "Links in a submission", "Notebooks that were tampered with", "Magics and shell lines",
    "HTML and scripts for a teacher",
    "Formulas in a table of grades", "Speaks to a language model", "Hands in as somebody else", "Attacks the kernel",
    "Leaves something for the next one", "Starves the others",
)  # fmt: skip
# Attempts that are tests of their own: the class, and the tests by file.
TESTS: Mapping[int, Mapping[str, tuple[str, ...]]] = {
    18: {"tests/classroom/test_class.py": ("test_feedback_does_not_say_what_hidden_checks_expected",),
         "tests/grading/test_renderings.py": ("test_hidden_checks_say_little_to_a_learner",)},
    26: {"tests/classroom/test_collecting.py": (
        "test_a_hostile_name_is_refused_and_the_others_are_taken",
        "test_links_bombs_and_damaged_entries_are_refused", "test_what_is_no_download_is_said")},
    27: {"tests/classroom/test_intake.py": ("test_links_go_and_what_they_point_to_stays", "test_pipes_go"),
         "tests/classroom/test_class.py": ("test_a_link_in_a_submission_brings_nothing_along",)},
    28: {"tests/classroom/test_class.py": (
        "test_tampering_changes_no_score", "test_nobody_stops_the_class",
        "test_an_autograded_notebook_holds_nothing_of_the_students_but_the_answers")},
    29: {"tests/attacks/test_attacks.py": ("test_magics_and_shell_lines_of_a_notebook_are_never_run",)},
    30: {"tests/classroom/test_class.py": ("test_feedback_holds_the_report_and_nothing_that_could_run",),
         "tests/grading/test_renderings.py": ("test_html_is_balanced_and_nothing_of_an_answer_becomes_a_tag",)},
    31: {"tests/grading/test_renderings.py": ("test_csv_has_no_formulas",),
         "tests/classroom/test_class_report.py": ("test_the_tables_hold_no_formula",)},
    33: {"tests/attacks/test_attacks.py": ("test_nobody_hands_in_as_somebody_else",),
         "tests/classroom/test_collecting.py": ("test_canvas_download_is_taken_apart_by_the_class_list",)},
    35: {"tests/attacks/test_attacks.py": ("test_modules_that_an_answer_makes_at_run_time_stay_its_own",)},
    36: {"tests/attacks/test_attacks.py": ("test_the_answer_that_works_has_all_points_after_all_of_them",),
         "tests/grading/test_client.py": ("test_an_exercise_whose_checks_hang_does_not_stop_the_others",)},
}  # fmt: skip
COLUMNS = {"undeserved": "undeserved points", "effects": "host effects", "stopped": "stopped classes"}
HEAD = """# Attacks that are tried

Made by `python -m tests.attacks`; do not edit. Each attempt is a test that runs the attack for real. It must earn
no point that its behaviour does not deserve, read and change nothing outside, stop nobody, and be explained to the
teacher. After all of them the same warm process gives the right answer all of its points.

What each machine withstands depends on its isolation: `grader doctor` says the level. The tests try everything at the
level of the machine that they run on, with hidden checks. `make attacks` tries the attempts that run code or deploy a
template at every level at which a class is graded, as root and as an ordinary user; after each of them the answer that
works is judged, which shows whether the class goes on. The last time, with the attempts as they are now:
"""


def attempts_by_class() -> dict[int, list[str]]:
    """The names of all attempts by their class."""
    found: dict[int, list[str]] = {number: [] for number in range(1, len(CLASSES) + 1)}
    for name in (*WORTHLESS, *NOSY):
        found[CLASS_OF[name]].append(name.replace("_", " "))
    for name, (number, _, _) in PRETENDING.items():
        found[number].append(name.replace("_", " "))
    for name, number in NEVER_LAID_DOWN.items():
        found[number].append(f"`{name}`")
    for number, files in TESTS.items():
        found[number] += [name.removeprefix("test_").replace("_", " ") for names in files.values() for name in names]
    return found


def missing_tests() -> list[str]:
    """Tests that the table names and that are not there."""
    return [
        f"{file}::{name}"
        for files in TESTS.values()
        for file, names in files.items()
        for name in names
        if name not in _functions(ROOT / file)
    ]


def page() -> str:
    """The whole page."""
    found = attempts_by_class()
    count = sum(map(len, found.values()))
    rows = [f"| {number} | {CLASSES[number - 1]} | {', '.join(names)} |" for number, names in found.items()]
    total = f"{count} attempts of {len(CLASSES)} classes."
    return "\n".join([HEAD, *_outcomes(), "", total, "", "| | What it does | Attempts |", "|---|---|---|", *rows, ""])


def write() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")


def _outcomes() -> list[str]:
    """What came of the attempts, by level and user."""
    rows = [
        f"| {cell.level} | {'root' if cell.user == 'root' else 'ordinary user'} | {cell.attempts} | "
        + " | ".join(str(cell.count(what)) for what in COLUMNS)
        + " |"
        for cell in matrix.read()[1]
    ]
    return [f"| level | as | attempts | {' | '.join(COLUMNS.values())} |", "|---|---|---|---|---|---|", *rows]


def _functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


if __name__ == "__main__":
    write()
