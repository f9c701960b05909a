"""The finished app in a real browser: deployed by the real ``sam``, unchanged, each part at its own origin."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from grader.cloud.serving import ServedCloud
from tests.journeys.real_clients import Terminal, copied

pytestmark = [pytest.mark.journey, pytest.mark.filterwarnings("default")]
SOLUTIONS = Path(__file__).parents[2] / "solutions"
APPS = [path.parents[2] for path in sorted(SOLUTIONS.glob("ch*/app/web/site/index.html"))]
PATIENCE_MS = 60_000
LARGEST = 5_000_000  # bytes
# The page of somebody else: on the same CDN, and yet another origin.
ELSEWHERE = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      WebsiteConfiguration: {IndexDocument: index.html}
      PublicAccessBlockConfiguration: {BlockPublicPolicy: false, RestrictPublicBuckets: false}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: !Sub "${Bucket.Arn}/*"}]
Outputs:
  Url: {Value: !GetAtt Bucket.WebsiteURL}
  Bucket: {Value: !Ref Bucket}
"""
FETCH = """async ([url, options]) => {
    try { const answer = await fetch(url, options); return [answer.status, await answer.text()]; }
    catch (error) { return [error.name, ""]; }
}"""
# What browsers themselves say of each 404: the thumbnail is not there yet.
NOT_YET = "Failed to load resource: the server responded with a status of 404 (Not Found)"
# The link to the result, as good as one whose time is over: S3 answers 403 in the same way.
AGE_LINK = """() => {
    const upload = JSON.parse(localStorage.getItem("upload"));
    upload.result = upload.result.replace("X-Amz-Expires=300", "X-Amz-Expires=1");
    localStorage.setItem("upload", JSON.stringify(upload));
}"""


@dataclass
class Site:
    """The deployed app, and where a browser finds it."""

    served: ServedCloud
    outputs: dict[str, str]

    def local(self, output: str) -> str:
        """An output as an address of this machine."""
        return self.served.cloud.local_url(self.outputs[output])


@pytest.fixture(scope="module", params=APPS, ids=lambda path: path.parent.name)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("app")
    with ServedCloud() as served:
        terminal = Terminal(served.address, copied(request.param, folder), folder)
        terminal.sam("deploy --no-progressbar")
        outputs = terminal.sam("list stack-outputs --output json").json
        yield Site(served, {one["OutputKey"]: one["OutputValue"] for one in outputs})


@pytest.fixture
def page(site: Site, browser: Any) -> Iterator[Any]:
    """The app's page in a fresh profile; what the browser's console says is in ``page.said``."""
    context = browser.new_context()
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto(site.local("SiteUrl"))
    yield page
    context.close()


