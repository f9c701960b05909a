"""What CloudWatch Logs answers when it refuses, in AWS's own words."""

from __future__ import annotations

from grader.cloud.door.responder import ApiError


class NoSuchLogs(ApiError):
    """There is no such log group (or stream)."""

    def __init__(self, what: str = "log group") -> None:
        super().__init__("ResourceNotFoundException", f"The specified {what} does not exist.")


class InvalidParameter(ApiError):
    """A parameter that CloudWatch Logs refuses."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterException", message)


def violated(value: object, parameter: str, constraint: str) -> InvalidParameter:
    """AWS's sentence about a value out of bounds."""
    return InvalidParameter(
        f"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: "
        f"Member must {constraint}"
    )
