"""3.3: outputs, and who finds them."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from grader.checks import CheckFailed, check, exercise, expect, fail
from grader.checks.material import word
from grader.checks.reading import output

TINY = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Topic:
    Type: AWS::SNS::Topic
"""


def tiny(**outputs: str) -> str:
    """A template that is deployed in no time, with these outputs."""
    lines = "".join(f"  {key}:\n    Value: {json.dumps(value)}\n" for key, value in outputs.items())
    return TINY + (f"Outputs:\n{lines}" if lines else "")


STACK = "stack"  # checks that look at the answer's stack
READING = "reading"  # checks that have stacks of their own read, one after the other
PAGE = 3  # an account with hundreds of stacks would show the same, only slower
PAGES_HINT = (
    "An answer of CloudFormation is one page. While it has a NextToken there are more: "
    "get_paginator('describe_stacks') asks for all of them."
)


def crowd(cloud: Any, rng: Random, count: int, key: str = "HelloUrl") -> dict[str, str]:
    """Many tiny stacks, most of them with the output; what of it should be found."""
    wanted = {}
    for number in range(count):
        name, value = f"{word(rng, 5)}-{number}", f"https://{word(rng)}.example/hello"
        has_it = number % 4 != 3
        cloud.deploy(tiny(**({key: value, "Team": word(rng)} if has_it else {"Team": word(rng)})), name=name)
        wanted.update({name: value} if has_it else {})
    return wanted


@exercise(
    "3.3",
    "Where is everything?",
    slug="3_3_outputs",
    files=["template.yaml", "outputs.py"],
    minutes=15,
    hints=[
        "For the template, look at the Outputs of demo_ping. In Python, print what "
        "boto3.client('cloudformation').describe_stacks() answers: where are the outputs, and in what form?",
        "Outputs come as a list of dictionaries with OutputKey and OutputValue. A stack without outputs has no "
        "'Outputs' at all. And an answer may be one page of many.",
        "{output['OutputKey']: output['OutputValue'] for output in stack.get('Outputs', [])} is one "
        "stack's dictionary. "
        "For all stacks: for page in cloudformation.get_paginator('describe_stacks').paginate(): "
        "for stack in page['Stacks']: …",
    ],
    passed="Programs find your service by its outputs, not by names that somebody wrote down, and they find all of it: "
    "the second page too.",
    next="3.4",
)
class Outputs:
    @check(points=1, shares=STACK)
    def puts_out_the_address(stack, http):
        """HelloUrl is the whole address of GET /hello."""
        url = output(stack, "HelloUrl")
        hint = (
            "The address is https://‹API's id›.execute-api.‹Region›.amazonaws.com/Prod/hello. !Ref "
            "ServerlessRestApi alone "
            "is only the id; put the rest around it with !Sub."
        )
        expect(url, hint, what="the output HelloUrl").starts_with("https://")
        if "${" in url:
            fail("the output HelloUrl: an address", repr(url), "Only !Sub puts values in place of ${…}.")
        page = http.get(url)
        expect(page.status, hint, what="the status of GET HelloUrl", trace=page.trace).equals(200)

    @check(points=1, shares=STACK)
    def puts_out_the_function(cloud, stack):
        """HelloFunction is a name by which the function can be invoked."""
        function = output(stack, "HelloFunction")
        hint = "Inside the template it is called HelloFunction. What is it called in the account? !Ref knows."
        own = {found.physical_id for found in stack.resources.values() if found.type == "AWS::Lambda::Function"}
        if not own.intersection(function.split(":")):  # an ARN may end in a version or an alias
            fail(f"the output HelloFunction: {' or '.join(sorted(own))}", repr(function), hint)
        expect(cloud.invoke(function, {}).error, hint).is_none()

    @check(points=1, shares=READING)
    def reads_one_stack(cloud, function, rng):
        """outputs_of hands back the outputs of one stack as a dictionary."""
        wanted = {"PageUrl": f"https://{word(rng)}.example", "Team": word(rng)}
        cloud.deploy(tiny(**wanted), name="one")
        cloud.deploy(tiny(Team="another"), name="two")
        read(function, "two", "")
        hint = "A dictionary from OutputKey to OutputValue, of this stack only."
        expect(function("outputs.outputs_of")("one"), hint, what="outputs_of('one')").equals(wanted)
        hint = "Whoever asks for all stacks gets one page of them. Ask for this one: describe_stacks(StackName=…)."
        cloud.deploy(tiny(Team="moved"), name="two")
        again, old = read(function, "two", ""), "What was read for the last call is old by the next: ask each time."
        expect(again, old, what="outputs_of('two') after an update").equals({"Team": "moved"})
        usual, cloud.stacks.page_size = cloud.stacks.page_size, 1
        for name, outputs in (("one", wanted), ("two", {"Team": "moved"})):
            expect(read(function, name, hint), hint, what=f"outputs_of({name!r}) among many").equals(outputs)
        cloud.stacks.page_size = usual

    @check(points=1, shares=READING)
    def reads_a_stack_without_outputs(cloud, function):
        """A stack without outputs has none, and that is no error."""
        cloud.deploy(tiny(), name="silent")
        hint = "Such a stack has no key 'Outputs' in the answer: use stack.get('Outputs', [])."
        expect(read(function, "silent", hint), what="outputs_of('silent')").equals({})

    @check(points=1, shares=READING)
    def finds_an_output(cloud, function, rng):
        """find_output looks through all stacks, and passes over those without it."""
        wanted = crowd(cloud, rng, 4)
        cloud.deploy(tiny(), name="quiet")
        cloud.deploy(tiny(HelloUrlOfOld="https://old.example", OldHelloUrl="x", helloURL="y"), name="nearly")
        cloud.deploy(tiny(HelloUrl="https://gone.example"), name="gone").delete()
        found = find(function, "HelloUrl", "Its keys are the stacks' names, its values those of the output.")
        expect(found, found_hint(found, wanted), what="find_output('HelloUrl')").equals(wanted)
        changed = min(wanted)
        wanted[changed] = f"https://{word(rng)}.example/changed"
        cloud.deploy(tiny(HelloUrl=wanted[changed]), name=changed)
        hint = (
            "A stack that was updated belongs to the account as well (its status is UPDATE_COMPLETE), and what was "
            "read for the last call is old by the next: ask CloudFormation in the function, each time."
        )
        expect(find(function, "HelloUrl", hint), hint, what="find_output('HelloUrl') after an update").equals(wanted)

    @check(points=2, needs=finds_an_output)
    def reads_every_page(cloud, function, rng):
        """Nothing is missed when the answer comes in several pages."""
        cloud.stacks.page_size = PAGE
        wanted = crowd(cloud, rng, 3 * PAGE + 1)
        found = find(function, "HelloUrl", PAGES_HINT)
        if found != wanted and set(found) < set(wanted):
            fail(f"{len(wanted)} stacks with the output", f"{len(found)} of them", PAGES_HINT)
        expect(found, PAGES_HINT, what="find_output('HelloUrl')").equals(wanted)