def photograph(width: int = 640, height: int = 480) -> dict[str, Any]:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, "JPEG")
    return {"name": "beach.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}


def send(page: Any, file: dict[str, Any]) -> None:
    page.get_by_label("A photograph").set_input_files(file)
    page.get_by_role("button", name="Make a thumbnail").click()


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("RUNNING_SERVERLESS_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def shown_size(page: Any) -> list[int]:
    """Width and height of the thumbnail that is shown."""
    thumbnail = page.get_by_role("img", name="Thumbnail of beach.jpg")
    expect(thumbnail).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("status")).to_have_text("Here it is.")
    found: list[int] = thumbnail.evaluate(
        "async image => (await image.decode(), [image.naturalWidth, image.naturalHeight])"
    )
    return found


def keys(site: Site, output: str) -> list[str]:
    listed = site.served.cloud.client("s3").list_objects_v2(Bucket=site.outputs[output])
    return sorted(item["Key"] for item in listed.get("Contents", []))


def test_a_photograph_is_uploaded_and_its_thumbnail_is_shown(site: Site, page: Any) -> None:
    asked: list[tuple[str, str]] = []
    page.on("request", lambda request: asked.append((request.method, request.url.split("?")[0])))
    send(page, photograph())

    assert shown_size(page) == [160, 120]
    assert {*page.said} <= {NOT_YET}
    origins = {url.split("/")[2] for _, url in asked if url.startswith("http")}
    home = site.local("SiteUrl").split("/")[2]  # the page came before; what belongs to it may still be on its way
    assert len(origins - {home}) == 3  # the API, and two buckets
    assert {method for method, url in asked if home in url} <= {"GET"}
    picture(page, "thumbnail-page")


def test_a_wrong_type_is_refused_with_what_would_do(site: Site, page: Any) -> None:
    before = keys(site, "UploadsBucket")
    send(page, {"name": "song.mp3", "mimeType": "audio/mpeg", "buffer": b"ID3"})

    expect(page.get_by_role("status")).to_have_text("This is no photograph: choose a JPEG, PNG or GIF file.")
    assert (keys(site, "UploadsBucket"), page.said) == (before, [])


def test_what_only_calls_itself_a_picture_is_refused_after_it_was_looked_at(page: Any) -> None:
    send(page, {**photograph(), "buffer": b"I am no picture"})

    expect(page.get_by_role("status")).to_have_text("This file is no picture that we can read.", timeout=PATIENCE_MS)
    page.reload()
    expect(page.get_by_role("status")).to_be_empty()  # there is nothing to wait for


def test_a_too_large_file_is_refused_before_it_is_sent(site: Site, page: Any) -> None:
    before = keys(site, "UploadsBucket")
    send(page, {**photograph(), "buffer": bytes(LARGEST + 1_000_000)})

    expect(page.get_by_role("status")).to_contain_text("This photograph has 6.0 MB; at most 5 MB are taken.")
    assert (keys(site, "UploadsBucket"), page.said) == (before, [])


def test_storage_refuses_a_too_large_file_when_the_page_does_not(site: Site, page: Any) -> None:
    """A page that was tampered with: the grant's conditions hold all the same, and S3's refusal can be read."""
    page.evaluate("Object.defineProperty(File.prototype, 'size', {get: () => 1})")
    before = keys(site, "UploadsBucket")
    send(page, {**photograph(), "buffer": bytes(LARGEST + 1)})

    expect(page.get_by_role("status")).to_have_text(
        "This photograph is too large. Choose a smaller one.", timeout=PATIENCE_MS
    )
    assert keys(site, "UploadsBucket") == before


def test_a_reload_while_the_thumbnail_is_made_loses_nothing(site: Site, page: Any) -> None:
    """Meanwhile the link gets too old: the page's token gets it another one."""
    waiting = "Waiting for the thumbnail of beach.jpg …"
    with conversions_stopped(site):
        send(page, photograph())
        expect(page.get_by_role("status")).to_have_text(waiting, timeout=PATIENCE_MS)
        page.evaluate(AGE_LINK)
        with page.expect_response("**/live/resume") as resumed:
            page.reload()
        expect(page.get_by_role("status")).to_have_text(waiting)
        assert resumed.value.status == 200

    assert shown_size(page) == [160, 120]
    page.reload()
    assert shown_size(page) == [160, 120]


@contextmanager
def conversions_stopped(site: Site) -> Iterator[None]:
    """The emergency stop; what came meanwhile is stored once more, rather than waiting for Lambda's retry."""
    cloud, before = site.served.cloud, keys(site, "UploadsBucket")
    stacks, lambda_, s3 = cloud.client("cloudformation"), cloud.client("lambda"), cloud.client("s3")
    found = stacks.describe_stack_resource(StackName="thumbnails", LogicalResourceId="ConvertFunction")
    function = found["StackResourceDetail"]["PhysicalResourceId"]
    lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    yield
    lambda_.delete_function_concurrency(FunctionName=function)
    for key in {*keys(site, "UploadsBucket")} - {*before}:
        stored = s3.get_object(Bucket=site.outputs["UploadsBucket"], Key=key)["Body"].read()
        s3.put_object(Bucket=site.outputs["UploadsBucket"], Key=key, Body=stored)


def test_a_page_of_another_origin_is_refused_by_the_browser(site: Site, page: Any, browser: Any) -> None:
    cloud = site.served.cloud
    elsewhere = cloud.deploy(ELSEWHERE, name="elsewhere")
    cloud.client("s3").put_object(
        Bucket=elsewhere.outputs["Bucket"], Key="index.html", Body=b"<title>Else</title>", ContentType="text/html"
    )
    other = browser.new_page()
    said: list[str] = []
    other.on("console", lambda message: said.append(message.text))
    uploads = f"{site.local('ApiUrl')}/uploads"
    asking = {
        "method": "POST", "headers": {"Content-Type": "application/json"}, "body": json.dumps({"type": "image/jpeg"}),
    }  # fmt: skip

    status, text = page.evaluate(FETCH, [uploads, asking])
    result = json.loads(text)["result"]
    assert (status, page.evaluate(FETCH, [result, {}])[0]) == (201, 404)
    other.goto(cloud.local_url(elsewhere.outputs["Url"]))
    assert other.evaluate(FETCH, [uploads, asking]) == ["TypeError", ""]
    assert other.evaluate(FETCH, [result, {}]) == ["TypeError", ""]
    blocked = [text for text in said if "has been blocked by CORS policy" in text]
    assert ["preflight" in text for text in blocked] == [
        True,
        False,
    ]  # JSON is asked about before, a GET is just hidden
    other.close()
