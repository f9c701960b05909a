import base64
import html
from urllib.parse import parse_qs

FORM = """
<form method="post">
  <label>Your name <input name="name"></label>
  <button>Say hello</button>
</form>
"""


def lambda_handler(event, context):
    """GET shows the form; POST greets whoever sent it, by name, on a page that no name can break."""
    ### BEGIN SOLUTION
    if event["httpMethod"] == "GET":
        return page(FORM)
    name = fields(event).get("name", ["stranger"])[0]
    return page(f"<p>Hello, {html.escape(name)}!</p>")


def fields(event):
    """What a form sent: from the name of each field to its values."""
    body = event["body"] or ""
    if event["isBase64Encoded"]:
        body = base64.b64decode(body).decode("utf-8")
    return parse_qs(body)


def page(body):
    """An answer that a browser shows as a page."""
    return {"statusCode": 200, "headers": {"Content-Type": "text/html; charset=utf-8"}, "body": body}
    ### END SOLUTION
