"""A browser's fetches, images and forms, against scripted servers and against APIs."""

from __future__ import annotations

import pytest

from grader.cloud.http import HttpClient
from grader.cloud.http.answer import Answer, Headers
from grader.cloud.http.browser import Browser
from grader.cloud.http.browser.cookies import site_of
from grader.cloud.http.cors import Cors

SITE = "https://site.example"
API = "https://api.other.example/x"
OPEN = {"Access-Control-Allow-Origin": "*"}
PNG = b"\x89PNG\r\n\x1a\n"


class Server:
    """Answers what it is told, and remembers what it was asked."""

    def __init__(self):
        self.asked = []
        self.answers = {}

    def answers_with(self, method, url=API, status=200, content=b"hi", **headers):
        pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        self.answers[method, url] = (status, pairs, content)

    def request(self, method, url, *, headers, body):
        self.asked.append((method, url, {name.lower(): value for name, value in headers}, body))
        status, pairs, content = self.answers.get((method, url), (404, (), b""))
        return Answer(status, Headers(pairs), content, url)


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def page(world, server):
    return Browser(SITE, server, world.clock, world.traces)


def gates(fetched):
    return [(gate.name, gate.status) for gate in fetched.trace.gates]


def methods(server):
    return [method for method, *_ in server.asked]


# --- who is asked before, and what is read ----------------------------------------------------------------------------


def test_a_simple_request_is_sent_at_once_and_read_when_the_answer_allows_it(page, server):
    server.answers_with("GET", Access_Control_Allow_Origin="*", X_Secret="1", Content_Type="text/plain")
    fetched = page.fetch(API)
    assert (fetched.type, fetched.status, fetched.body, fetched.ok) == ("cors", 200, "hi", True)
    assert list(fetched.headers) == ["content-type"]
    assert gates(fetched) == [("preflight", "passed"), ("request", "passed"), ("cors", "passed")]
    [(_, _, headers, _)] = server.asked
    assert (headers["origin"], headers["referer"]) == (SITE, f"{SITE}/")


def test_a_simple_request_is_carried_out_although_its_answer_is_hidden(page, server):
    server.answers_with("POST")
    fetched = page.fetch(API, method="POST", form={"a": "b"})
    assert (fetched.blocked, fetched.status, fetched.body, fetched.behind.status) == (True, 0, "", 200)
    assert methods(server) == ["POST"]
    assert fetched.console == (
        f"Access to fetch at '{API}' from origin '{SITE}' has been blocked by CORS policy: "
        "No 'Access-Control-Allow-Origin' header is present on the requested resource."
    )
    assert fetched.trace.first_broken.name == "cors"
    assert "carried out all the same" in fetched.trace.first_broken.detail


def test_a_preflight_asks_for_method_and_headers_without_cookies(page, server):
    allow = {"Access_Control_Allow_Origin": SITE, "Access_Control_Allow_Methods": "PUT"}
    server.answers_with("OPTIONS", status=204, **allow, Access_Control_Allow_Headers="content-type,x-a")
    server.answers_with("PUT", **allow)
    fetched = page.fetch(API, method="PUT", json={"a": 1}, headers={"X-A": "1"}, credentials="omit")
    assert (fetched.type, fetched.preflight.status) == ("cors", 204)
    (_, _, asked, _), (_, _, sent, body) = server.asked
    assert (asked["access-control-request-method"], asked["access-control-request-headers"]) == (
        "PUT",
        "content-type,x-a",
    )
    assert "cookie" not in asked and "content-type" not in asked
    assert (sent["content-type"], body) == ("application/json", b'{"a": 1}')


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({}, "preflight request doesn't pass access control check: No 'Access-Control-Allow-Origin' header"),
        ({"status": 403, "Access_Control_Allow_Origin": "*"}, "It does not have HTTP ok status."),
        ({"Access_Control_Allow_Origin": "*"}, "Method DELETE is not allowed by Access-Control-Allow-Methods"),
        ({"Access_Control_Allow_Origin": "https://other.example"}, "that is not equal to the supplied origin"),
    ],
)
def test_a_request_is_not_sent_when_the_preflight_does_not_allow_it(page, server, answer, says):
    server.answers_with("OPTIONS", **answer)
    fetched = page.fetch(API, method="DELETE")
    assert (fetched.blocked, fetched.behind, methods(server)) == (True, None, ["OPTIONS"])
    assert says in fetched.console
    assert gates(fetched) == [("preflight", "broken")]


