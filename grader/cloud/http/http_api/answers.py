"""The answers that HTTP APIs give by themselves."""

from __future__ import annotations

from grader.cloud.http.failure import Failure

NOT_FOUND = Failure("RESOURCE_NOT_FOUND", 404, "Not Found")
FORBIDDEN = Failure("ACCESS_DENIED", 403, "Forbidden")
UNAUTHORIZED = Failure("UNAUTHORIZED", 401, "Unauthorized")
AUTHORIZER_FAILURE = Failure("AUTHORIZER_FAILURE", 500, "Internal Server Error")
TOO_LARGE = Failure("REQUEST_TOO_LARGE", 413, "Request Entity Too Large")
THROTTLED = Failure("THROTTLED", 429, "Too Many Requests")
FAILED = Failure("INTEGRATION_FAILURE", 500, "Internal Server Error")
UNAVAILABLE = Failure("INTEGRATION_TIMEOUT", 503, "Service Unavailable")


def refused_token(scopes: tuple[str, ...], error: str, description: str) -> Failure:
    """The answer to a token that is not good: the ``www-authenticate`` header says why."""
    value = f'Bearer scope="{" ".join(scopes)}" error="{error}" error_description="{description}"'
    base = FORBIDDEN if error == "insufficient_scope" else UNAUTHORIZED
    return Failure(base.type, base.status, base.message, headers=(("www-authenticate", value),))


NO_TOKEN = Failure("UNAUTHORIZED", 401, "Unauthorized", headers=(("www-authenticate", "Bearer"),))
