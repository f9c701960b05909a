"""Given: requests, as a page makes them with fetch."""

import json
from dataclasses import dataclass

import urllib3

SECONDS = 5  # that an answer may take
_pool = urllib3.PoolManager(retries=False, timeout=SECONDS)


class NoAnswer(Exception):
    """Nothing came back in time. What was asked for may have happened, or not."""


@dataclass(frozen=True)
class Answer:
    """What came back: a status, the type of the body ("image/jpeg"), and the body."""

    status: int
    kind: str
    body: bytes

    def json(self):
        """The body, read as JSON."""
        return json.loads(self.body)


def get(url):
    """GET an address."""
    return _sent("GET", url)


def post_json(url, value):
    """POST a value as JSON."""
    return _sent("POST", url, body=json.dumps(value).encode(), headers={"Content-Type": "application/json"})


def post_form(grant, photo):
    """POST a file with a grant, which is S3's form."""
    return _sent("POST", grant["url"], fields={**grant["fields"], "file": ("photo", photo)})


def _sent(method, url, **more):
    try:
        came = _pool.request(method, url, **more)
    except urllib3.exceptions.HTTPError as error:
        raise NoAnswer(str(error)) from None
    return Answer(came.status, came.headers.get("Content-Type", ""), came.data)
