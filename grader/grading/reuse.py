"""The same answer, judged by the same checks, gets the same report: what was judged once is not judged again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.grading.client import AnswerJudge, Replies
from grader.grading.edition import Edition
from grader.grading.files import write_atomically
from grader.grading.isolation import ENOUGH, level_of
from grader.grading.json_report import check_from
from grader.grading.request import AnswerRequest

FOLDER = "verdicts"
LENGTH = 32


@dataclass(frozen=True)
class KeptReplies:
    """Replies on disk, each under a fingerprint of everything that it depends on. The folder may be removed any time.

    Parameters
    ----------
    folder
        Must lie where no answer can write while it is judged.
    """

    folder: Path

    def get(self, key: str) -> dict[str, Any] | None:
        """What was kept; None when there is nothing, or nothing that can be read."""
        try:
            reply: dict[str, Any] = json.loads(self._path(key).read_text("utf-8"))
            [check_from(result) for result in reply["results"]]
            return {"results": reply["results"], "warnings": reply["warnings"], "isolation": reply["isolation"]}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def keep(self, key: str, reply: Mapping[str, Any]) -> None:
        """Keep it, in the place of what was there."""
        kept = {name: reply.get(name) for name in ("results", "warnings", "isolation")}
        write_atomically(self._path(key), json.dumps(kept))

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


class ReusingJudge(AnswerJudge):
    """Asks another judge only for answers of which nothing is kept; safe to use from several threads as that one is.

    What a person might want to see again is never kept: answers that were stopped, and whatever the grader broke.
    Below isolation level 2 nothing is kept, and nothing that was kept is believed: an answer could have written it.

    Parameters
    ----------
    editions
        By chapter: by what is judged.
    fresh
        Whether everything is judged again; what comes out is kept.
    """

    def __init__(
        self, judge: AnswerJudge, kept: KeptReplies, editions: Mapping[str, Edition], *, fresh: bool = False
    ) -> None:
        self._judge = judge
        self._kept = kept
        self._fresh = fresh
        self._level = level_of(judge)
        self._editions = editions

    def isolation(self) -> int | None:
        """The other judge's."""
        return self._judge.isolation()

    def replies_to(self, request: AnswerRequest) -> Replies:
        """What was kept, said so by ``"reused"``, and for the rest what the other judge says."""
        if self._level < ENOUGH:
            return self._judge.replies_to(request)
        keys = {name: self._key(request, name) for name in request.answers}
        found = {} if self._fresh else self._found(keys)
        waiting = {name: files for name, files in request.answers.items() if name not in found}
        told = self._judge.replies_to(replace(request, answers=waiting)) if waiting else {}
        for name, reply in told.items():
            if reply.get("isolation") == self._level and is_lasting(reply):
                self._kept.keep(keys[name], reply)
        return {name: found[name] if name in found else told[name] for name in request.answers}

    def _found(self, keys: Mapping[str, str]) -> Replies:
        replies = {name: self._kept.get(key) for name, key in keys.items()}
        return {name: {**reply, "reused": True} for name, reply in replies.items() if reply is not None}

    def _key(self, request: AnswerRequest, exercise: str) -> str:
        terms = [self._editions[request.chapter], request.chapter, request.hidden, request.seed, self._level]
        text = json.dumps([*terms, exercise, request.answers[exercise]], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def is_lasting(reply: Mapping[str, Any]) -> bool:
    """Whether the same would be said again: of an answer that was tried, by checks that all came to an end."""
    outcomes = {result["outcome"] for result in reply["results"]}
    ended = "died" not in reply and "stopped" not in reply and "grader_error" not in outcomes
    return ended and not outcomes <= {"not_attempted"}
