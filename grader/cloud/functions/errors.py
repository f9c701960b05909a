"""What Lambda's Invoke API answers when it refuses, in AWS's own words."""

from __future__ import annotations

import json

from grader.cloud.errors import CloudError


class LambdaError(CloudError):
    """An error answer of the Lambda API.

    Parameters
    ----------
    code
        AWS's name of the error, for example ``ResourceNotFoundException``.
    status
        The HTTP status.
    reason
        Lambda's ``Reason`` member, which throttling carries.
    """

    def __init__(
        self, code: str, status: int, message: str, *, reason: str | None = None, next_step: str | None = None
    ) -> None:
        super().__init__(message, None, next_step)
        self.code = code
        self.status = status
        self.message = message
        self.reason = reason

    @property
    def body(self) -> bytes:
        """The JSON body that AWS sends."""
        members = {"Reason": self.reason} if self.reason else {}
        key = "Message" if self.code == "ResourceNotFoundException" else "message"
        return json.dumps({**members, "Type": "User", key: self.message}).encode()


class FunctionNotFound(LambdaError):
    """404: there is no such function, version or alias."""

    def __init__(self, arn: str) -> None:
        super().__init__("ResourceNotFoundException", 404, f"Function not found: {arn}")


class TooManyRequests(LambdaError):
    """429: no environment may be added; the caller tries again later."""

    def __init__(self, reserved: bool) -> None:
        reason = (
            "ReservedFunctionConcurrentInvocationLimitExceeded" if reserved else "ConcurrentInvocationLimitExceeded"
        )
        super().__init__("TooManyRequestsException", 429, "Rate Exceeded.", reason=reason)


class RequestTooLarge(LambdaError):
    """413: 6 MB for a synchronous invocation, 1 MB for an asynchronous one."""

    def __init__(self, size: int, limit: int) -> None:
        message = f"{size} byte payload is too large for the {'RequestResponse' if limit > 2**20 else 'Event'} "
        super().__init__("RequestTooLargeException", 413, message + f"invocation type (limit {limit} bytes)")


class InvalidRequestContent(LambdaError):
    """400: the payload is not JSON."""

    def __init__(self, detail: str) -> None:
        message = f"Could not parse request body into json: Could not parse payload into json: {detail}"
        super().__init__("InvalidRequestContentException", 400, message)


class RoleNotAssumable(LambdaError):
    """403: the function's role is gone, or does not trust Lambda."""

    def __init__(self) -> None:
        super().__init__("AccessDeniedException", 403, "The role defined for the function cannot be assumed by Lambda.")


class InvalidParameterValue(LambdaError):
    """400: a parameter that Lambda refuses."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterValueException", 400, message)


class RecursiveInvocation(LambdaError):
    """400: the chain has called this function about 16 times."""

    def __init__(self) -> None:
        super().__init__(
            "RecursiveInvocationException",
            400,
            "Lambda has detected your function being invoked in a recursive loop with other AWS resources "
            "and stopped your function's invocation.",
        )
