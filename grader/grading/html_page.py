"""The report as HTML, for a notebook's cell and for feedback: escaped, self-contained, readable without colour."""

from __future__ import annotations

from html import escape

from grader.checks.exercise import Exercise
from grader.grading import wording
from grader.grading.report import CheckResult, ExerciseReport

LONG = 300
STYLE = """
.rs-report{--rs-good:#0a6b2d;--rs-bad:#b3261e;--rs-wait:#6b5300;--rs-ours:#7a1fa2;--rs-quiet:#57606a;--rs-line:#d0d7de;
--rs-back:#f6f8fa;border:1px solid var(--rs-line);border-left:4px solid var(--rs-mark);border-radius:6px;padding:.6em 1em;
margin:.3em 0;max-width:60em;font-family:system-ui,sans-serif;line-height:1.45}
@media (prefers-color-scheme:dark){body:not([data-jp-theme-light="true"]) .rs-report{--rs-good:#56d364;--rs-bad:#ff8a80;
--rs-wait:#e3b341;--rs-ours:#d2a8ff;--rs-quiet:#9da7b3;--rs-line:#3d444d;--rs-back:#1c2128}}
[data-jp-theme-light="false"] .rs-report{--rs-good:#56d364;--rs-bad:#ff8a80;--rs-wait:#e3b341;--rs-ours:#d2a8ff;
--rs-quiet:#9da7b3;--rs-line:#3d444d;--rs-back:#1c2128}
.rs-passed{--rs-mark:var(--rs-good)}.rs-failed{--rs-mark:var(--rs-bad)}.rs-grader_error{--rs-mark:var(--rs-ours)}
.rs-not_attempted,.rs-skipped{--rs-mark:var(--rs-wait)}
.rs-report p.rs-head{margin:.1em 0 .4em;font-size:1.05em;font-weight:600}.rs-report .rs-head small,.rs-report .rs-points{color:var(--rs-quiet);
font-weight:normal;float:right}
.rs-report ul{list-style:none;margin:0;padding:0}.rs-report li{margin:.35em 0;padding:0}
.rs-report .rs-title{color:var(--rs-mark);font-weight:600}
.rs-report dl{display:grid;grid-template-columns:6em 1fr;margin:.2em 0 .4em 1.6em;gap:.1em .6em}
.rs-report dt{color:var(--rs-quiet)}.rs-report dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
.rs-report dd.rs-code{font-family:ui-monospace,monospace;font-size:.92em;background:var(--rs-back);padding:0 .3em}
.rs-report summary{cursor:pointer}.rs-report svg{max-width:100%;height:auto}
""".strip()  # noqa: E501 — one style sheet, kept compact because it stands in every report


def exercise_html(report: ExerciseReport, exercise: Exercise | None = None, problems: tuple[str, ...] = ()) -> str:
    """The report of one exercise as a fragment of a page."""
    checks = "".join(_check(check) for check in wording.in_reading_order(report))
    after = "".join(f"<p>{escape(line)}</p>" for line in wording.next_step(report, exercise))
    notes = "".join(f'<p class="rs-note">Note: {escape(problem)}</p>' for problem in problems)
    return (
        f'<section class="rs-report mathjax_ignore rs-{report.outcome}" role="region" '
        f'aria-label="{escape(f"Report on exercise {report.id}")}"><style>{STYLE}</style>'
        f'<p class="rs-head">{escape(f"{report.id} {report.title}")} '
        f"<small>{escape(wording.of_points(report.score, report.max_score))}</small></p>"
        f'<p role="status"><strong>{escape(wording.summary(report))}</strong></p>'
        f"{notes}<ul>{checks}</ul>{after}</section>"
    )


def page(fragments: list[str], title: str) -> str:
    """A whole page around reports, for feedback files."""
    body = "\n".join(fragments)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title>'
        "<style>body{background:Canvas;color:CanvasText;font-family:system-ui,sans-serif;line-height:1.45}</style></head>"
        f"<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def _check(check: CheckResult) -> str:
    mark, name = wording.MARKS[check.outcome], wording.NAMES[check.outcome]
    rows = "".join(_row(label, text) for label, text in wording.details(check))
    return (
        f'<li class="rs-{check.outcome}"><span class="rs-points">'
        f"{escape(wording.of_points(check.points, check.max_points))}</span>"
        f'<span class="rs-title"><span aria-hidden="true">{mark}</span> {escape(check.title)}</span> '
        f'<span class="rs-outcome">({name})</span>'
        f"{f'<dl>{rows}</dl>' if rows else ''}{_trace(check)}</li>"
    )


def _row(label: str, text: str) -> str:
    kind = ' class="rs-code"' if label in ("expected", "found") else ""
    return f"<dt>{escape(label)}</dt><dd{kind}>{_long(text)}</dd>"


def _long(text: str) -> str:
    """Text as it is; when it is long, its beginning, and all of it on demand."""
    if len(text) <= LONG:
        return escape(text)
    return f"<details><summary>{escape(text[:LONG])}…</summary>{escape(text)}</details>"


def _trace(check: CheckResult) -> str:
    if check.trace is None:
        return ""
    drawing = (
        check.trace.svg or f"<pre>{escape(check.trace.text)}</pre>"
    )  # the drawing is ours and escaped where it is made
    return f"<details><summary>The request, gate by gate</summary>{drawing}</details>"
