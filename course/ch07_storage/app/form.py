"""Given: the form, and the file that comes back from it. Nothing to change here."""

import base64
import html
from email import message_from_bytes
from typing import NamedTuple

FORM = """<form method="post" enctype="multipart/form-data">
  <label>A picture: <input type="file" name="file"></label> <button>Upload</button>
</form>"""


class File(NamedTuple):
    """What somebody uploaded: its own name, what kind of file it is, and its bytes."""

    name: str
    content_type: str
    content: bytes


def uploaded_file(event):
    """The file in a posted form, or None."""
    headers = {name.lower(): value for name, value in (event["headers"] or {}).items()}
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else (event["body"] or "").encode()
    head = f"Content-Type: {headers.get('content-type', '')}\r\n\r\n".encode()
    for part in message_from_bytes(head + body).walk():
        if part.get_filename():
            return File(part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
    return None


def page(text, status=200):
    """A page with a line of text, and the form."""
    body = f"<!doctype html><title>Thumbnails</title><p>{html.escape(text)}</p>{FORM}"
    return {"statusCode": status, "headers": {"Content-Type": "text/html; charset=utf-8"}, "body": body}
