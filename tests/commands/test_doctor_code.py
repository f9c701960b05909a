"""``grader doctor --code``: what participants send to their trainer."""

from __future__ import annotations

import hashlib

from grader.commands.doctor import Finding, proof


def test_the_proof_says_whether_the_machine_is_ready_and_carries_a_checksum() -> None:
    line, _, check = proof([Finding("isolation", "level 3 of 3: fine", True)]).rpartition(" ")

    assert line.startswith("RS1 ready ") and " isolation3 " in line
    assert check == hashlib.sha256(line.encode()).hexdigest()[:6]


def test_what_is_missing_is_named_and_what_would_be_nice_is_not() -> None:
    found = [
        Finding("learner's packages", "missing: x", False, is_needed=True),
        Finding("git", "not found", False),
        Finding("isolation", "no execution environment starts here", False, is_needed=True),
    ]

    assert " lacks:learner's-packages,isolation " in proof(found)
    assert " isolation0 " in proof(found)
