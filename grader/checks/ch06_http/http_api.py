"""6.5: the form as an HTTP API, with payload format 2.0."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote

from grader.checks import check, exercise, expect, fail
from grader.checks.ch06_http.form import ECHO_HINT, ESCAPE_HINT, expect_said, is_said, require_page, told
from grader.checks.ch06_http.markup import Markup
from grader.checks.material import word
from grader.checks.reading import output

HELLO = "hello"  # the checks use one stack, one after the other

V2_HINT = (
    "A format 2.0 event has no httpMethod, no Cookie among its headers, and a form's body in base64. Print one: "
    "requestContext.http.method, cookies, isBase64Encoded."
)
UNQUOTE_HINT = "A cookie keeps the name as quote(…) spells it. The old code took that back with unquote(…)."
SAME_HINT = "From outside nothing changes: what the old handler said, the new one says, word for word."
PLAIN_HINT = (
    "Not every body comes in base64: this one is plain text, and its event says so. Decode only where "
    "event['isBase64Encoded'] is true."
)
NASTY = ("<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>")


def show(http: Any, stack: Any, cookies: str = "") -> Markup:
    """The page that GET shows to a browser with these cookies."""
    return shown(http.get(output(stack, "HelloUrl"), headers={"Cookie": cookies} if cookies else {}))


def shown(page: Any) -> Markup:
    """The page, or the failure that HTTP APIs have for a crash."""
    if page.status >= 500:
        fail("status 200", told(page), V2_HINT, trace=page.trace)
    if page.status == 404:
        hint = "An HTTP API has the stage $default, which has no part in the path: there is no /Prod in its addresses."
        fail("status 200", told(page), hint, trace=page.trace)
    return require_page(page)


def send(http: Any, stack: Any, name: str) -> Any:
    """The answer to the form with a name."""
    page = http.post(output(stack, "HelloUrl"), form={"name": name})
    shown(page)
    return page


def require_as_text(page: Markup, name: str) -> None:
    """The name made no elements of its own on the page."""
    made = [tag for tag, _ in page.elements if tag in ("script", "img", "i")]
    expect(made, ESCAPE_HINT, what=f"elements that the name {name!r} made").equals([])


def require_remembered(page: Markup, name: str, hint: str) -> None:
    """The page greets by the name in a cookie."""
    require_as_text(page, name)
    if quote(name) in page.text:
        hint = UNQUOTE_HINT
    elif name.split()[0] in page.text:  # it was found and read: the rest of it became something else
        hint = ESCAPE_HINT
    expect_said(page, name, hint)


def jar_of(page: Any) -> SimpleCookie:
    """The cookies that an answer sets, with what it says of each."""
    jar = SimpleCookie()
    for written in page.headers.all("set-cookie"):
        jar.load(written)
    return jar


def cookies_of(page: Any) -> dict[str, str]:
    """The cookies that an answer sets, by name."""
    return {name: morsel.value for name, morsel in jar_of(page).items()}


@exercise(
    "6.5",
    "The same as an HTTP API",
    slug="6_5_http_api",
    files=["template.yaml", "app.py"],
    minutes=15,
    hints=[
        "Begin with the template: another Type for both events, another API in the output, and no stage in its path. "
        "Then ask, read the log (cloud.logs('HelloFunction')), and mend one KeyError after the other.",
        "The method: event['requestContext']['http']['method']. Cookies: event.get('cookies', []), each as name=value. "
        "In the answer: 'cookies': […]; multiValueHeaders are ignored. The body of a form is in base64.",
        "body = event.get('body', ''); if event['isBase64Encoded']: body = base64.b64decode(body).decode(). "
        "SimpleCookie('; '.join(event.get('cookies', []))). Output: https://${ServerlessHttpApi}.execute-api."
        "${AWS::Region}.amazonaws.com/hello",
    ],
    passed="Two formats of one idea: whoever reads an event once at the border, as in 3.4, changes one place and not "
    "ten.",
)
class HttpApiExercise:
    @check(points=1, shares=HELLO)
    def is_an_http_api(stack, http):
        """The address is an HTTP API's, and no REST API is left."""
        kinds = {found.type for found in stack.resources.values()}
        hint = "Events of Type: HttpApi make an HTTP API; as long as one event has Type: Api there is a REST API, too."
        expect("AWS::ApiGatewayV2::Api" in kinds, hint, what="whether the stack has an HTTP API").equals(True)
        expect("AWS::ApiGateway::RestApi" in kinds, hint, what="whether the stack has a REST API").equals(False)
        page = http.get(output(stack, "HelloUrl"))
        if page.status in (403, 404):
            hint = "The stage $default has no part in the path: there is no /Prod in an HTTP API's addresses."
            fail("an answer at HelloUrl", told(page), hint, trace=page.trace)

    @check(points=1, needs=is_an_http_api, shares=HELLO)
    def shows_the_form(stack, http):
        """GET /hello shows the form."""
        page = show(http, stack)
        expect(any("name" in form.fields for form in page.forms), what="whether there is a form").equals(True)

    @check(points=1, needs=shows_the_form, shares=HELLO)
    def speaks_format_2(cloud, stack, http, rng):
        """The function is given events of format 2.0."""
        formats = sorted(formats_of(stack))
        hint = "PayloadFormatVersion 1.0 keeps old code alive. The exercise is about 2.0, which is the default."
        expect(formats, hint, what="payload formats of the API's integrations").equals(["2.0"])

    @check(points=2, needs=shows_the_form, shares=HELLO)
    def greets_by_name(stack, http, rng):
        """POST greets by name, whatever the name is made of."""
        for name in (word(rng).title(), f"Zoë {word(rng)} & Söhne", *NASTY):
            page = shown(send(http, stack, name))
            hint = "In format 2.0 a form's body comes in base64: event['isBase64Encoded'] is true. Decode, then parse."
            require_as_text(page, name)
            expect_said(page, name, hint)
        plain = http.post(output(stack, "HelloUrl"), "name=Ada", headers={"Content-Type": "text/plain"})
        if plain.status >= 500:
            fail("a page for a body in plain text", told(plain), PLAIN_HINT, trace=plain.trace)
        expect_said(shown(plain), "Ada", PLAIN_HINT)

    @check(points=2, needs=greets_by_name, shares=HELLO)
    def remembers_in_cookies(stack, http, rng):
        """POST sets two cookies, and GET with them greets by name."""
        name = f"{word(rng).title()} Ó {word(rng).title()}"
        answer = send(http, stack, name)
        jar = cookies_of(answer)
        hint = "Format 2.0 takes 'cookies': a list of texts, one for each cookie. multiValueHeaders are for format 1.0."
        expect(sorted(jar), hint, what="cookies that were set").equals(["name", "visited"])
        expect(jar["visited"], SAME_HINT, what="the cookie visited").equals("yes")
        written = jar_of(answer)["name"]
        kept = [word for word, said in (("HttpOnly", written["httponly"]), ("Secure", written["secure"])) if said]
        expect(kept, SAME_HINT, what="what is said of the cookie name").equals(["HttpOnly", "Secure"])
        page = show(http, stack, "; ".join(f"{key}={value}" for key, value in jar.items()))
        require_remembered(page, name, "Cookies stand in event['cookies'], each as name=value; headers have none.")
        expect(bool(page.forms), SAME_HINT, what="whether the form is under the greeting").equals(True)
        stranger = show(http, stack)
        if is_said(stranger, name):
            fail("the form without a name, for a browser without cookies", stranger.text, ECHO_HINT)

    @check(points=1, needs=shows_the_form, shares=HELLO)
    def other_routes_are_not_found(stack, http):
        """Other methods and paths are not found."""
        url = output(stack, "HelloUrl")
        for method, address in (("DELETE", url), ("GET", url + "/more"), ("GET", url.replace("/hello", "/"))):
            page = http.request(method, address)
            hint = "A route with $default or ANY catches everything. Name the two that you mean."
            expect(page.status, hint, what=f"the status of {method} {address}", trace=page.trace).equals(404)


def formats_of(stack: Any) -> set[str]:
    """The payload formats of an HTTP API's integrations, in its definition or as resources of their own."""
    own = [
        found["Properties"].get("PayloadFormatVersion")
        for found in stack.expanded["Resources"].values()
        if found["Type"] == "AWS::ApiGatewayV2::Integration"
    ]
    paths = [
        operation
        for found in stack.expanded["Resources"].values()
        if found["Type"] == "AWS::ApiGatewayV2::Api"
        for path in found["Properties"].get("Body", {}).get("paths", {}).values()
        for operation in path.values()
        if isinstance(operation, dict)  # beside its methods, a path may have a summary, or parameters
    ]
    integrations = [operation.get("x-amazon-apigateway-integration", {}) for operation in paths]
    defined = [one["payloadFormatVersion"] for one in integrations if "payloadFormatVersion" in one]
    return {str(version) for version in (*own, *defined)}
