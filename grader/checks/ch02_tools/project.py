"""2.1: a project that validate, build and deploy accept."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.fault import UNTOUCHED_HINT
from grader.checks.material import word
from grader.facts import facts

PROJECT = "project"  # the checks use one stack, one after the other
FUNCTION = "GreetFunction"


LASTING = ("python3.12", facts()["lambda.runtime.python"].value, facts()["lambda.runtime.python.newest"].value)
ENDS = facts()["lambda.python311.deprecated"].value


def deployed(cloud: Any, stack: Any) -> Any:
    """The function as it was deployed: its code, its runtime."""
    return cloud.functions.registry.resolve(stack.resources[FUNCTION].physical_id)


def code_uri(template: Any) -> str:
    """What the template says of the code's place, in the function itself or in Globals; "." when it says nothing."""
    function = ((template.body.get("Resources") or {}).get(FUNCTION) or {}).get("Properties") or {}
    globals_ = (template.body.get("Globals") or {}).get("Function") or {}
    return str(function.get("CodeUri") or globals_.get("CodeUri") or ".")


def sample_event(folder: Path) -> dict[str, Any]:
    """The event in events/greet.json."""
    path = folder / "events" / "greet.json"
    try:
        event = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        fail("JSON in events/greet.json", str(problem), 'A JSON object: {"name": "…"}, in double quotes.')
    expect(event, 'The event is an object: {"name": "…"}.', what="events/greet.json").is_dict()
    expect(event, "The handler greets event['name'].", what="the sample event").has_keys("name")
    expect(event["name"], "Somebody's name, a text.", what="the name in the sample event").is_text().is_not_empty()
    return dict(event)


def any_name(rng: Random) -> str:
    """A name that nobody could have typed in beforehand, and in which not every word has a capital."""
    return f"{word(rng).title()} {rng.choice(('van', 'de', 'al'))} {word(rng).title()}"


def greet(cloud: Any, stack: Any, event: dict[str, Any]) -> Any:
    """Invoke the function; its error is a failure of the answer."""
    done = cloud.invoke(stack.resources[FUNCTION].physical_id, event)
    if done.error is not None:
        kind = str(done.error.get("errorType"))
        message = str(done.error.get("errorMessage"))
        handler = str(deployed(cloud, stack).handler)
        fail(f"an answer to {event}", f"{kind}: {message}", _hint_for(kind, message, handler))
    return done.payload


def _hint_for(kind: str, message: str, handler: str) -> str:
    """What to look at after an error of the function."""
    if kind == "NotImplementedError":
        return UNTOUCHED_HINT
    if kind == "Runtime.UserCodeSyntaxError":
        return "Template and code fit together as far as one can see; the code itself is not Python yet."
    module = handler.rpartition(".")[0].replace("/", ".")
    missing = message.partition("No module named '")[2].partition("'")[0]
    if kind == "Runtime.ImportModuleError" and missing and not f"{module}.".startswith(f"{missing}."):
        return f"The code imports {missing}, which is neither in the code's folder nor in the runtime."
    if "positional argument" in message:
        return "Lambda calls a handler with two arguments: event and context."
    if kind.startswith("Runtime."):
        return "Handler is file.function: app.lambda_handler is lambda_handler in app.py, at the top of CodeUri."
    return "The event is the dictionary above: the handler reads event['name'], and nothing else is in it."


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
        name = any_name(rng)
        hint = 'Hand back the dictionary {"message": …} itself, with the name as it came.'
        expect(greet(cloud, stack, {"name": name}), hint, what="the answer").equals({"message": f"Hello, {name}!"})

    @check(points=1, needs=deploys_and_answers, shares=PROJECT)
    def runs_on_a_supported_python(cloud, stack):
        """The runtime is one that AWS supports for years to come."""
        hint = (
            f"python3.11 is supported until {ENDS} only; the older ones are deprecated: sam validate --lint says so, "
            "and one day they cannot be updated any more."
        )
        expect(deployed(cloud, stack).runtime, hint, what="Runtime").is_in(LASTING)

    @check(points=1, needs=deploys_and_answers, shares=PROJECT)
    def ships_the_code_and_nothing_else(cloud, stack, folder, template):
        """What is shipped is the code's own folder: no tests, no events, no template."""
        if (folder / code_uri(template)).is_file():
            fail("CodeUri: a folder", code_uri(template), "sam build copies a folder, and says that a file is none.")
        names = sorted(zipfile.ZipFile(io.BytesIO(deployed(cloud, stack).code)).namelist())
        hint = "CodeUri: src/. With . everything in the project travels along; with InlineCode src/ stays behind."
        expect(names, hint, what="what is shipped").equals(["app.py"])

    @check(points=1, needs=deploys_and_answers, shares=PROJECT)
    def has_an_event_to_try_it_with(cloud, stack, folder):
        """events/greet.json is an event that the function answers."""
        event = sample_event(folder)
        hint = "This event's name, and not the one of the call before."
        expect(greet(cloud, stack, event), hint, what="the answer to the sample event").equals(
            {"message": f"Hello, {event['name']}!"}
        )
