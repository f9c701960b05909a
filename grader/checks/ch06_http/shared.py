"""6.4: what three functions share is said once."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.ch06_http.form import told
from grader.checks.reading import json_body, output

STACK = "stack"  # checks of one stack use the same, one after the other
FUNCTIONS = {
    "FormFunction": {"MemorySize": 256, "Timeout": 5, "Runtime": "python3.13"},
    "GreetingFunction": {"MemorySize": 256, "Timeout": 5, "Runtime": "python3.13"},
    "PictureFunction": {"MemorySize": 1024, "Timeout": 20, "Runtime": "python3.13"},
}
ADDRESSES = {
    "FormUrl": ("GET", "/form", "form"),
    "GreetingUrl": ("POST", "/greeting", "greeting"),
    "PictureUrl": ("GET", "/picture", "picture"),
}
ROUTE_HINT = "The address is right, and nothing answers there: the events keep their paths and their methods."
KNOWS_THE_REGION = ("AWS::Region", "ApiEndpoint", "AWS::StackId")
SAID_ONCE = ("CodeUri", "Runtime", "MemorySize", "Timeout")


def asked(http: Any, stack: Any, key: str) -> dict[str, Any]:
    """What one of the three addresses answers."""
    method, path, what = ADDRESSES[key]
    url = output(stack, key)
    hint = (
        "!Sub puts references into text: https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/… "
        "!Ref alone is the API's id, and text without !Sub stays as it is."
    )
    if not url.startswith("https://") or ".amazonaws.com" not in url or "${" in url:
        fail(f"the whole address of {path} in the output {key}", repr(url), hint, "template.yaml")
    page = http.request(method, url)
    if page.status != 200:
        route = url.endswith(path) and page.trace and "No method" in told(page)
        fail(f"status 200 from {key}", told(page), ROUTE_HINT if route else hint, trace=page.trace)
    found = json_body(page, "app.py is right as it is.")
    expect(found["asked"], "Each output leads to its own path.", what=f"what {key} leads to").equals(what)
    return found


def said(template: Any, function: str) -> dict[str, Any]:
    """A function's own properties, as written."""
    return dict(template.body["Resources"].get(function, {}).get("Properties", {}))


@exercise(
    "6.4",
    "Say it once",
    slug="6_4_globals",
    files=["template.yaml"],
    minutes=10,
    hints=[
        "Make two lists: what is the same in all three functions, and what is not? The first moves to Globals → "
        "Function. What a function says itself wins over Globals.",
        "Globals has a part for APIs, too: Api → EndpointConfiguration. The stage cannot stand there. Environment "
        "variables of Globals and of a function are put together.",
        "Globals: Function: CodeUri, Runtime, MemorySize 256, Timeout 5, Environment with GREETING; Api: "
        "EndpointConfiguration: Type: REGIONAL. PictureFunction keeps MemorySize, Timeout and LONGEST_SIDE. Outputs as "
        "in the exercise before, with !Sub, and with Prod for the stage.",
    ],
    passed="One place for each decision, and the exception stands out because it is the only line there. And your "
    "requests no longer pass a distribution that you did not order.",
)
class Shared:
    @check(points=1, shares=STACK)
    def answers_at_three_addresses(stack, http):
        """The outputs lead to the three functions."""
        for key in ADDRESSES:
            asked(http, stack, key)

    @check(points=1, needs=answers_at_three_addresses)
    def addresses_follow_the_stack(deploy, http, template):
        """A second stack, in any Region, has addresses of its own."""
        outputs = [deploy(name=name).outputs for name in ("north", "south")]
        hint = "An API's id or a Region as text is that of one stack. !Sub asks: ${ServerlessRestApi}, ${AWS::Region}."
        for key in ADDRESSES:
            expect(outputs[0][key], hint, what=f"{key} of the second stack").differs_from(outputs[1][key])
            section = template.body["Outputs"]
            written = str(section.get(key, section))  # a loop writes outputs of its own
            if not any(name in written for name in KNOWS_THE_REGION):
                fail(f"an address {key} that asks for AWS::Region", written, hint, "template.yaml")

    @check(points=2, needs=answers_at_three_addresses, shares=STACK)
    def is_regional(stack, http):
        """Requests reach the API without passing CloudFront."""
        for key in ADDRESSES:
            found = asked(http, stack, key)
            passed = [name for name in found["headers"] if name.lower().startswith("cloudfront-")]
            hint = (
                "These headers are CloudFront's: the API is edge-optimised, as SAM makes it when nothing is said. "
                "EndpointConfiguration belongs to the API, so to Globals → Api, not to a function."
            )
            expect(passed, hint, what=f"headers that a request to {key} brought along").equals([])

    @check(points=2, shares=STACK)
    def settings_are_as_before(cloud, stack):
        """Every function has the settings that it had."""
        for name, wanted in FUNCTIONS.items():
            found = cloud.client("lambda").get_function_configuration(FunctionName=stack.resources[name].physical_id)
            kept = {key: found[key] for key in wanted}
            hint = "Globals are for what is shared. What one function needs otherwise, it says itself, and that wins."
            expect(kept, hint, what=f"the settings of {name}").equals(wanted)

    @check(points=1, needs=answers_at_three_addresses, shares=STACK)
    def variables_are_put_together(stack, http):
        """All are told the greeting; the picture function its longest side as well."""
        for key in ADDRESSES:
            found = asked(http, stack, key)
            side = "160" if key == "PictureUrl" else None
            hint = "Variables of Globals and of the function are merged: GREETING once for all, LONGEST_SIDE for one."
            expect([found["greeting"], found["longest_side"]], hint, what=f"variables behind {key}").equals(
                ["Hello", side]
            )

    @check(points=2, needs=settings_are_as_before)
    def nothing_is_said_twice(template):
        """What all share stands in Globals, and not at the functions."""
        shared = (template.body.get("Globals") or {}).get("Function") or {}
        hint = "Move it to Globals → Function, and take it away from the functions."
        for key in SAID_ONCE:
            by = [name for name in FUNCTIONS if key in said(template, name)]
            allowed = ["PictureFunction"] if key in ("MemorySize", "Timeout") else []
            extra = [name for name in by if name not in allowed]
            if extra or key not in shared:
                found = f"{key} at {', '.join(extra)}" if extra else f"no {key} there"
                fail(f"{key} in Globals alone", found, hint, "template.yaml")
        greeting = [name for name in FUNCTIONS if "GREETING" in str(said(template, name).get("Environment"))]
        expect(greeting, hint, what="functions that say GREETING themselves", where="template.yaml").equals([])
