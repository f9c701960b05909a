"""2.1: a project that validate, build and deploy accept."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word
from grader.facts import facts

PROJECT = "project"  # the checks use one stack, one after the other
FUNCTION = "GreetFunction"


def properties(template: Any) -> dict[str, Any]:
    """The function's properties after the transform."""
    found = template.expanded["Resources"].get(FUNCTION)
    if found is None:
        fail(f"a resource {FUNCTION}", "none of that name", "Keep its logical id: others refer to it.")
    return dict(found["Properties"])


def sample_event(folder: Path) -> dict[str, Any]:
    """The event in events/greet.json."""
    path = folder / "events" / "greet.json"
    try:
        event = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        fail("JSON in events/greet.json", str(problem), 'A JSON object: {"name": "…"}, in double quotes.')
    expect(event, 'The event is an object: {"name": "…"}.', what="events/greet.json").is_dict()
    return dict(event)


def greet(cloud: Any, event: dict[str, Any]) -> Any:
    """Invoke the function; its error is a failure of the answer."""
    done = cloud.invoke(FUNCTION, event)
    if done.error is not None:
        fail(
            f"an answer to {event}",
            f"{done.error.get('errorType')}: {done.error.get('errorMessage')}",
            "Handler is file.function: app.lambda_handler is lambda_handler in app.py, at the top of CodeUri.",
        )
    return done.payload


@exercise(
    "2.1",
    "A project that holds together",
    slug="2_1_project",
    files=["template.yaml", "src/app.py", "events/greet.json"],
    minutes=15,
    hints=[
        "Three properties tie a template to a file: where the code lies, which function in it is called, and which "
        "Python runs it. Look at the project in the lesson.",
        "CodeUri names the folder that is shipped, and nothing else is. Handler is the file's name without .py, a dot, "
        "and the function's name. Runtime is one that AWS still supports.",
        "CodeUri: src/ · Handler: app.lambda_handler · Runtime: python3.13. The event is an object with the key name, "
        "which the handler reads.",
    ],
    passed="Template, code and event fit together. validate, build and deploy each look at another part of that, and "
    "each of them is content.",
    next="2.2",
)
class Project:
    @check(points=2, shares=PROJECT)
    def deploys_and_answers(cloud, stack, rng):
        """The project deploys, and the function greets by name."""
        name = word(rng).title()
        expect(greet(cloud, {"name": name}), what="the answer").equals({"message": f"Hello, {name}!"})

    @check(points=1, needs=deploys_and_answers, shares=PROJECT)
    def runs_on_a_supported_python(template):
        """The runtime is one that AWS supports for years to come."""
        current = [facts()["lambda.runtime.python"].value, facts()["lambda.runtime.python.newest"].value]
        expect(
            properties(template).get("Runtime"),
            "Older ones are deprecated: sam validate --lint says so, and one day they cannot be updated any more.",
            what="Runtime",
        ).is_in(current)

    @check(points=1, needs=deploys_and_answers, shares=PROJECT)
    def ships_the_code_and_nothing_else(cloud, stack, template):
        """What is shipped is the code's own folder: no tests, no events, no template."""
        shipped = cloud.functions.registry.resolve(stack.resources[FUNCTION].physical_id).code
        names = sorted(zipfile.ZipFile(io.BytesIO(shipped)).namelist())
        expect(names, "CodeUri: src/. With . everything in the project travels along.", what="what is shipped").equals(
            ["app.py"]
        )

    @check(points=1, needs=deploys_and_answers, shares=PROJECT)
    def has_an_event_to_try_it_with(cloud, stack, folder):
        """events/greet.json is an event that the function answers."""
        event = sample_event(folder)
        answer = greet(cloud, event)
        expect(event, "The handler greets event['name'].", what="the sample event").has_keys("name")
        expect(answer, what="the answer to the sample event").equals({"message": f"Hello, {event['name']}!"})


def any_name(rng: Random) -> str:
    """A name that nobody could have typed in beforehand."""
    return " ".join(word(rng).title() for _ in range(rng.randrange(1, 3)))
