"""What a new exercise begins with: every file, whole enough to be built and judged, with TODO where its author writes.

``@name`` is put in by ``exercise_scaffold``.
"""

from __future__ import annotations

TEMPLATE = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Description: "@title."

Resources:
  @{name}Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.lambda_handler
      Runtime: python3.13
      Timeout: 5
"""

APP = '''def lambda_handler(event, context):
    """TODO: what comes in, and what must be handed back."""
    ### BEGIN SOLUTION
    return {"doubled": 2 * event["number"]}
    ### END SOLUTION
'''

CHECKS = '''"""@id: @title."""

from __future__ import annotations

from grader.checks import check, exercise, expect


@@exercise(
    "@id",
    "@title",
    slug="@slug",
    files=["app.py"],
    minutes=@minutes,
    hints=[
        "TODO: a nudge: where to look.",
        "TODO: the way: what to do, in words.",
        "TODO: nearly everything, but not the solution.",
    ],
    passed="TODO: what a pass proves, and why that matters.",
)
class @name:
    @@check(points=2)
    def answers_right(cloud, stack, rng):
        """TODO: what holds, as the learner reads it."""
        number = rng.randrange(10, 10_000)
        called = cloud.invoke("@{name}Function", {"number": number})
        expect(called.error, "Your code raised an error; its message names the line.", where="app.py").is_none()
        hint = "TODO: the misconception behind a wrong answer, not the solution."
        expect(called.payload, hint, what="the answer", where="app.py").equals({"doubled": 2 * number})
'''

HIDDEN_HEAD = '''"""What only a grader with the solutions asks."""

from __future__ import annotations

from grader.checks import check, expect, hidden
'''

HIDDEN = '''

@@hidden("@id")
class @{name}Hidden:
    @@check(points=1, needs="answers_right")
    def answers_at_the_edge(cloud, stack):
        """TODO: what holds at the edge: nothing, zero, the largest."""
        called = cloud.invoke("@{name}Function", {"number": 0})
        expect(called.payload, "TODO: what is easily forgotten.", where="app.py").equals({"doubled": 0})
'''

ANSWERS = """# TODO: six wrong answers, each from a real misconception, and two other right ones.
wrong:
  - name: typed_in
    misconception: The checks always ask the same.
    fails: answers_right
    message: "the misconception"
    also: [answers_at_the_edge]
    edits: {app.py: [["2 * event[\\"number\\"]", "42"]]}
right:
  - name: added
    why: It does the same by other means.
    edits: {app.py: [["2 * event[\\"number\\"]", "event[\\"number\\"] + event[\\"number\\"]"]]}
"""

SECTION = """## Exercise @id — @title

TODO: what the learner does, and everything that it needs, unless the lesson above says it.

<!-- exercise @id -->

"""
