import base64
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """What our handlers want to know of an API Gateway event. Every field is always there, and has its type.

    method      "GET" when the event does not say
    path        "/" when the event does not say
    query       from queryStringParameters: a dictionary of strings, {} when there are none
    headers     a dictionary of strings, the names in lower case; {} when there are none
    body        a string, "" when there is none; decoded when the event says that it is base64
    source_ip   from requestContext → identity → sourceIp; "" when the event does not say
    """

    ### BEGIN SOLUTION
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str
    source_ip: str
    ### END SOLUTION

    @classmethod
    def from_event(cls, event: dict) -> "Request":
        """Read an event, whatever is missing from it."""
        ### BEGIN SOLUTION
        identity = (event.get("requestContext") or {}).get("identity") or {}
        headers = event.get("headers") or {}
        return cls(
            method=event.get("httpMethod") or "GET",
            path=event.get("path") or "/",
            query=event.get("queryStringParameters") or {},
            headers={name.lower(): value for name, value in headers.items()},
            body=text_of(event),
            source_ip=identity.get("sourceIp") or "",
        )


def text_of(event: dict) -> str:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return base64.b64decode(body).decode("utf-8")
    return body
    ### END SOLUTION
