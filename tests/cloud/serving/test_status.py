"""The status page: everything is there and escaped, in order for those who hear it, and closed to other sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from grader.cloud import Cloud
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.events import Mail
from grader.cloud.serving import ServedCloud
from grader.cloud.serving.status import StatusPages

EVIL = "<script>alert('x')</script>&\"'\x1b[31m"
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Secret: {Type: String, NoEcho: true, Default: hush}}
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Environment: {Variables: {TITLE: "<b>bold</b>"}}
      InlineCode: |
        def handler(event, context):
            print("<i>logged</i>")
            return {"statusCode": 200, "body": "hello"}
      Events:
        Get: {Type: Api, Properties: {Path: /hello, Method: get}}
Outputs:
  Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello"}
  Evil: {Value: "<u>under</u>"}
"""
HERE = (("Host", "127.0.0.1:4599"),)


class Reading(HTMLParser):
    """What a screen reader and a security reviewer look at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.levels: list[int] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.lone_headers = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.tags.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.addresses += [value for name, value in attributes if name in ("src", "href") and value]
        self.ids += [given["id"]] if given.get("id") else []
        self.lone_headers += tag == "th" and "scope" not in given


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        stack = cloud.deploy(TEMPLATE, name="echo")
        cloud.http.get(stack.outputs["Url"])
        cloud.http.get(stack.outputs["Url"] + "/<img>")
        cloud.outbox.append(Mail("a@example.com", EVIL, EVIL, "arn:topic", cloud.clock.timestamp()))
        yield cloud


@pytest.fixture
def pages(cloud: Cloud) -> StatusPages:
    return StatusPages(cloud, "http://127.0.0.1:4599")


def get(pages: StatusPages, path: str, **headers: str) -> Response:
    sent = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return pages.handle(Request("GET", "http", "127.0.0.1:4599", f"/_pocket/{path}", "", HERE + sent))


def all_paths(cloud: Cloud) -> list[str]:
    function = cloud.stacks.get("echo").resources["Echo"].physical_id
    traces = [one.id for one in cloud.traces.recent()]
    return ["", "stacks/echo", f"functions/{function}", "traces", *(f"traces/{one}" for one in traces), "mail", "gone"]


def test_everything_is_shown(cloud: Cloud, pages: StatusPages) -> None:
    function = cloud.stacks.get("echo").resources["Echo"].physical_id
    expected = {
        "": ["export AWS_ENDPOINT_URL=http://127.0.0.1:4599", "CREATE_COMPLETE", "python3.13", "GET /Prod/hello → 200"],
        "stacks/echo": ["<svg", cloud.local_url(cloud.stacks.get("echo").outputs["Url"]), "EchoRole", "****", function],
        f"functions/{function}": ["128 MB", "TITLE", "idle", "REPORT RequestId", "index.handler", "/aws/lambda/"],
        "traces": ["broke at route"],
        "mail": ["a@example.com"],
    }
    for path, words in expected.items():
        shown = get(pages, path).body.decode()
        assert [word for word in words if word not in shown] == [], path
    assert "hush" not in get(pages, "stacks/echo").body.decode()


def test_nothing_foreign_becomes_markup(cloud: Cloud, pages: StatusPages) -> None:
    for path in [*all_paths(cloud), quote(EVIL), "stacks/" + quote(EVIL)]:
        shown = get(pages, path).body.decode()
        found = [
            mark for mark in ("<b>", "<i>", "<u>", "<img>", "<script>") if mark in shown.replace("<script src", "")
        ]
        assert found == [], path


def test_headings_landmarks_and_tables_are_in_order(cloud: Cloud, pages: StatusPages) -> None:
    for path in all_paths(cloud):
        text = get(pages, path).body.decode()
        read = Reading(text)
        assert read.levels[0] == 1 and read.levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in zip(read.levels, read.levels[1:], strict=False)), path
        assert [read.tags.count(mark) for mark in ("main", "nav", "header")] == [1, 1, 1], path
        assert len(set(read.ids)) == len(read.ids), path
        assert read.lone_headers == 0, path
        assert '<html lang="en">' in text and re.search(r"<title>[^<]+ · pocket AWS</title>", text), path
        assert all(f'role="img" aria-labelledby="{one}' in text for one in re.findall(r'<title id="(d\w+)-t">', text))


def test_nothing_comes_from_elsewhere(cloud: Cloud, pages: StatusPages) -> None:
    for path in all_paths(cloud):
        read = Reading(get(pages, path).body.decode())
        foreign = [one for one in read.addresses if not re.match(r"/_pocket/|#|data:|http://127\.0\.0\.1:", one)]
        assert foreign == [], path


def test_answers_carry_what_keeps_other_sites_out(pages: StatusPages) -> None:
    for path in ("", "style.css", "live.js", "gone"):
        answer = get(pages, path)
        assert "default-src 'none'" in answer.header("Content-Security-Policy")
        assert answer.header("Cross-Origin-Resource-Policy") == "same-origin"
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert answer.header("Access-Control-Allow-Origin") == ""
        assert answer.status == (404 if path == "gone" else 200)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}, 200),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({}, 200),
    ],
)
def test_pages_of_other_sites_cannot_read_it(pages: StatusPages, headers: dict[str, str], status: int) -> None:
    assert get(pages, "", **headers).status == status


def test_it_is_shown_on_this_machine_only_and_changes_nothing(pages: StatusPages) -> None:
    asked = Request("GET", "http", "127.0.0.1:4599", "/_pocket/", "", HERE)

    assert pages.handle(replace(asked, source_ip="192.168.1.9")).status == 403
    assert pages.handle(replace(asked, method="POST")).status == 405
    assert pages.handle(replace(asked, path="/_pocket")).header("Location") == "/_pocket/"


def test_what_has_not_changed_is_not_sent_again(cloud: Cloud, pages: StatusPages) -> None:
    tag = get(pages, "").header("ETag")
    assert get(pages, "", If_None_Match=tag).status == 304

    cloud.deploy("Resources: {Only: {Type: AWS::SQS::Queue}}\n", name="new")
    assert get(pages, "", If_None_Match=tag).status == 200


def test_it_never_hides_a_bucket_and_a_foreign_name_does_not_reach_it(served: ServedCloud) -> None:
    s3 = Request(
        "GET", "http", "s3.us-east-1.amazonaws.com", "/_pocket/", "", (("Host", "s3.us-east-1.amazonaws.com"),)
    )
    own = Request("GET", "http", "127.0.0.1", "/_pocket/", "", (("Host", "127.0.0.1"),))

    assert b"<h1>" not in served.handle(s3).body
    assert b"<h1>Overview</h1>" in served.handle(own).body
    assert served.handle(replace(own, host="evil.example")).status == 403
