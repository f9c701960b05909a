"""5.4: old versions."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from grader.checks import CheckFailed, check, exercise, expect, fail
from grader.checks.ch05_safe_deployments.releases import published
from grader.checks.material import word

ACCOUNT = "account"  # the checks use one account, one after the other, each for a function of its own
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ORDER = "Version numbers are text in the API: as text, '10' comes before '9'. Sort them as numbers, the newest last."
PAGES = (
    "An answer holds fifty versions at most, or fifty aliases; NextMarker says that there are more. A paginator "
    "asks on."
)
MANY = (
    "What is old is all but the newest keep of the published versions ($LATEST is none): is each of them really "
    "deleted, by its own number as Qualifier, from this function? And does the list hold all of them? It may come in "
    "pages."
)
NEEDED = (
    "FunctionVersion is only one of the versions of an alias; look into RoutingConfig too, at all aliases, of all "
    "pages. Lambda refuses to delete a version that an alias needs, and your program would stop half-way."
)
WHOLE = "Without a Qualifier, delete_function deletes the whole function."
REFUSED = {  # a part of what Python or Lambda says, and what to look at
    "used by the following aliases": NEEDED,
    "'$LATEST'": "An alias may point to $LATEST, and the list of versions begins with it: that is no number.",
    "ResourceNotFoundException": f"It is gone already. {WHOLE} And the numbers of the versions may have gaps.",
}


def package(content: str) -> bytes:
    """A deployment package."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("app.py", f"# {content}\ndef lambda_handler(event, context):\n    return 1\n")
    return written.getvalue()


def function_with_versions(cloud: Any, rng: Any, count: int) -> str:
    """A function with so many published versions; returns its name."""
    name, client = word(rng), cloud.client("lambda")
    role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    client.create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="app.lambda_handler",
        Code={"ZipFile": package("0")}, Publish=True,
    )  # fmt: skip
    for number in range(1, count):
        client.update_function_code(FunctionName=name, ZipFile=package(str(number)), Publish=True)
    return name


def alias(cloud: Any, function: str, name: str, version: int | str, second: int | None = None) -> None:
    """An alias, with a tenth for a second version if there is one."""
    routing = {} if second is None else {"RoutingConfig": {"AdditionalVersionWeights": {str(second): 0.1}}}
    cloud.client("lambda").create_alias(FunctionName=function, Name=name, FunctionVersion=str(version), **routing)


def clean(function: Any, name: str, keep: int, **how: Any) -> Any:
    """What the answer's clean hands back; when it raises, the hint says why Lambda refused, or what it deleted."""
    try:
        return function("housekeeping.clean", **how)(name, keep)
    except CheckFailed as failure:
        hint = next((hint for words, hint in REFUSED.items() if words in failure.found), failure.hint)
        raise CheckFailed(failure.expected, failure.found, hint, failure.where) from None


def expect_left(cloud: Any, name: str, wanted: list[str], hint: str) -> None:
    """These versions are left, and the function with them."""
    if name not in [one["FunctionName"] for one in cloud.client("lambda").list_functions()["Functions"]]:
        fail(f"the function {name}, with {len(wanted)} versions", "no such function", WHOLE)
    left = published(cloud, name)
    if set(left) > set(wanted):
        hint = f"Too many are left. {PAGES if len(left) > 20 else MANY} {'' if hint == ORDER else hint}"
    elif set(left) < set(wanted):
        hint = f"Too few are left. $LATEST stands in the list of versions, and is none of the newest keep. {hint}"
    expect(left, hint, what="the versions that are left").equals(wanted)


