"""11.4: CORS for an API and two buckets: one page may use them, and reads errors too; no other page may."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect
from grader.checks.material import photograph, word
from grader.checks.reading import json_body
from grader.cloud.http.body import Upload

SITE = "https://photos.example"
STRANGERS = (
    "https://evil.example", "http://photos.example", "https://photos.example.evil.example", "https://www.photos.example",
    "https://photos.example:8443", "http://localhost:3000", "null",
)  # fmt: skip
SERVICE = "service"  # the checks ask one service, one after the other


def start(browser: Any, stack: Any, kind: str = "image/jpeg") -> Any:
    """The page asks for a grant: JSON to another origin."""
    return browser.fetch(stack.outputs["UploadsUrl"], method="POST", json={"type": kind})


def expect_read(fetched: Any, status: int, what: str, hint: str) -> None:
    """The page may read the answer, and it is this one."""
    expect(fetched.console, hint, what=f"what the browser's console says of {what}", trace=fetched.trace).is_none()
    expect(fetched.status, "The browser let it through; see the answer.", what=f"the status of {what}").equals(status)


def expect_blocked(fetched: Any, what: str, hint: str) -> None:
    """The browser keeps the answer from the page."""
    expect(fetched.blocked, hint, what=f"whether the browser blocks {what}", trace=fetched.trace).is_true()


def granted(cloud: Any, stack: Any, origin: str = SITE) -> dict[str, Any]:
    """What the page was given to upload with."""
    fetched = start(cloud.http.browser(origin), stack)
    expect_read(fetched, 201, "POST /uploads from our page", "See the first check.")
    return json_body(fetched, "Answer with JSON.")


def send(browser: Any, grant: Any, body: bytes) -> Any:
    """The page posts a file with its grant."""
    return browser.fetch(
        grant["url"], method="POST", multipart={**grant["fields"], "file": Upload("photo", body, "image/jpeg")}
    )


def asked_before(http: Any, url: str, origin: str, method: str, headers: str = "") -> Any:
    """A preflight, as a browser sends it."""
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return http.request(
        "OPTIONS", url, headers={**asked, **({"Access-Control-Request-Headers": headers} if headers else {})}
    )


def allowed_methods(answer: Any) -> set[str]:
    """The methods that a preflight's answer names, those aside that need no permission."""
    if answer.status >= 300:
        return set()
    named = str(answer.headers.get("access-control-allow-methods", "")).upper().split(",")
    return {name.strip() for name in named} - {"GET", "HEAD", "POST", "OPTIONS", ""}


