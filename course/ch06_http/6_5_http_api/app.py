import html
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, quote, unquote

FORM = '<form method="post"><label>Your name <input name="name"></label><button>Say hello</button></form>'


def lambda_handler(event, context):
    """GET shows the form, and greets whoever the cookies know; POST greets and remembers. For a REST API."""
    if event["httpMethod"] == "GET":
        return page(known(event), [])
    name = parse_qs(event["body"] or "").get("name", ["stranger"])[0]
    return page(f"<p>Hello, {html.escape(name)}!</p>", [f"name={quote(name)}; HttpOnly; Secure", "visited=yes"])


def known(event):
    """The form, under a greeting for somebody whose browser remembers the name."""
    cookies = SimpleCookie(event["headers"].get("Cookie") or "")
    if "name" not in cookies:
        return FORM
    return f"<p>Welcome back, {html.escape(unquote(cookies['name'].value))}!</p>{FORM}"


def page(body, cookies):
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "text/html; charset=utf-8"},
        "multiValueHeaders": {"Set-Cookie": cookies},
        "body": body,
    }