@exercise(
    "5.4",
    "Housekeeping",
    slug="5_4_housekeeping",
    files=["housekeeping.py"],
    minutes=15,
    hints=[
        "Three lists: all versions, those that aliases need, the newest ones. What comes in pages? What is a version "
        "number, text or a number?",
        "Both lists come in pages: get_paginator. '10' sorts before '9' as text. An alias may route to two versions; "
        "the second stands in its RoutingConfig.",
        "numbers = sorted(int(…)) without $LATEST; old = all but the last keep of them; delete those of old that are "
        "in no alias's FunctionVersion or AdditionalVersionWeights, with delete_function(FunctionName=…, "
        "Qualifier=str(number)); without a Qualifier the whole function goes.",
    ],
    passed="Code storage is finite, per Region, and every version counts. This runs after each release and keeps the "
    "way back open.",
    next="5.5",
)
class Housekeeping:
    @check(points=2, shares=ACCOUNT)
    def keeps_the_newest(cloud, function, rng):
        """The newest versions stay, the others go, and the numbers of those are handed back."""
        name = function_with_versions(cloud, rng, 12)
        deleted = clean(function, name, 3)
        expect_left(cloud, name, ["10", "11", "12"], ORDER)
        expect(deleted, "Ascending, as integers.", what="what clean handed back").equals(list(range(1, 10)))

    @check(points=2, needs=keeps_the_newest, shares=ACCOUNT)
    def keeps_what_aliases_need(cloud, function, rng):
        """A version that an alias routes to stays, a second one with a weight as well."""
        name = function_with_versions(cloud, rng, 8)
        alias(cloud, name, "live", 2, 4)
        alias(cloud, name, "beta", 8)
        deleted = clean(function, name, 1)
        hint = f"{NEEDED} And the newest keep are the newest of all versions, whether an alias routes to them or not."
        expect_left(cloud, name, ["2", "4", "8"], hint)
        expect(deleted, "What was kept was not deleted.", what="what clean handed back").equals([1, 3, 5, 6, 7])

    @check(points=2, needs=keeps_the_newest, shares=ACCOUNT)
    def reads_every_page(cloud, function, rng):
        """A function with more versions, or more aliases, than one page holds is cleaned as well."""
        name = function_with_versions(cloud, rng, 57)
        for number in range(50):
            alias(cloud, name, f"a{number}", 57)
        alias(cloud, name, "last", 3)
        clean(function, name, 2, timeout=60)
        expect_left(cloud, name, ["3", "56", "57"], PAGES)

    @check(points=1, needs=keeps_the_newest, shares=ACCOUNT)
    def leaves_the_function_alone(cloud, function, rng):
        """$LATEST and the function stay; with fewer versions than are to be kept, nothing goes."""
        others = {one["FunctionName"] for one in cloud.client("lambda").list_functions()["Functions"]}
        name = function_with_versions(cloud, rng, 2)
        deleted = clean(function, name, 5)
        expect(deleted, "There are only two.", what="what clean handed back").equals([])
        expect(published(cloud, name), "With keep=5, both stay.", what="the versions that are left").equals(["1", "2"])
        alias(cloud, name, "trial", "$LATEST")
        deleted = clean(function, name, 0)
        expect(deleted, "keep=0 keeps none but what aliases need.", what="what clean handed back").equals([1, 2])
        there = {one["FunctionName"] for one in cloud.client("lambda").list_functions()["Functions"]}
        hint = "Without a Qualifier, delete_function deletes everything."
        expect(sorted(there - others), hint, what="the functions").equals([name])

    @check(points=1, needs=keeps_the_newest, shares=ACCOUNT)
    def numbers_have_gaps(cloud, function, rng):
        """Versions that were deleted before count no more."""
        name = function_with_versions(cloud, rng, 7)
        for number in (1, 4, 6):
            cloud.client("lambda").delete_function(FunctionName=name, Qualifier=str(number))
        deleted = clean(function, name, 2)
        hint = "The newest two are the last two that are there. Their numbers say nothing about how many there are."
        expect_left(cloud, name, ["5", "7"], hint)
        expect(deleted, "Of the versions that were there, these went.", what="what clean handed back").equals([2, 3])
