"""What the pocket AWS says when something cannot be done: what happened, where, and what to do next."""

from __future__ import annotations

LEAVE_OUT = (
    "Leave it out here, or try it on AWS. What is imitated stands in docs/reference/resource-types.md and "
    "docs/where-it-differs-from-aws.md."
)


class CloudError(Exception):
    """A fault in what was asked of the pocket AWS.

    Parameters
    ----------
    what
        One sentence: what happened.
    where
        File and line, logical id or resource name, when it is known.
    next_step
        What the reader can do about it.
    """

    def __init__(self, what: str, where: str | None = None, next_step: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        parts = [self.what, self.where and f"where: {self.where}", self.next_step and f"next: {self.next_step}"]
        return "\n".join(part for part in parts if part)


class NotSupported(CloudError):
    """An AWS feature that exists but that the pocket AWS does not imitate.

    Parameters
    ----------
    feature
        AWS's own name of it, for example ``AWS::AppSync::GraphQLApi`` or ``RestApi.Policy``.
    where
        Logical id and line, when it was met in a template.
    next_step
        What to do instead, where there is something better than to leave it out.
    """

    def __init__(self, feature: str, where: str | None = None, next_step: str | None = None) -> None:
        super().__init__(f"NotSupported: the pocket AWS does not imitate {feature}.", where, next_step or LEAVE_OUT)
        self.feature = feature
