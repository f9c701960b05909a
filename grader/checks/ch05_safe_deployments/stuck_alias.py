"""5.6: an alias that did not move."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.ch05_safe_deployments.releases import alias_of, published
from grader.checks.reading import output

TIMEOUT = re.compile(r"""(\bTimeout["']?\s*:\s*["']?)\d+""")
TWENTY = re.compile(r"\b20\b")
ONCE = (
    "A changed comment or a variable that changes nothing helps once; at the next change somebody has to remember it "
    "again. Let every property count."
)
ELSEWHERE = (
    "SAM compares the function's properties as they are written: a !Ref or a !FindInMap stays the same, whatever the "
    "parameter or the mapping holds. Keep the timeout there, as a number, and let every property count."
)


def first_release(cloud: Any, folder: Path) -> Any:
    """The stack as it was a month ago."""
    with TemporaryDirectory(prefix="release-") as temporary:
        project = Path(temporary, "project")
        shutil.copytree(folder, project)
        shutil.copy(project / "first_release.yaml", project / "template.yaml")
        return cloud.deploy(project / "template.yaml", name="answer")


def deploy_with_timeout(cloud: Any, folder: Path, seconds: int) -> Any:
    """The answer's template with another timeout, deployed."""
    with TemporaryDirectory(prefix="release-") as temporary:
        project = Path(temporary, "project")
        shutil.copytree(folder, project)
        template = project / "template.yaml"
        text, changed = TIMEOUT.subn(rf"\g<1>{seconds}", template.read_text("utf-8"))
        if not changed:  # the number stands elsewhere: as a parameter's default, or in a mapping
            text, changed = TWENTY.subn(str(seconds), text)
        if not changed:
            fail("a Timeout with a number", "none", "Keep the timeout in the template, as a number.", "template.yaml")
        template.write_text(text, "utf-8")
        return cloud.deploy(template, name="answer")


def live_timeout(cloud: Any, function: str) -> int:
    """The timeout of the version that callers get."""
    told = cloud.client("lambda").get_function_configuration(FunctionName=function, Qualifier="live")
    return int(told["Timeout"])


@exercise(
    "5.6",
    "The alias that did not move",
    slug="5_6_stuck_alias",
    files=["template.yaml"],
    minutes=10,
    hints=[
        "Compare the configuration of $LATEST with that of the alias. Which of them did the deployment change? What "
        "makes SAM publish a version?",
        "SAM publishes when the code, the environment, the memory or SnapStart changed. A timeout is none of these. "
        "A property of the function widens that to everything.",
        "AutoPublishAliasAllProperties: true, beside AutoPublishAlias.",
    ],
    passed="Whatever you change about the function, a release releases it. You know now where to look when it does "
    "not: at the alias, not at $LATEST.",
    next="",
)
class StuckAlias:
    @check(points=2)
    def the_change_reaches_callers(cloud, deploy, folder):
        """The new timeout reaches those who call the alias."""
        function = output(first_release(cloud, folder), "ReportFunction")
        deploy()
        client = cloud.client("lambda")
        names = [one["FunctionName"] for one in client.list_functions()["Functions"]]
        hint = "The function was taken away, and another one made: whoever calls it by name finds nothing."
        expect(names, hint, what="the functions").contains(function)
        hint = "The timeout that was raised to 20 stays as it is; what is to be mended is who gets it."
        expect(client.get_function_configuration(FunctionName=function)["Timeout"], hint, what="the timeout").equals(20)
        version, _ = alias_of(cloud, function)
        expect(
            version,
            "An alias to $LATEST promises nothing: callers would meet every half-finished change. Let SAM publish a "
            "version, and move the alias there.",
            what="the version that live points to",
        ).differs_from("$LATEST")
        expect(
            live_timeout(cloud, function),
            "$LATEST has the new timeout; the alias still points to the version that was published before. Nothing "
            "that SAM looks at has changed.",
            what="the timeout of the version behind live",
        ).equals(20)
        done = cloud.invoke("ReportFunction", {"seconds": 8}, qualifier="live")
        expect(done.error, "A report that takes eight seconds must come through.", what="the error").is_none()

    @check(points=2, needs=the_change_reaches_callers)
    def so_does_the_next_one(cloud, deploy, folder, rng):
        """The next change of the timeout reaches them too."""
        function = output(first_release(cloud, folder), "ReportFunction")
        deploy()
        seconds = rng.randrange(30, 300)
        deploy_with_timeout(cloud, folder, seconds)
        expect(
            live_timeout(cloud, function),
            ONCE if TIMEOUT.search((folder / "template.yaml").read_text("utf-8")) else ELSEWHERE,
            what="the timeout of the version behind live, after another change",
        ).equals(seconds)

    @check(points=1, needs=the_change_reaches_callers)
    def nothing_new_without_a_change(cloud, deploy, folder):
        """Without a change, a deployment publishes nothing."""
        function = output(first_release(cloud, folder), "ReportFunction")
        deploy()
        before = published(cloud, function)
        deploy()
        expect(
            published(cloud, function),
            "Every version counts as stored code. Publish when something changed, and only then.",
            what="the versions after deploying the same again",
        ).equals(before)
