"""The course's numbers: every limit, price, runtime and date that a lesson prints, with its source and its day.

They live in ``facts.toml`` beside this file, so that a changed quota is a one-line edit.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from grader.errors import CourseError

FACTS_FILE = Path(__file__).with_name("facts.toml")
FACT = re.compile(r"\{fact:([\w.\-]+)(?:\|(value|number|was))?\}")
EXAMPLE = re.compile(r"\{eg:([^{}\n]+)\}")

SOURCES = {
    "BC": "botocore's service models",
    "CH": "botocore's changelog",
    "CL": "cfn-lint's resource schemas and runtime calendar",
    "ST": "aws-sam-translator's source and output",
    "SC": "aws-sam-cli's commands and templates",
    "PT": "Powertools for AWS Lambda (Python)",
    "AT": "AWS's agent toolkit, serverless reference notes",
    "DG": "AWS Lambda Developer Guide",
    "AG": "API Gateway Developer Guide",
    "S3UG": "S3 User Guide",
    "WEB": "the page named in the note",
    "BOOK": "Gojko Adzic, Running Serverless, June 2019",
}


@dataclass(frozen=True)
class Fact:
    """One checked statement.

    Attributes
    ----------
    value
        As a lesson prints it, without its unit.
    unit
        ``MB``, ``s``, ``minutes`` … or nothing.
    source
        A key of ``SOURCES``.
    dated
        The month in which it was last checked, ``YYYY-MM``.
    was_2019
        What the book said, when it differs.
    confidence
        ``A`` stated by AWS, ``B`` secondary, ``C`` not confirmed.
    confirm
        Where an installed package states it, for ``grader verify``; see ``grading/verify/confirmed.py``.
    """

    key: str
    value: str
    unit: str = ""
    source: str = ""
    dated: str = ""
    was_2019: str = ""
    note: str = ""
    confidence: str = "A"
    confirm: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The value with its unit, as prose prints it."""
        if not self.unit or self.unit == "$":
            return f"{self.unit}{self.value}"
        return f"{self.value} {self.unit}"

    @property
    def number(self) -> float:
        """The value for calculations.

        Raises
        ------
        ValueError
            When the fact is not a number.
        """
        return float(self.value.replace(",", ""))


@functools.cache
def facts() -> Mapping[str, Fact]:
    """All facts by key, read once."""
    tables = tomllib.loads(FACTS_FILE.read_text("utf-8"))
    return MappingProxyType({key: Fact(key=key, **table) for key, table in tables.items()})


def with_facts(text: str, known: Mapping[str, Fact], where: str) -> str:
    """Prose with its numbers put in.

    ``{fact:key}`` is the value with its unit, ``{fact:key|value}`` without it, ``{fact:key|was}`` what the book said.
    """

    def value(match: re.Match[str]) -> str:
        fact = known.get(match[1])
        if fact is None:
            raise CourseError(f"There is no fact {match[1]!r}.", where, "Add it to grader/facts.toml with its source.")
        return {"value": fact.value, "number": fact.value, "was": fact.was_2019}.get(match[2] or "", fact.text)

    return EXAMPLE.sub(r"\1", FACT.sub(value, text))
