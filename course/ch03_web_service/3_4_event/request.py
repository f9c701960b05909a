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

    # YOUR CODE HERE
    raise NotImplementedError()

    @classmethod
    def from_event(cls, event: dict) -> "Request":
        """Read an event, whatever is missing from it."""
        # YOUR CODE HERE
        raise NotImplementedError()
