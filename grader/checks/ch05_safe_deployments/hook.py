"""5.3: a hook that tests the new version."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.ch05_safe_deployments.releases import (
    BROKEN,
    alias_of,
    expect_release,
    next_version,
    published,
    release,
    revised,
)
from grader.checks.reading import output

BASKET = "basket"  # the checks release into one stack, one after the other
PRICED = "PRICES = {'book': 29, 'pen': 3}\n\n\ndef lambda_handler(event, context):\n    return {'total': "
WRONG_SUMS = {  # right for smaller baskets, and too little or too much for the one that the hook is given
    "counts each item once": f"{PRICED}sum(PRICES[item] for item in set(event['items']))}}\n",
    "counts the last item twice": f"{PRICED}sum(PRICES[item] for item in [*event['items'], *event['items'][2:]])}}\n",
}
ODD_ANSWERS = {
    "a list": "def lambda_handler(event, context):\n    return ['total', 35]\n",
    "a total that is text": "def lambda_handler(event, context):\n    return {'total': '35'}\n",
}
HOUR = 61
FUNCTIONS = "arn:aws:lambda:us-east-1:123456789012:function"
TOO_MUCH = {
    "delete functions": "lambda:DeleteFunction",
    "change code": "lambda:UpdateFunctionCode",
    "change settings": "lambda:UpdateFunctionConfiguration",
    "publish versions": "lambda:PublishVersion",
    "move aliases": "lambda:UpdateAlias",
    "let others invoke": "lambda:AddPermission",
    "start deployments": "codedeploy:CreateDeployment",
    "stop deployments": "codedeploy:StopDeployment",
    "change deployment groups": "codedeploy:UpdateDeploymentGroup",
}


def bad_release(cloud: Any, folder: Any, code: str) -> float:
    """Release something bad; returns how many minutes it took until the stack was back."""
    began = cloud.clock.timestamp()
    stack = release(cloud, folder, {"app.py": f"{code}\n# {began}\n"}, wait=False)  # no version has this code yet
    for _ in range(HOUR):
        if not stack.in_progress:
            break
        cloud.clock.advance(minutes=1)
    return float(cloud.clock.timestamp() - began) / 60


def good_release(cloud: Any, folder: Any) -> Any:
    """Release something good; returns the stack when it is at rest."""
    stack = release(cloud, folder, revised(folder, "app.py", int(cloud.clock.timestamp())), wait=False)
    cloud.clock.advance(minutes=HOUR)
    return stack


def invocations(cloud: Any, function: str, resource: str) -> float:
    """How often a function was invoked under a name: function:version or function:alias."""
    return float(cloud.metrics.total("AWS/Lambda", "Invocations", FunctionName=function, Resource=resource))


PASSES = (
    "The hook must report Succeeded for a good version. It needs a name that begins with CodeDeployHook_ (or a role "
    "of your own for CodeDeploy), the permission to report, and the permission to invoke the new version. The stack's "
    "failure and the hook's log say which is missing: cloud.logs('TestFunction')."
)
WHY = {  # what CodeDeploy says, and what to look at
    "does not give you permission": (
        "CodeDeploy may not invoke the hook: its role knows functions whose names begin with CodeDeployHook_, in these "
        "letters, and no others. Or give it a role of your own."
    ),
    "did not call": (
        "No report arrived. What the hook returns counts for nothing; it must call "
        "put_lifecycle_event_hook_execution_status, each id in its place, with status Succeeded or Failed in these "
        "letters, and it must be allowed to. Its log says what became of it: cloud.logs('TestFunction')."
    ),
    "reported the status Failed": (
        "The version is good, and the hook said Failed: its own call went wrong. May it invoke the new version "
        "(lambda:InvokeFunction on !Ref BasketFunction.Version: the ARN with the number)? Is that what it invokes? Its "
        "log says what became of it: cloud.logs('TestFunction')."
    ),
}
STOPS = (
    "A version that fails, or answers wrongly, must be reported as Failed. An invocation that fails raises nothing in "
    "the caller: look at FunctionError, and compare the payload."
)


@exercise(
    "5.3",
    "A test before the traffic",
    slug="5_3_hook",
    files=["template.yaml", "hook.py"],
    minutes=20,
    hints=[
        "The hook is a function like any other. It gets two ids in its event, and CodeDeploy waits for one call that "
        "brings both back. What does a failed invocation look like to whoever invoked?",
        "invoke(FunctionName=os.environ['NEW_VERSION'], …), look at FunctionError and at the payload, then "
        "put_lifecycle_event_hook_execution_status(deploymentId=…, lifecycleEventHookExecutionId=…, status=…), also "
        "when your test itself breaks.",
        "Template: FunctionName !Sub 'CodeDeployHook_${AWS::StackName}'; a policy with "
        "codedeploy:PutLifecycleEventHookExecutionStatus on the deployment group, and lambda:InvokeFunction on "
        "!Ref BasketFunction.Version.",
    ],
    passed="No request meets a version that your test has not met first. The test costs a second, and it runs at "
    "every release.",
    next="5.4",
)
class Hook:
    @check(points=2, shares=BASKET)
    def a_good_version_passes(cloud, stack, folder):
        """A good version passes the test, and gets the traffic."""
        function = output(stack, "BasketFunction")
        new = next_version(cloud, function)
        released = good_release(cloud, folder)
        said = released.failure.reason if released.failure is not None else ""
        hint = next((hint for words, hint in WHY.items() if words in said), PASSES)
        expect_release(released, "UPDATE_COMPLETE", hint)
        expect(alias_of(cloud, function), PASSES, what="the alias").equals((new, 0.0))

    @check(points=2, needs=a_good_version_passes, shares=BASKET)
    def a_broken_version_is_stopped(cloud, stack, folder):
        """A version that fails gets no traffic."""
        function = output(stack, "BasketFunction")
        before = alias_of(cloud, function)
        bad_release(cloud, folder, BROKEN)
        released = cloud.stacks.get("answer")
        expect_release(released, "UPDATE_ROLLBACK_COMPLETE", STOPS)
        if "AfterAllowTraffic" in released.failure.reason:
            hint = "PostTraffic runs when everybody has been led over already. A test before the traffic is PreTraffic."
            fail("a test before the traffic", released.failure.reason, hint, "template.yaml")
        expect(alias_of(cloud, function), STOPS, what="the alias").equals(before)

    @check(points=1, needs=a_good_version_passes, shares=BASKET)
    def a_wrong_answer_is_stopped(cloud, stack, folder):
        """A version that answers, but wrongly, gets no traffic."""
        for kind, code in WRONG_SUMS.items():
            bad_release(cloud, folder, code)
            hint = f"This version {kind}. {STOPS} Only TOTAL, for the whole BASKET, is right."
            expect_release(cloud.stacks.get("answer"), "UPDATE_ROLLBACK_COMPLETE", hint)

    @check(points=1, needs=a_broken_version_is_stopped, shares=BASKET)
    def it_says_so_at_once(cloud, stack, folder):
        """A bad version is reported at once; nobody waits for the hook's hour to pass."""
        minutes = bad_release(cloud, folder, BROKEN)
        expect(
            minutes,
            "A hook that does not report is waited for, an hour long. Report Failed, also when the test itself breaks.",
            what="minutes until the release was taken back",
        ).is_at_most(1)

    @check(points=1, needs=a_good_version_passes, shares=BASKET)
    def it_tests_the_version_itself(cloud, stack, folder):
        """The hook invokes the version that is about to get the traffic, not $LATEST and not the alias."""
        function = output(stack, "BasketFunction")
        new = next_version(cloud, function)
        good_release(cloud, folder)
        expect(
            invocations(cloud, function, f"{function}:{new}"),
            "$LATEST may have moved on since the version was published, and the alias still points to the old one. "
            "NEW_VERSION is the ARN of exactly the version that CodeDeploy asks about. (To import app "
            "tests the copy in the hook's own package.)",
            what="invocations of the new version by its number",
        ).is_at_least(1)

    @check(points=1, needs=a_good_version_passes, shares=BASKET)
    def it_may_do_no_more(cloud, stack):
        """The hook may report and invoke; it may not change functions or deployments."""
        function, groups = output(stack, "BasketFunction"), deployment_groups(cloud)
        names = ["any", function, *(f"{function}:{version}" for version in published(cloud, function))]
        functions = [f"{FUNCTIONS}:{name}" for name in names]
        found = [
            name
            for name, action in TOO_MUCH.items()
            if any(
                cloud.may("TestFunction", action, arn).allowed
                for arn in (groups if action.startswith("codedeploy") else functions)
            )
        ]
        expect(
            found,
            "Two actions are enough: codedeploy:PutLifecycleEventHookExecutionStatus and lambda:InvokeFunction.",
            what="what the hook may do although it need not",
        ).equals([])


def deployment_groups(cloud: Any) -> list[str]:
    """The ARNs of any deployment group, and of those that there are."""
    codedeploy = cloud.client("codedeploy")
    there = [
        f"{application}/{group}"
        for application in codedeploy.list_applications()["applications"]
        for group in codedeploy.list_deployment_groups(applicationName=application)["deploymentGroups"]
    ]
    return [f"arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:{name}" for name in ("app/group", *there)]
