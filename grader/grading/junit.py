"""The report as JUnit XML, which every CI system shows."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from grader.grading import wording
from grader.grading.report import CheckResult, Grades, Submission

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(grades: Grades) -> str:
    """One test suite a submission, one test case a check."""
    root = ElementTree.Element("testsuites")
    for submission in grades.submissions:
        root.append(_suite(submission))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(submission: Submission) -> ElementTree.Element:
    checks = [(report.id, check) for report in submission.exercises for check in report.checks]
    count = {outcome: sum(check.outcome == outcome for _, check in checks) for outcome in wording.MARKS}
    suite = ElementTree.Element(
        "testsuite",
        name=_clean(f"{submission.student} {submission.chapter}".strip()),
        tests=str(len(checks)),
        failures=str(count["failed"]),
        errors=str(count["grader_error"]),
        skipped=str(count["skipped"] + count["not_attempted"]),
    )
    for exercise_id, check in checks:
        suite.append(_case(exercise_id, check))
    if submission.problems:
        ElementTree.SubElement(suite, "system-err").text = _clean("\n".join(submission.problems))
    return suite


def _case(exercise_id: str, check: CheckResult) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=exercise_id, name=_clean(f"{check.name}: {check.title}"))
    text = _clean("\n".join(f"{label}: {words}" for label, words in wording.details(check)))
    match check.outcome:
        case "failed":
            ElementTree.SubElement(case, "failure", message=_clean(check.found)[:200]).text = text
        case "grader_error":
            ElementTree.SubElement(case, "error", message=_clean(check.because)[:200]).text = text
        case "skipped" | "not_attempted":
            reason = f"after: {check.because}" if check.because else wording.NAMES[check.outcome]
            ElementTree.SubElement(case, "skipped", message=_clean(reason))
    return case


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
