"""Handouts: a chapter, or a whole workshop, on paper: for learners with room to write, for trainers with the answers.

solutions/<chapter> ─reading─► sheets ─┬─page────► HTML (one file, prints with page numbers)
solutions/workshops.toml ─plan─────────┴─typeset─► Typst ─► PDF (footnotes, page numbers, tagged for screen readers)
"""

from grader.classroom.handouts.document import Document, Edition
from grader.classroom.handouts.page import html_page
from grader.classroom.handouts.plan import Plan, plans
from grader.classroom.handouts.reading import chapter_document, plan_document, workshop_document
from grader.classroom.handouts.typeset import pdf

__all__ = [
    "Document",
    "Edition",
    "Plan",
    "chapter_document",
    "html_page",
    "pdf",
    "plan_document",
    "plans",
    "workshop_document",
]
