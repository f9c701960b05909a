"""What API Gateway's control plane says when it refuses a definition, a deployment or a stage."""

from __future__ import annotations

from grader.cloud.errors import CloudError


class GatewayRefusal(CloudError):
    """A request to create or change an API that API Gateway would refuse, in its words.

    Parameters
    ----------
    code
        AWS's exception name: ``BadRequestException``, ``NotFoundException`` or ``ConflictException``.
    message
        AWS's message.
    """

    def __init__(self, code: str, message: str, where: str | None = None, next_step: str | None = None) -> None:
        super().__init__(message, where, next_step)
        self.code = code
        self.message = message


def bad_request(message: str, next_step: str | None = None) -> GatewayRefusal:
    """A definition that is wrong in itself."""
    return GatewayRefusal("BadRequestException", message, next_step=next_step)


def not_found(message: str) -> GatewayRefusal:
    """An identifier that names nothing."""
    return GatewayRefusal("NotFoundException", message)
