"""``sam validate --lint`` is asked for many templates at once."""

from __future__ import annotations

from grader.grading.verify.templates import sam_problems

GOOD = "Transform: AWS::Serverless-2016-10-31\nResources: {Queue: {Type: AWS::SQS::Queue}}\n"
BAD = GOOD.replace("SQS::Queue", "SQS::Queue, Properties: {Colour: red}")


def test_sam_says_what_is_wrong_with_which_template() -> None:
    said = sam_problems([GOOD, BAD, "a: [", GOOD])

    assert [bool(problem) for problem in said] == [False, True, True, False]
    assert "E3002" in said[1] and "'Colour' was unexpected" in said[1]
    assert said[2].startswith("Error: Failed to parse template: while parsing a flow node")