def test_the_answer_needs_the_header_too(page, server):
    allow = {"Access_Control_Allow_Origin": "*", "Access_Control_Allow_Methods": "PUT"}
    server.answers_with("OPTIONS", **allow)
    server.answers_with("PUT", status=500)
    fetched = page.fetch(API, method="PUT")
    assert (fetched.blocked, fetched.behind.status) == (True, 500)
    assert gates(fetched) == [("preflight", "passed"), ("request", "passed"), ("cors", "broken")]


def test_a_preflight_is_kept_for_its_age_on_the_clock(page, server, world):
    allow = {"Access_Control_Allow_Origin": "*", "Access_Control_Allow_Methods": "PUT"}
    server.answers_with("OPTIONS", **allow, Access_Control_Max_Age="60")
    server.answers_with("PUT", **allow)
    for seconds in (59, 1, 0):
        page.fetch(API, method="PUT")
        world.clock.advance(seconds)
    assert methods(server) == ["OPTIONS", "PUT", "PUT", "OPTIONS", "PUT"]


def test_a_lower_case_patch_is_not_patch(page, server):
    allow = {"Access_Control_Allow_Origin": "*", "Access_Control_Allow_Methods": "PATCH"}
    server.answers_with("OPTIONS", **allow)
    server.answers_with("PATCH", **allow)
    assert page.fetch(API, method="PATCH").type == "cors"
    assert "Method patch is not allowed" in page.fetch(API, method="patch").console
    assert page.fetch(API, method="post").console.endswith("header is present on the requested resource.")


def test_the_same_origin_is_read_without_asking(page, server):
    server.answers_with("PUT", f"{SITE}/x", X_Id="7", Set_Cookie="a=1")
    fetched = page.fetch("/x", method="PUT", json={})
    assert (fetched.type, fetched.status, list(fetched.headers)) == ("basic", 200, ["x-id"])
    assert methods(server) == ["PUT"]


def test_a_script_cannot_choose_its_origin(page, server):
    server.answers_with("GET", **{"Access_Control_Allow_Origin": "*"})
    page.fetch(API, headers={"Origin": "https://bank.example", "Cookie": "a=1", "Host": "x"})
    [(_, _, headers, _)] = server.asked
    assert (headers["origin"], headers.get("cookie"), headers.get("host")) == (SITE, None, None)


# --- modes and credentials --------------------------------------------------------------------------------------------


def test_no_cors_sends_and_cannot_read(page, server):
    server.answers_with("POST")
    fetched = page.fetch(API, method="POST", body="x", mode="no-cors")
    assert (fetched.type, fetched.status, fetched.body, fetched.blocked) == ("opaque", 0, "", False)
    assert page.fetch(API, method="PUT", mode="no-cors").blocked
    assert methods(server) == ["POST"]


def test_same_origin_mode_refuses_another_origin(page, server):
    assert 'Request mode is "same-origin"' in page.fetch(API, mode="same-origin").console
    assert server.asked == []


def test_cookies_go_to_other_origins_only_when_included_and_allowed_by_same_site(page, server):
    server.answers_with("GET", Access_Control_Allow_Origin=SITE, Access_Control_Allow_Credentials="true",
                        Set_Cookie="id=7; SameSite=None; Secure")  # fmt: skip
    page.fetch(API)
    page.fetch(API, credentials="include")
    page.fetch(API, credentials="include")
    page.fetch(API)
    assert [headers.get("cookie") for _, _, headers, _ in server.asked] == [None, None, "id=7", None]


def test_a_lax_cookie_stays_away_from_other_sites(page, server):
    server.answers_with("GET", Access_Control_Allow_Origin=SITE, Access_Control_Allow_Credentials="true",
                        Set_Cookie="id=7")  # fmt: skip
    for _ in range(2):
        page.fetch(API, credentials="include")
    assert [headers.get("cookie") for _, _, headers, _ in server.asked] == [None, None]
    page.open(API)
    assert server.asked[-1][2]["cookie"] == "id=7"


def test_a_wildcard_and_credentials_do_not_go_together(page, server):
    server.answers_with("GET", **{"Access_Control_Allow_Origin": "*", "Access_Control_Allow_Credentials": "true"})
    assert "must not be the wildcard '*'" in page.fetch(API, credentials="include").console


