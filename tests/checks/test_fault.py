"""What a learner reads about an exception in their own code."""

from __future__ import annotations

import sys

from grader.checks.fault import from_invocation


def test_an_unreadable_file_names_the_python_of_this_machine_where_it_is_older_than_the_runtime():
    failure = from_invocation(
        "app.lambda_handler", {"errorType": "Runtime.UserCodeSyntaxError", "errorMessage": "f-string"}
    )
    assert failure.hint.startswith("Python cannot read this file.")
    assert ("This machine has Python 3.11" in failure.hint) == (sys.version_info < (3, 12))