@exercise(
    "11.4",
    "Who may read the answers?",
    slug="11_4_cors",
    files=["template.yaml", "app.py"],
    minutes=20,
    hints=[
        "Four places speak to the page: the gateway before the request (the preflight), your function, the gateway "
        "when there is trouble, and two buckets. Each has to name the page's origin.",
        "Cors on the API answers preflights only; the function's answers need the header from your code, all of them. "
        "For what the gateway itself says there is GatewayResponses: DEFAULT_4XX and DEFAULT_5XX.",
        "AllowOrigin: !Sub \"'${SiteOrigin}'\" (the inner quotes belong there), AllowMethods: \"'POST'\", "
        "AllowHeaders: \"'Content-Type'\". Buckets: CorsConfiguration with [!Ref SiteOrigin], and POST or GET.",
    ],
    passed="Your page reads every answer, refusals and crashes included; a page of anybody else reads none. And you "
    "know that this protects people in front of browsers, and nothing else.",
    next="11.5",
)
class Cors:
    @check(points=2, shares=SERVICE)
    def lets_our_page_ask(cloud, stack, http):
        """Our page asks for a grant in JSON and reads it."""
        fetched = start(cloud.http.browser(SITE), stack)
        hint = (
            "JSON is more than a form can send, so the browser asks before, with OPTIONS. That needs Cors on the API; "
            "the answer itself needs Access-Control-Allow-Origin from your code."
        )
        expect_read(fetched, 201, "POST /uploads from our page", hint)

    @check(points=1, needs=lets_our_page_ask, shares=SERVICE)
    def lets_it_read_refusals(cloud, stack, http):
        """Our page reads why it was refused."""
        fetched = start(cloud.http.browser(SITE), stack, "text/x-python")
        hint = "The header belongs to every answer of your code, above all to those that explain something."
        expect_read(fetched, 400, "a refusal", hint)

    @check(points=2, needs=lets_our_page_ask)
    def lets_it_read_the_gateways_own_answers(cloud, stack, http):
        """Our page reads what the gateway says when the function cannot."""
        browser = cloud.http.browser(SITE)
        hint = (
            "The gateway answers by itself here: GatewayResponses of the Api, DEFAULT_4XX and DEFAULT_5XX. (Resources "
            "of their own are made beside the API's deployment, and are not in it.)"
        )
        name = stack.resources["ApiFunction"].physical_id
        cloud.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        busy = start(browser, stack)
        if "preflight" in str(busy.console):
            hint = "A preflight that your function answers fails with it. Let the gateway answer: Cors of the Api."
        expect(busy.console, hint, what="what the console says when the function is busy", trace=busy.trace).is_none()
        expect(busy.status, what="the status when the function is busy").is_in([500, 502, 503])
        elsewhere = browser.fetch(stack.outputs["UploadsUrl"] + "/elsewhere")
        expect(
            elsewhere.console, hint, what="what the console says of a path that is not there", trace=elsewhere.trace
        ).is_none()

    @check(points=2, needs=lets_our_page_ask, shares=SERVICE)
    def lets_it_use_the_buckets(cloud, stack, http, rng):
        """Our page uploads, reads S3's refusals, and looks for its thumbnail."""
        found, browser = granted(cloud, stack), cloud.http.browser(SITE)
        uploads = "CorsConfiguration of UploadsBucket: our origin, POST."
        expect_read(send(browser, found["upload"], b""), 400, "an empty upload", uploads)
        expect_read(send(browser, found["upload"], photograph(rng)), 204, "an upload", uploads)
        thumbnails = "CorsConfiguration of ThumbnailsBucket: our origin, GET."
        expect_read(browser.fetch(found["thumbnail"]), 404, "a thumbnail that is not there yet", thumbnails)
        key = found["upload"]["fields"]["key"]
        cloud.client("s3").put_object(Bucket=stack.outputs["ThumbnailsBucket"], Key=key, Body=b"small")
        expect_read(browser.fetch(found["thumbnail"]), 200, "a thumbnail", thumbnails)

    @check(points=2, needs=lets_it_use_the_buckets, shares=SERVICE)
    def lets_no_other_page_read(cloud, stack, http, rng):
        """A page of another origin reads nothing, and is refused before it asks."""
        found = granted(cloud, stack)
        elsewhere = stack.outputs["UploadsUrl"] + "/elsewhere"
        hint = "Name our origin, whole: no star, no pattern, and do not send back whatever Origin says."
        for origin in STRANGERS:
            browser = cloud.http.browser(origin)
            asked = start(browser, stack)
            expect_blocked(asked, f"POST /uploads from {browser.origin}", hint)
            expect(
                asked.behind is None,
                "The preflight's answer (Cors: AllowOrigin) lets any page ask: no star there.",
                what=f"whether the browser keeps POST /uploads from {browser.origin} to itself",
            ).is_true()
            expect_blocked(browser.fetch(elsewhere), f"the gateway's own answer on {browser.origin}", hint)
            expect_blocked(
                browser.fetch(stack.outputs["UploadsUrl"], method="POST", body="{}"),
                f"a simple POST /uploads from {browser.origin}",
                hint,
            )
            expect_blocked(send(browser, found["upload"], photograph(rng)), f"an upload from {browser.origin}", hint)
            expect_blocked(browser.fetch(found["thumbnail"]), f"a thumbnail on {browser.origin}", hint)

    @check(points=1, needs=lets_it_use_the_buckets, shares=SERVICE)
    def allows_no_more_than_needed(cloud, stack, http, rng):
        """Our page may do what it needs, and nothing else."""
        for name in ("UploadsBucket", "ThumbnailsBucket"):
            url = f"https://{stack.outputs[name]}.s3.us-east-1.amazonaws.com/uploads/{word(rng)}"
            for method in ("PUT", "DELETE"):
                found = allowed_methods(asked_before(http, url, SITE, method))
                hint = "Forms are POSTed, thumbnails are got. A page that was tampered with may try more."
                expect(sorted(found), hint, what=f"methods that {name} allows besides").equals([])
        answer = asked_before(http, stack.outputs["UploadsUrl"], SITE, "DELETE", "content-type")
        expect(
            sorted(allowed_methods(answer)), "AllowMethods: \"'POST'\", which is all there is.",
            what="methods that the API allows besides",
        ).equals([])  # fmt: skip
        headers = str(answer.headers.get("access-control-allow-headers", "")).lower()
        expect("*" in headers, "AllowHeaders: \"'Content-Type'\".", what="whether every header is allowed").is_false()