def test_apis_and_buckets_are_sites_of_their_own():
    assert site_of("https://a.execute-api.us-east-1.amazonaws.com") != site_of(
        "https://b.execute-api.us-east-1.amazonaws.com"
    )
    assert site_of("https://www.site.example/x") == site_of("https://api.site.example")


# --- redirects, images, forms -----------------------------------------------------------------------------------------


def test_a_redirect_is_followed_and_its_answer_checked(page, server):
    server.answers_with("GET", status=302, Location="/y", **{"Access_Control_Allow_Origin": "*"})
    server.answers_with("GET", "https://api.other.example/y", **{"Access_Control_Allow_Origin": SITE})
    assert page.fetch(API).url == "https://api.other.example/y"


def test_a_redirect_to_a_third_origin_comes_from_nobody(page, server):
    third = "https://third.example/z"
    server.answers_with("GET", status=302, Location=third, **{"Access_Control_Allow_Origin": "*"})
    server.answers_with("GET", third, **{"Access_Control_Allow_Origin": SITE})
    fetched = page.fetch(API)
    assert server.asked[-1][2]["origin"] == "null"
    assert "that is not equal to the supplied origin" in fetched.console


def test_a_redirect_from_the_own_origin_is_checked_at_the_other(page, server):
    server.answers_with("GET", f"{SITE}/go", status=302, Location=API)
    server.answers_with("GET")
    assert page.fetch("/go").blocked


def test_a_circle_of_redirects_ends(page, server):
    server.answers_with("GET", status=302, Location=API, **{"Access_Control_Allow_Origin": "*"})
    assert "more than 20 redirects" in page.fetch(API).console


@pytest.mark.parametrize(
    ("headers", "crossorigin", "loaded", "readable"),
    [
        ({}, None, True, False),
        ({}, "anonymous", False, False),
        ({"Access_Control_Allow_Origin": "*"}, "anonymous", True, True),
        ({"Access_Control_Allow_Origin": "*"}, None, True, False),
        ({"Access_Control_Allow_Origin": "*"}, "use-credentials", False, False),
    ],
)
def test_a_picture_is_shown_although_a_script_may_not_read_it(page, server, headers, crossorigin, loaded, readable):
    server.answers_with("GET", content=PNG, **headers)
    image = page.image(API, crossorigin)
    assert (image.loaded, image.readable) == (loaded, readable)


def test_what_is_no_picture_is_not_shown(page, server):
    server.answers_with("GET", content=b"<html>")
    assert not page.image(API).loaded


def test_a_form_goes_anywhere_unasked(page, server):
    server.answers_with("POST", status=303, Location="/done")
    server.answers_with("GET", "https://api.other.example/done", content=b"done")
    assert page.submit(API, multipart={"key": "k"}).body == "done"
    assert methods(server) == ["POST", "GET"]
    assert server.asked[0][2]["origin"] == SITE


# --- with APIs --------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(world):
    return HttpClient(door=world.gateway, gateway=world.gateway, clock=world.clock)


def test_a_rest_api_without_an_options_method_fails_the_preflight_and_the_trace_says_where(world, client):
    world.routes("PUT /a")
    url = world.gateway.url(world.api_id, "Prod") + "/a"
    fetched = client.browser(SITE).fetch(url, method="PUT")
    assert fetched.blocked and fetched.preflight.status == 403
    assert fetched.trace.first_broken.name == "preflight"
    [options] = fetched.trace.children
    assert options.first_broken.name == "route"
    assert fetched.trace in world.traces.recent() and options not in world.traces.recent()


def test_an_http_api_with_cors_lets_the_page_in_and_no_other(world, client):
    world.http_api("PUT /a", cors=Cors((SITE,), ("PUT",), ("content-type",)))
    url = f"https://{world.host}/a"
    assert client.browser(SITE).fetch(url, method="PUT", json={}).type == "cors"
    other = client.browser("https://other.example").fetch(url, method="PUT", json={})
    assert other.blocked
    assert len(world.functions.events) == 1


def test_the_command_line_shows_nothing_of_it(world, client):
    world.routes("GET /a")
    url = world.gateway.url(world.api_id, "Prod") + "/a"
    assert client.get(url).status == 200
    assert client.browser(SITE).fetch(url).blocked
