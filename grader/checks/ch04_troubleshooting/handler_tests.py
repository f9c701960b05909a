"""4.6: tests for a given handler. They run in execution environments; what they do to each handler is their mark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.fault import from_invocation

# Runs the tests of test_app.py in the order that it is told, each in the module as it then is; if told so, by a clock
# on which a second passes between any two looks at it.
RUNNER = """import importlib
import time


class Ticking:
    began, looks = int(time.time()), 0

    def __call__(self):
        self.looks += 1
        return float(self.began + self.looks)


def run(order, ticking):
    clock = Ticking()
    if ticking:
        time.time = clock
    module = importlib.import_module("test_app")
    names = [name for name, value in vars(module).items() if name.startswith("test_") and callable(value)]
    names = names[::-1] if order == "backwards" else [name for name in names if order in ("all", name)]
    found = {}
    for name in names:
        clock.looks = 0
        try:
            vars(module)[name]()
            found[name] = ""
        except BaseException as problem:
            found[name] = f"{type(problem).__name__}: {problem}"[:300]
    return found
"""
HANDLER = """import json
import time

SMALLEST, LARGEST, USUAL = 16, 1024, 128
LIFETIME_S = 3600


def answer(status, body):
    return {"statusCode": status, "body": json.dumps(body)}


def lambda_handler(event, context, now=time.time):
    try:
        wanted = json.loads(event.get("body") or "{}")
        width = wanted.get("width", USUAL)
    except (ValueError, TypeError, AttributeError):
        return answer(400, {"error": "the body is not a JSON object"})
    if type(width) is not int or not SMALLEST <= width <= LARGEST:
        return answer(400, {"error": f"width must be from {SMALLEST} to {LARGEST}"})
    return answer(200, {"width": width, "expires": int(now()) + LIFETIME_S})
"""
# The same promises, kept by other means: tests that know the inside fail here.
OTHERWISE = """import json
import time


def lambda_handler(event, context, now=time.time):
    try:
        text = event.get("body")
        given = json.loads(text) if text else {}
    except (AttributeError, TypeError, ValueError):
        given = None
    if not isinstance(given, dict):
        return {"body": '{"error": "a JSON object, please"}', "statusCode": 400}
    width = given.get("width", 128)
    good = isinstance(width, int) and not isinstance(width, bool) and width in range(16, 1025)
    body = {"expires": int(now() + 3600), "width": width} if good else {"error": "not such a width"}
    return {"body": json.dumps(body), "statusCode": 200 if good else 400}
