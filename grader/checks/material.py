"""What checks give to answers: inputs that nobody could have typed in beforehand, drawn from a seed."""

from __future__ import annotations

import io
from random import Random
from typing import Any

from PIL import Image

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word(rng: Random, length: int = 7) -> str:
    """A word that nobody could have typed in beforehand."""
    return "".join(rng.choice(LETTERS) for _ in range(length))


def proxy_event(rng: Random, **changes: Any) -> dict[str, Any]:
    """A complete event as a REST API sends it, with values that nobody could have typed in beforehand."""
    event = {
        "resource": "/view",
        "path": f"/view/{word(rng)}",
        "httpMethod": rng.choice(["GET", "POST", "PUT", "DELETE"]),
        "headers": {"Host": f"{word(rng)}.example", "X-Trace": word(rng), "accept": "application/json"},
        "multiValueHeaders": {},
        "queryStringParameters": {word(rng, 4): word(rng), "name": word(rng)},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": word(rng, 20),
            "stage": "Prod",
            "identity": {"sourceIp": f"203.0.113.{rng.randrange(1, 255)}", "userAgent": "curl/8"},
        },
        "body": word(rng, 20),
        "isBase64Encoded": False,
    }
    return {**event, **changes}


def photograph(rng: Random, kind: str = "JPEG", width: int = 320, height: int = 240) -> bytes:
    """A small picture of random colour, as a file of the given format."""
    color = tuple(rng.randrange(256) for _ in range(3))
    written = io.BytesIO()
    Image.new("RGB", (width, height), color).save(written, format=kind)
    return written.getvalue()
