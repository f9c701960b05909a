"""6.3: whoever deploys the API names its stage, within limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from grader.checks import check, exercise, expect, fail
from grader.checks.ch06_http.form import told
from grader.checks.fault import from_cloud
from grader.checks.material import word
from grader.checks.reading import json_body, output
from grader.cloud.stacks import DeployError

DEFAULT = "api"
GOOD = ("a", "api", "production", "zzzzzzzzzz")
BAD = {
    "": "An empty stage leaves an address with two slashes in it. MinLength: 1 forbids it; a * in a pattern does not.",
    "elevenchars": "MaxLength counts: ten letters are the most.",
    "Prod": "Big letters are what people forget to type. A pattern that allows A-Z, or i, lets them in.",
    "stage2": "Letters only: the pattern must fit the whole value, from its first letter to its last.",
    "my-stage": "A pattern that looks for one small letter somewhere finds it here, too. Letters only, all through.",
    "myStage": "Small letters all through: a pattern whose second part allows A-Z lets this one in.",
    "my_stage": "Letters only: an underscore is none.",
    "my stage": "Letters only: a blank is none, and an address cannot hold it.",
    "grün": "The letters from a to z only: ü is another.",
    "a/b": "A slash would make two parts of the path from one.",
}
DEFAULT_HINT = f"Nobody gave a value here. The parameter's Default is what it has then: {DEFAULT}."
REFUSALS = {
    "parameter type": "The types are String and Number, with a capital letter.",
    "Stage name only allows": "StageName refers to the parameter: !Ref AppStage. Text without !Sub stays as it is.",
    "any methods": "Your API has no route: the event still makes an API of its own. RestApiId says where it belongs.",
    "do not exist in the template": "Declare AppStage under Parameters.",
    "failed to satisfy constraint": "This name is within the limits: one to ten small letters.",
    "must": "This name is within the limits: one to ten small letters.",
}


def deployed(deploy: Callable[..., Any], name: str, stage: str | None = None) -> Any:
    """The answer with that stage, or with its own default; a refusal is a failed check."""
    try:
        return deploy(name=name, parameters={} if stage is None else {"AppStage": stage})
    except DeployError as refused:
        failure = from_cloud(refused)
        hint = next((hint for words, hint in REFUSALS.items() if words in failure.found), failure.hint)
        if stage is None and "AppStage" in failure.found:
            hint = DEFAULT_HINT
        asked = "a deployment without a value" if stage is None else f"a deployment with AppStage={stage}"
        fail(asked, failure.found, hint, failure.where)


def refusal(deploy: Callable[..., Any], stage: str) -> str | None:
    """What a deployment with that stage says against it; None when it goes through."""
    try:
        deploy(name="refused", parameters={"AppStage": stage})
    except DeployError as refused:
        return refused.reason or str(refused)
    return None


def require_stage(http: Any, stack: Any, stage: str) -> None:
    """The output leads to the stage, and the stage answers."""
    url = output(stack, "HelloUrl")
    path = urlsplit(url).path
    hint = "The output must follow the parameter: ${AppStage} in !Sub. A stage that stands there as text stays behind."
    expect(path, hint, what="the path of HelloUrl").equals(f"/{stage}/hello")
    page = http.get(url)
    if page.status != 200:
        fail("status 200", told(page), "Does the API's StageName refer to the parameter?", trace=page.trace)
    expect(json_body(page, "app.py is right as it is.").get("stage"), what="the stage that was asked").equals(stage)


def stages(cloud: Any, stack: Any) -> dict[str, list[str]]:
    """The stages of each REST API in a stack, by the API's logical id."""
    apis = {key: found for key, found in stack.resources.items() if found.type == "AWS::ApiGateway::RestApi"}
    return {key: sorted(cloud.gateway.apis.get(found.physical_id).stages) for key, found in apis.items()}


@exercise(
    "6.3",
    "A stage by parameter",
    slug="6_3_stage",
    files=["template.yaml"],
    minutes=10,
    hints=[
        "Three parts: a parameter, an API that you declare yourself (the implicit one always has the stage Prod), and "
        "an event that says to which API it belongs.",
        "Parameters → AppStage → Type, Default, AllowedPattern, MinLength, MaxLength, ConstraintDescription. "
        "Resources → WebApi → Type: AWS::Serverless::Api → StageName. The event gets RestApiId, the output ${WebApi} "
        "and ${AppStage}.",
        'AllowedPattern: "[a-z]+" with MinLength 1 and MaxLength 10; StageName: !Ref AppStage; RestApiId: !Ref WebApi; '
        'and OpenApiVersion: "3.0.1" under Globals: Api, which keeps SAM from leaving a second stage behind.',
    ],
    passed="The same template now makes /api, /test, /blue; and who mistypes a name learns it before anything is made, "
    "in your words.",
)
class StageExercise:
    @check(points=1)
    def works_without_being_told(deploy, http):
        """Without a parameter the API answers at /api/hello."""
        require_stage(http, deployed(deploy, "default"), DEFAULT)

    @check(points=2, needs=works_without_being_told)
    def takes_another_stage(deploy, http, rng):
        """With AppStage=… it answers there, and nowhere else."""
        stage = word(rng, 6)
        stack = deployed(deploy, "other", stage)
        require_stage(http, stack, stage)
        for other in (DEFAULT, "Prod"):
            page = http.get(output(stack, "HelloUrl").replace(f"/{stage}/", f"/{other}/"))
            expect(page.status, what=f"the status of /{other}/hello", trace=page.trace).equals(403)

    @check(points=1, needs=works_without_being_told)
    def takes_every_name_within_the_limits(deploy):
        """One to ten small letters are accepted."""
        for number, stage in enumerate(GOOD):
            deployed(deploy, f"good{number}", stage)

    @check(points=2, needs=takes_another_stage)
    def refuses_other_names(deploy):
        """Everything else is refused before anything is made."""
        for stage, hint in BAD.items():
            said = refusal(deploy, stage)
            if said is None or "AppStage" not in said:
                found = "a stack of it" if said is None else f"{said} But the parameter took it."
                fail(f"a refusal of AppStage={stage!r}", found, hint, "template.yaml")

    @check(points=1, needs=refuses_other_names)
    def says_why(deploy, template):
        """The refusal is in your own words."""
        declared = template.body["Parameters"]["AppStage"]
        words = str(declared.get("ConstraintDescription", ""))
        hint = "“must match pattern [a-z]+” helps nobody who does not read patterns. ConstraintDescription says it."
        expect(words.strip(), hint, what="ConstraintDescription", where="template.yaml, AppStage").is_not_empty()
        expect(refusal(deploy, "Prod") or "", hint, what="the refusal").contains(words)

    @check(points=1, needs=takes_another_stage)
    def has_one_api_with_one_stage(cloud, deploy, rng):
        """There is one API, and it has this stage alone."""
        stage = word(rng, 6)
        found = stages(cloud, deployed(deploy, "one", stage))
        hint = (
            "An event without RestApiId makes an API of its own. And SAM leaves a stage called Stage beside yours, "
            "from old days, unless OpenApiVersion is set."
        )
        expect(sorted(found.values()), hint, what="the stages of the stack's APIs").equals([[stage]])
