import base64
import html
from urllib.parse import parse_qs

FORM = """
<form method="post">
  <label>Your name <input name="name" required></label>
  <button>Start</button>
</form>
"""


def lambda_handler(event, context):
    """GET shows the form; POST greets whoever sent it."""
    if event["httpMethod"] == "GET":
        return page("Thumbnails", FORM)
    name = fields(event).get("name", ["stranger"])[0]
    return page("Thumbnails", f"<p>Hello, {html.escape(name)}! Soon you can upload a picture here.</p>")


def fields(event):
    """What a form sent: from the name of each field to its values."""
    body = event["body"] or ""
    if event["isBase64Encoded"]:
        body = base64.b64decode(body).decode("utf-8")
    return parse_qs(body)


def page(title, body):
    """A whole page."""
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "text/html; charset=utf-8"},
        "body": f"<!doctype html><html lang='en'><title>{title}</title><h1>{title}</h1>{body}</html>",
    }