def found_hint(found: dict[str, str], wanted: dict[str, str]) -> str:
    """What to look at when find_output hands back other stacks, or fewer."""
    if any(key.startswith("arn:") for key in found):
        return "The keys are the stacks' names: StackName, not StackId."
    if found.get("nearly"):
        return "The output's name is the whole OutputKey, letter by letter: HelloUrlOfOld and helloURL are others."
    if set(found) < set(wanted):
        return "Every stack of the account that has the output, whatever it is called; it need not export the value."
    return "Only stacks that have the output, and only those that are still there."


def read(function: Callable[..., Any], name: str, hint: str) -> Any:
    """Call outputs_of; a failure keeps the learner's own words and gets the hint."""
    try:
        return function("outputs.outputs_of")(name)
    except CheckFailed as failure:
        fail(f"a dictionary: the outputs of {name}", failure.found, hint, failure.where)


def find(function: Callable[..., Any], key: str, hint: str) -> dict[str, str]:
    """Call find_output; a failure keeps the learner's own words and gets the hint."""
    try:
        found = function("outputs.find_output")(key)
    except CheckFailed as failure:
        missing = "'Outputs'" in failure.found
        fail(
            "a dictionary from stack name to value",
            failure.found,
            "A stack without outputs has no key 'Outputs' in the answer: use .get('Outputs', [])." if missing else
            "list_stacks also names stacks that were deleted; describe_stacks without a name answers with those that "
            "exist. And a loop over pages must pass on the new NextToken, and end when there is none.",
            failure.where,
        )  # fmt: skip
    expect(found, hint, what=f"find_output({key!r})").is_dict()
    return dict(found)
