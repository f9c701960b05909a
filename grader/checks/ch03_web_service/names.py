"""3.2: one template, many stacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.fault import from_cloud
from grader.checks.material import word
from grader.checks.reading import output
from grader.cloud.stacks import DeployError

BOTH = "both"  # checks that look at the same two stacks
SEASONS = ("spring", "spring-late")  # the second name begins with the first: a wildcard after it covers both


def both_seasons(once: Callable[..., Any], deploy: Callable[..., Any], template: Any) -> tuple[Any, Any]:
    """Two stacks from the one template, side by side."""
    return once("seasons", lambda: tuple(deployed(deploy, template, season) for season in SEASONS))


def names_hint(template: Any, found: str) -> str:
    """Why a stack was refused, as far as the template tells; empty when names have nothing to do with it."""
    declared = {name: one for name, one in (template.body.get("Parameters") or {}).items() if isinstance(one, dict)}
    given = [str(one["Default"]) for one in declared.values() if one.get("Default")]
    if declared and ("must have values" in found or any(default in found for default in given)):
        return (
            "A suffix with a default is the same in both stacks, and one without a default makes "
            "everybody invent names. "
            "No parameter is needed: leave the name out, and CloudFormation makes one up."
        )
    if " already e" not in found:  # "already exists", "is already exported"
        return ""
    return (
        "Two things of one kind cannot have one name in an account, and a bucket's name is unique in the whole world. "
        "Find the property that still sets this name, and leave it out."
    )


def deployed(deploy: Callable[..., Any], template: Any, name: str) -> Any:
    """Deploy the answer under a name; a refusal is explained by what the template does with names."""
    try:
        return deploy(name=name)
    except DeployError as refused:
        failure = from_cloud(refused)
        fail(
            f"a stack {name} from the template as it is",
            failure.found,
            names_hint(template, failure.found),
            failure.where,
        )


def sign(http: Any, stack: Any, name: str) -> None:
    """One visitor signs."""
    page = http.get(f"{output(stack, 'SignUrl')}?name={name}")
    hint = (
        "The function writes into the bucket that BOOK_BUCKET names, and its policy must name the same one. "
        "A name that stands there as text stays behind when the bucket gets another: use !Ref."
    )
    expect(page.status, hint, what="the status of GET /sign", trace=page.trace).equals(200)


def signed(cloud: Any, bucket: str) -> list[str]:
    """The names in a visitors' book, sorted."""
    s3 = cloud.client("s3")
    if ":" in bucket:
        hint = "!Ref BookBucket is the bucket's name. !GetAtt BookBucket.Arn is its ARN, which policies want."
        fail("the bucket's name in the output BookBucket", repr(bucket), hint)
    try:
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    except s3.exceptions.NoSuchBucket:
        fail("the bucket's name in the output BookBucket", repr(bucket), OUTPUT_HINT)
    return sorted(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys)


OUTPUT_HINT = (
    "This output is text, so it says the same for every stack, whatever the resource is called there. "
    "An output must ask the resource: !Ref."
)


def api_names(cloud: Any, stack: Any) -> set[str]:
    """What the console calls the stack's REST APIs."""
    made = [found for found in stack.resources.values() if found.type == "AWS::ApiGateway::RestApi"]
    return {cloud.gateway.apis.get(found.physical_id).name for found in made}


@exercise(
    "3.2",
    "Twice from one template",
    slug="3_2_names",
    files=["template.yaml"],
    minutes=15,
    hints=[
        "Make a list of everything in the template that is called visitors-something. Which of these lines *give* a "
        "name, and which only *use* one?",
        "Lines that give a name (there are three) can simply go: CloudFormation makes a name up. Do not "
        "forget Globals.",
        "Lines that use a name must ask the resource for it: !Ref BookBucket is the bucket's name, whatever it is, and "
        "!Ref GuestFunction the function's. The environment variable, the policy and two outputs need that.",
    ],
    passed="The same template now makes as many independent stacks as you like: one for each colleague, each branch, "
    "each test. That is worth more than pretty names.",
    next="3.3",
)
class Names:
    @check(points=1)
    def works_once(cloud, deploy, template, http, rng):
        """One stack of it works: who signs is found in its book."""
        stack, name = deployed(deploy, template, "spring"), word(rng)
        sign(http, stack, name)
        expect(signed(cloud, output(stack, "BookBucket")), OUTPUT_HINT, what="the book").equals([name])

    @check(points=2, needs=works_once, shares=BOTH)
    def deploys_twice(deploy, template, once):
        """A second stack can be made beside the first."""
        both_seasons(once, deploy, template)

    @check(points=2, needs=deploys_twice, shares=BOTH)
    def keeps_the_stacks_apart(cloud, deploy, template, once, http, rng):
        """Each stack has a book and a function of its own, and its outputs lead to them."""
        stacks = {word(rng): stack for stack in both_seasons(once, deploy, template)}
        for name, stack in stacks.items():
            sign(http, stack, name)
        for name, stack in stacks.items():
            expect(signed(cloud, output(stack, "BookBucket")), OUTPUT_HINT, what=f"the book of {stack.name}").equals(
                [name]
            )
        for name, stack in stacks.items():
            judge_function_output(cloud, stack, f"{name}-again")
        spring, autumn = stacks.values()
        judge_policy(cloud, function_of(spring), f"arn:aws:s3:::{output(autumn, 'BookBucket')}/visitors/x.txt")

    @check(points=1, needs=deploys_twice, shares=BOTH)
    def can_be_told_apart(cloud, deploy, template, once):
        """In the console the two APIs have different names."""
        spring, autumn = both_seasons(once, deploy, template)
        hint = (
            "AWS allows two APIs with one name, so nothing failed; but which of them would you delete? "
            "The API's name is still set, perhaps under Globals."
        )
        both = sorted(api_names(cloud, spring) & api_names(cloud, autumn))
        expect(both, hint, what="names that APIs of both stacks have").equals([])


def function_of(stack: Any) -> str:
    """A stack's function, as its output names it: a name, an ARN, or an ARN with a version or an alias at its end."""
    named, own = output(stack, "GuestFunction").split(":"), own_functions(stack)
    return next((part for part in named if part in own), "")


def own_functions(stack: Any) -> set[str]:
    """The names of a stack's functions."""
    return {found.physical_id for found in stack.resources.values() if found.type == "AWS::Lambda::Function"}


def judge_policy(cloud: Any, function: str, others: str) -> None:
    """One stack's function may not write into the other stack's book."""
    hint = (
        "With a wildcard for the bucket, or for a part of its name, a stack's function may write into other books, and "
        "into more of the account's buckets. Name this stack's: BucketName: !Ref BookBucket."
    )
    may = cloud.may(function, "s3:PutObject", others).allowed
    expect(may, hint, what="whether one stack's function may write into the book of another").is_false()


def judge_function_output(cloud: Any, stack: Any, name: str) -> None:
    """Invoke the function by the output; it must be the one of this stack."""
    function, own = output(stack, "GuestFunction"), own_functions(stack)
    if not function_of(stack):
        fail(f"the function of {stack.name} in the output GuestFunction: {', '.join(own)}", repr(function), OUTPUT_HINT)
    called = cloud.invoke(function, {"queryStringParameters": {"name": name}})
    expect(called.error, what=f"the error of {function}").is_none()
    expect(signed(cloud, output(stack, "BookBucket")), what=f"the book of {stack.name}").contains(name)
