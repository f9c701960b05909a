import base64
import html
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, quote, unquote

FORM = '<form method="post"><label>Your name <input name="name"></label><button>Say hello</button></form>'


def lambda_handler(event, context):
    """GET shows the form, and greets whoever the cookies know; POST greets and remembers. For payload 2.0."""
    if event["requestContext"]["http"]["method"] == "GET":
        return page(known(event), [])
    name = parse_qs(body_of(event)).get("name", ["stranger"])[0]
    return page(f"<p>Hello, {html.escape(name)}!</p>", [f"name={quote(name)}; HttpOnly; Secure", "visited=yes"])


def body_of(event):
    """The body as text. In format 2.0 forms come in base64, and without a body there is no key."""
    body = event.get("body", "")
    return base64.b64decode(body).decode("utf-8") if event["isBase64Encoded"] else body


def known(event):
    """The form, under a greeting for somebody whose browser remembers the name."""
    cookies = SimpleCookie("; ".join(event.get("cookies", [])))
    if "name" not in cookies:
        return FORM
    return f"<p>Welcome back, {html.escape(unquote(cookies['name'].value))}!</p>{FORM}"


def page(body, cookies):
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "text/html; charset=utf-8"},
        "cookies": cookies,
        "body": body,
    }