"""
FAULTS = {
    "the largest width is refused": ("<= width <= LARGEST", "<= width < LARGEST"),
    "no body at all breaks it": ('event.get("body") or "{}"', 'event["body"]'),
    "a bad width is answered with 200": ('answer(400, {"error": f"width', 'answer(200, {"error": f"width'),
    "the body is no text": ('"body": json.dumps(body)}', '"body": body}'),
    "a ticket expires in milliseconds": ("int(now()) + LIFETIME_S", "1000 * (int(now()) + LIFETIME_S)"),
}
MORE_FAULTS = {
    "the smallest width is refused": ("SMALLEST <= width", "SMALLEST < width"),
    "another usual width": ("1024, 128", "1024, 100"),
    "text that is no JSON breaks it": ("except (ValueError, TypeError,", "except (TypeError,"),
    "a width of 15 is accepted": ("not SMALLEST <= width", "not SMALLEST - 1 <= width"),
    "a width of 1025 is accepted": ("<= width <= LARGEST", "<= width <= LARGEST + 1"),
    "a refusal does not hold an error": ("json.dumps(body)}", "json.dumps(body if status == 200 else {})}"),
}
REAL = (
    "A test calls app.lambda_handler and asserts something about what comes back. A test without assert, or one "
    "that asks a mock what it told the mock to say, can never fail; nor can an async def, which nobody awaits."
)
PROMISES = (
    "Other faults were noticed, so the tests can fail. Each of these breaks a sentence of the handler's docstring that "
    "no test asks about."
)
ALONE = "Each test must stand alone: it prepares what it needs, and uses nothing that another one has left behind."
CLOCK = (
    "Whoever compares with a date that is written down, or asks the clock twice, fails some day. Bring a clock: "
    "now=lambda: …"
)


def outcomes(
    cloud: Any, folder: Path, handler: str = HANDLER, order: str = "all", ticking: bool = False
) -> dict[str, str]:
    """What became of each test with this handler: nothing when it passed, else its error."""
    files = {"app.py": handler, "run_tests.py": RUNNER}
    called = cloud.run(folder, "run_tests.run", order, ticking, files=files, timeout=60)
    if called.error is not None:
        failure = from_invocation("test_app.py", called.error)
        if "No module named 'pytest'" in failure.found:
            hint = "We call each test as a function, and pytest is not there: assert is enough."
            fail("tests of plain Python", failure.found, hint, failure.where)
        raise failure
    found = called.payload
    if not isinstance(found, dict) or not found:
        fail("functions named test_…", "none", "A test is a function without parameters whose name begins with test_.")
    return {str(name): str(problem) for name, problem in found.items()}


def failed(found: dict[str, str]) -> list[str]:
    """The tests that failed, with their errors."""
    return [f"{name}: {problem}" for name, problem in found.items() if problem]


def broken(fault: tuple[str, str]) -> str:
    """The handler with a fault in it."""
    good, bad = fault
    if HANDLER.count(good) != 1:
        raise ValueError(f"{good!r} does not stand in the handler once")
    return HANDLER.replace(good, bad)


def notice(cloud: Any, folder: Path, faults: dict[str, tuple[str, str]]) -> None:
    """Some test must fail with each of the faults."""
    found = [name for name, fault in faults.items() if not failed(outcomes(cloud, folder, broken(fault)))]
    expect(found, REAL if len(found) == len(faults) else PROMISES, what="faults that no test noticed").equals([])


@exercise(
    "4.6",
    "Tests that can fail",
    slug="4_6_tests",
    files=["test_app.py"],
    minutes=20,
    hints=[
        "Take the docstring of the handler, sentence by sentence. What would you send to see whether it is true? "
        "What must come back?",
        "Bounds have two sides: 1024 is in, 1025 is out. The answer's body is text: json.loads it. Give the handler "
        "a clock of your own: now=lambda: 1000.",
        'answer = app.lambda_handler({"body": \'{"width": 1024}\'}, None, now=lambda: 1000); assert '
        'answer["statusCode"] == 200; assert json.loads(answer["body"]) == {"width": 1024, "expires": 4600}. Then '
        "None as body, and a width that is too large.",
    ],
    passed=(
        "Your tests pass on a good handler, on another good one, and on none of the bad ones; on any day, in any order."
    ),
)
class HandlerTests:
    @check(points=2)
    def they_pass(cloud, folder):
        """The tests pass on the handler as it is."""
        found = failed(outcomes(cloud, folder))
        expect(found, "The handler is right; what does its docstring promise?", what="tests that fail").equals([])

    @check(points=5, needs=they_pass)
    def they_notice_five_faults(cloud, folder):
        """With any of five faults in the handler at least one test fails."""
        notice(cloud, folder, FAULTS)

    @check(points=2, needs=they_pass)
    def in_any_order(cloud, folder):
        """They pass backwards too, and each of them alone."""
        names = list(outcomes(cloud, folder))
        expect(failed(outcomes(cloud, folder, order="backwards")), ALONE, what="tests that fail backwards").equals([])
        alone = [problem for name in names for problem in failed(outcomes(cloud, folder, order=name))]
        expect(alone, ALONE, what="tests that fail alone").equals([])

    @check(points=2, needs=they_pass)
    def on_any_day(cloud, folder, rng):
        """They pass on any day."""
        for _ in range(2):
            cloud.clock.advance(days=rng.randrange(30, 400), seconds=rng.randrange(1, 86_000))
            expect(failed(outcomes(cloud, folder)), CLOCK, what="tests that fail on another day").equals([])
        slow = failed(outcomes(cloud, folder, ticking=True))
        expect(slow, CLOCK, what="tests that fail when a second ends while they run").equals([])

    @check(points=1, needs=they_pass)
    def they_judge_behaviour(cloud, folder):
        """They pass on another handler that keeps the same promises."""
        hint = (
            "This handler promises the same and is written otherwise. Ask for what comes back, not for names "
            "inside, for the wording of an error, or for the order of keys."
        )
        expect(failed(outcomes(cloud, folder, OTHERWISE)), hint, what="tests that fail on another good handler").equals(
            []
        )
