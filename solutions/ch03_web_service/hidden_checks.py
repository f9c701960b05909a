"""What only a grader with the solutions asks: the same questions with more, and random, stacks, events and projects."""

from __future__ import annotations

import base64

from grader.checks import check, expect, hidden
from grader.checks.ch03_web_service.event import ASKED, MISSING_HINT, judge_view, without
from grader.checks.ch03_web_service.hello import HELLO
from grader.checks.ch03_web_service.names import OUTPUT_HINT, deployed, sign, signed
from grader.checks.ch03_web_service.outputs import PAGE, PAGES_HINT, crowd, find
from grader.checks.ch03_web_service.package import judge_names, packaged, sam_template, serverless, zip_of
from grader.checks.material import proxy_event, word
from grader.checks.reading import json_body, output


@hidden("3.1")
class HelloHidden:
    @check(points=1, needs="answers_with_json", shares=HELLO)
    def answers_every_client_with_a_new_id(stack, http):
        """Several requests get several ids."""
        url = output(stack, "HelloUrl")
        ids = {json_body(http.get(url), "JSON, please.").get("request_id") for _ in range(3)}
        expect(len(ids), "Each invocation has its own id.", what="different ids in three answers").equals(3)


@hidden("3.2")
class NamesHidden:
    @check(points=1, needs="deploys_twice")
    def deploys_under_any_name(cloud, deploy, template, http, rng):
        """Three more stacks, with any names, work side by side."""
        stacks = [deployed(deploy, template, word(rng, 9)) for _ in range(3)]
        for stack in stacks:
            sign(http, stack, stack.name)
        for stack in stacks:
            expect(signed(cloud, output(stack, "BookBucket")), OUTPUT_HINT, what="the book").equals([stack.name])


@hidden("3.3")
class OutputsHidden:
    @check(points=1, needs="finds_an_output")
    def finds_any_output(cloud, function, rng):
        """Any output is found among any number of stacks."""
        key = word(rng).title()
        cloud.stacks.page_size = PAGE
        wanted = crowd(cloud, rng, rng.randrange(2, 5) * PAGE, key)
        expect(find(function, key, PAGES_HINT), PAGES_HINT, what=f"find_output({key!r})").equals(wanted)


@hidden("3.4")
class EventHidden:
    @check(points=1, needs="reads_a_complete_event", shares=ASKED)
    def survives_any_event(function, rng):
        """Any mixture of missing, null and present fields is read."""
        for _ in range(8):
            event = proxy_event(
                rng, body=base64.b64encode(word(rng).encode()).decode(), isBase64Encoded=rng.random() < 0.5
            )
            event = without(event, *rng.sample(sorted(event), rng.randrange(5)))
            event.update({key: None for key in rng.sample(sorted(event), 2) if key != "isBase64Encoded"})
            judge_view(function, event, MISSING_HINT, f"an event with {sorted(key for key in event if event[key])}")


@hidden("3.5")
class PackageHidden:
    @check(points=1, needs="uploads_a_zip_for_each_function")
    def packages_any_project(cloud, folder, rng):
        """Any folders, any depth; and a name that only contains the word tests is no folder of tests."""
        a, b, logo = word(rng), word(rng), bytes(range(256))
        files = {
            f"sources/src/{a}/app.py": f"from contests.{b} import N\n\n\ndef lambda_handler(event, _):\n    return N\n",
            f"sources/src/{a}/contests/__init__.py": "",
            f"sources/src/{a}/contests/{b}.py": "N = 42\n",
            f"sources/src/{a}/tests.json": "{}",
            f"sources/src/{a}/.settings": "{}",
            f"sources/src/{a}/logo.png": logo,
        }
        template = packaged(cloud, folder, files, sam_template(OnlyFunction=serverless(f"src/{a}/")))
        names = zip_of(cloud, template, "OnlyFunction")
        judge_names(names, {"app.py", f"contests/{b}.py", "tests.json", ".settings", "logo.png"})
        expect(names["logo.png"], "A file is bytes, and not always text.", what="logo.png in the zip").equals(logo)
        stack = cloud.deploy(template, name="any")
        expect(cloud.invoke(stack.resources["OnlyFunction"].physical_id, {}).payload, what="its answer").equals(42)
