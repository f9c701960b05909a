"""4.3: a template with six faults that the linter or the deployment names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word
from grader.checks.reading import output
from grader.cloud.stacks.templates.template import load


def lint_findings(template: Path) -> list[str]:
    """What cfn-lint says of a template: ``line 12: E3002 …``; it reads the file and runs nothing of it."""
    from cfnlint.api import lint  # seconds; only this exercise needs it
    from cfnlint.config import ManualArgs

    found = lint(template.read_text("utf-8"), None, ["us-east-1"], ManualArgs(regions=["us-east-1"]))
    return [f"line {one.linenumber}: {one.rule.id} {one.message}" for one in found]


def mutes_the_linter(part: Any) -> bool:
    """Whether a Metadata section, of the template or of a resource, gives orders to cfn-lint."""
    if isinstance(part, list):
        return any(mutes_the_linter(one) for one in part)
    return isinstance(part, dict) and ("cfn-lint" in part or any(mutes_the_linter(one) for one in part.values()))


def configuration(cloud: Any, stack: Any) -> dict[str, Any]:
    """The function's configuration as Lambda has it."""
    name = stack.resources["AlbumFunction"].physical_id
    return dict(cloud.client("lambda").get_function_configuration(FunctionName=name))


@exercise(
    "4.3",
    "Lint first",
    slug="4_3_lint",
    files=["template.yaml"],
    minutes=10,
    hints=[
        'Ask the linter: run("cfn-lint 4_3_lint/template.yaml"). It names a line and a rule. Mend, '
        "save, ask again; the sixth fault shows only when you deploy.",
        "Names must be spelled as they are declared: a property, a resource, an attribute. Memory is a number of "
        "MB. Is that runtime still alive? And which folders are there?",
        "python3.13; Timeout; 512; !Ref PhotosBucket; PhotosBucket.Arn; CodeUri: photos/.",
    ],
    passed="Five of six faults cost you seconds instead of a failed deployment. The sixth is why one deploys to a "
    "test stack all the same.",
    next="4.4",
)
class Lint:
    @check(points=3)
    def the_linter_is_silent(folder):
        """cfn-lint has nothing to say, and nobody told it to be silent."""
        expect(
            lint_findings(folder / "template.yaml"),
            "Each finding has a line and a rule; `cfn-lint --info` or the rule's number lead to its explanation.",
            what="the linter's findings",
        ).equals([])
        if mutes_the_linter(load(folder / "template.yaml").body):
            fail("a template without orders to cfn-lint", "cfn-lint is told what to ignore", "Mend it; do not mute it.")

    @check(points=2)
    def it_deploys_and_works(stack, cloud, http, rng):
        """It deploys, and GET /photos lists the photos."""
        key = f"{word(rng)}.jpg"
        cloud.client("s3").put_object(Bucket=output(stack, "PhotosBucket"), Key=key, Body=b"photo")
        page = http.get(output(stack, "AlbumUrl"))
        hint = "What stands in PHOTOS, and may the function read it? See the function's log."
        expect(page.status, hint, what="the status of GET /photos", trace=page.trace).equals(200)
        expect(page.json(), hint, what="the photos", trace=page.trace).equals([key])

    @check(points=2, needs=it_deploys_and_works)
    def nothing_was_cut_out(stack, cloud):
        """The settings that were meant are there: 20 seconds, 512 MB, a runtime that is alive."""
        found = configuration(cloud, stack)
        expect(
            (found["Timeout"], found["MemorySize"]),
            "The template meant 20 seconds and 512 MB. A fault that is deleted is not mended: without its setting the "
            "function gets Lambda's default.",
            what="Timeout and MemorySize",
        ).equals((20, 512))
        expect(found["Runtime"], "The course uses python3.13.", what="the runtime").is_in(
            ["python3.12", "python3.13", "python3.14"]
        )

    @check(points=1, needs=it_deploys_and_works)
    def the_output_is_an_arn(stack):
        """PhotosArn is the ARN of the bucket."""
        hint = "!GetAtt resource.Attribute; attributes are spelled as the reference spells them."
        expect(output(stack, "PhotosArn"), hint, what="PhotosArn").equals(
            f"arn:aws:s3:::{output(stack, 'PhotosBucket')}"
        )

    @check(points=1, needs=it_deploys_and_works)
    def it_deploys_twice(deploy):
        """It can be deployed a second time, beside the first."""
        names = [output(deploy(name=name), "PhotosBucket") for name in ("test", "production")]
        hint = "A fixed bucket name instead of the reference exists once in the world."
        expect(names[0], hint, what="the second stack's bucket").differs_from(names[1])
