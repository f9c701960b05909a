"""The status page in a real browser: live, quiet in the console, and complete without JavaScript."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from grader.cloud.serving import ServedCloud

pytestmark = [pytest.mark.journey, pytest.mark.filterwarnings("default")]
APP = Path(__file__).parents[2] / "solutions" / "ch03_web_service" / "app" / "template.yaml"
PATIENCE_MS = 60_000


@pytest.fixture
def served() -> Iterator[ServedCloud]:
    with ServedCloud() as served:
        yield served


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("RUNNING_SERVERLESS_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_happens_appears_by_itself(served: ServedCloud, browser: Any, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    outside: list[str] = []
    page.on("request", lambda asked: None if asked.url.startswith(served.address) else outside.append(asked.url))

    page.goto(f"{served.address}/_pocket/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    stack = served.cloud.deploy(APP, name="thumbnails")
    expect(page.get_by_role("link", name="thumbnails").first).to_be_visible(timeout=PATIENCE_MS)
    served.cloud.http.get(stack.outputs["HelloUrl"])
    expect(page.get_by_role("link", name="GET /Prod/hello → 200")).to_be_visible(timeout=PATIENCE_MS)
    picture(page, f"status-overview-{scheme}")

    page.get_by_role("link", name="thumbnails").first.click()
    expect(page.get_by_role("img", name="The resources of stack thumbnails")).to_be_visible()
    picture(page, f"status-stack-{scheme}")
    page.get_by_role("link", name="HelloFunction", exact=True).click()
    log = page.get_by_role("log")
    expect(log).to_contain_text("REPORT RequestId")
    page.get_by_role("button", name="Pause").click()
    served.cloud.http.get(stack.outputs["HelloUrl"])
    page.wait_for_timeout(2500)  # longer than the page's period
    assert log.inner_text().count("REPORT") == 1
    page.get_by_role("button", name="Go on").click()
    expect(log).to_contain_text(re.compile("REPORT.*REPORT", re.DOTALL), timeout=PATIENCE_MS)
    picture(page, f"status-function-{scheme}")

    assert (said, outside) == ([], [])
    page.close()


def test_it_is_complete_without_javascript(served: ServedCloud, browser: Any) -> None:
    stack = served.cloud.deploy(APP, name="thumbnails")
    served.cloud.http.get(stack.outputs["HelloUrl"])
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.address}/_pocket/")
    page.get_by_role("link", name="GET /Prod/hello → 200").click()

    expect(page.get_by_role("img", name="The path of request GET /Prod/hello")).to_be_visible()
    expect(page.get_by_text("Reload the page to see what has changed.")).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("row", name="thumbnails CREATE_COMPLETE")).to_be_visible()
    page.get_by_role("link", name="thumbnails").first.click()
    here = page.get_by_role("link", name=f"{served.cloud.local_url(stack.outputs['HelloUrl'])}")
    here.click()
    assert "The thumbnail service says hello." in page.content()
    context.close()


def test_another_sites_page_can_neither_read_nor_use_it(served: ServedCloud, browser: Any) -> None:
    """A page at another origin of this machine, as a malicious site would be."""
    served.cloud.deploy(APP, name="thumbnails")
    elsewhere = served.cloud.local_url(served.cloud.stacks.get("thumbnails").outputs["HelloUrl"])
    page = browser.new_page()
    page.goto(elsewhere)
    asked = """async ([url, mode]) => {
        try { const answer = await fetch(url, {mode}); return [answer.type, await answer.text()]; }
        catch (error) { return [error.name, ""]; }
    }"""
    signed = "/?Action=ListStacks&X-Amz-Credential=A/20261127/us-east-1/cloudformation/aws4_request"
    for path in ("/_pocket/", "/_pocket/traces", signed):
        assert page.evaluate(asked, [served.address + path, "cors"]) == ["TypeError", ""]
        assert page.evaluate(asked, [served.address + path, "no-cors"])[1] == ""
    page.close()
