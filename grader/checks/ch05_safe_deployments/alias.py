"""5.1: behind an alias."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect
from grader.checks.ch05_safe_deployments.releases import LIVE, alias_of, published, release, revised
from grader.checks.reading import json_body, output

REACH = (
    "The API must still reach the function: GreetUrl leads to GET /greet, and whoever writes the parts by hand lets "
    "the API call the alias (AWS::Lambda::Permission on !Ref of the alias)."
)
JSON = "app.py is given: it answers with JSON."


def serving(http: Any, stack: Any) -> str:
    """The version that answers the API."""
    page = http.get(output(stack, "GreetUrl"))
    expect(page.status, REACH, what="the status of GreetUrl", trace=page.trace).equals(200)
    return str(json_body(page, JSON).get("version"))


@exercise(
    "5.1",
    "Behind an alias",
    slug="5_1_alias",
    files=["template.yaml"],
    minutes=10,
    hints=[
        "The API calls $LATEST because nothing in the template names another version. Which property of the function "
        "makes SAM publish one?",
        "One line is enough. SAM then makes a version, an alias that points to it, and leads the API there. It also "
        "moves the alias when the code changes: a version of your own in the template would stay where it is.",
        "AutoPublishAlias, with the name that the alias shall have: live.",
    ],
    passed="Callers keep the version that they were promised, whatever happens to $LATEST. That is what makes "
    "everything else in this chapter possible.",
    next="5.2",
)
class Alias:
    @check(points=1)
    def publishes(cloud, stack):
        """The release publishes a version, and an alias called live points to it."""
        function = output(stack, "GreetFunction")
        hint = "This output is the name of the function as a whole, as it was: !Ref GreetFunction."
        expect(function.rpartition(":")[2], hint, what="the end of the output GreetFunction").is_not_in(["live", "1"])
        version, _ = alias_of(cloud, function)
        expect(version, LIVE, what="the version that live points to").equals("1")

    @check(points=2, needs=publishes)
    def the_api_calls_the_alias(cloud, stack, http):
        """The API calls the alias: broken code in $LATEST reaches nobody."""
        hint = (
            "An alias that nobody calls protects nobody. With AutoPublishAlias, SAM leads the function's events to it."
        )
        expect(serving(http, stack), hint, what="the version that answers the API").equals("1")
        function = output(stack, "GreetFunction")
        cloud.client("lambda").update_function_configuration(FunctionName=function, Handler="app.not_there")
        expect(serving(http, stack), hint, what="the version that answers while $LATEST is broken").equals("1")

    @check(points=2, needs=the_api_calls_the_alias)
    def the_next_release_moves_it(cloud, stack, http, folder):
        """The next release publishes the next version, and the alias moves to it."""
        release(cloud, folder, revised(folder, "app.py", 2))
        expect(
            serving(http, stack),
            "A version that stands in the template by itself is published once and never again. SAM's "
            "AutoPublishAlias makes a new one whenever the code changes.",
            what="the version that answers after a second release",
        ).equals("2")
        expect(
            published(cloud, output(stack, "GreetFunction")),
            "The version before must stay, so that there is a way back.",
            what="the published versions",
        ).equals(["1", "2"])
