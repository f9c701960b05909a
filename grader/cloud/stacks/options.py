"""How an operation on a stack is to be carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """What CreateStack, UpdateStack and ExecuteChangeSet may be told besides template and parameters.

    Attributes
    ----------
    direct
        Whether the template is deployed without a change set: then a transform must be acknowledged too.
    disable_rollback
        Leave everything as it is when a resource fails.
    on_failure
        Of a creation: ``ROLLBACK``, ``DELETE`` or ``DO_NOTHING``.
    protected
        Termination protection.
    notifications
        Topics that are told of every event; None leaves them as they are.
    token
        ClientRequestToken: who asks twice with the same one has asked once.
    retain_except_on_create
        What is to be retained goes all the same when its own creation is taken back.
    timeout_minutes
        How long a creation may take on the clock.
    triggers, monitoring_minutes
        Alarms that take the operation back while it is carried out, and for so long afterwards; None leaves them.
    express
        ``DeploymentConfig.Mode: EXPRESS``: nothing is rolled back unless that is asked for.
    """

    direct: bool = True
    disable_rollback: bool = False
    on_failure: str = "ROLLBACK"
    protected: bool = False
    notifications: Sequence[str] | None = None
    token: str | None = None
    retain_except_on_create: bool = False
    timeout_minutes: int | None = None
    triggers: tuple[str, ...] | None = None
    monitoring_minutes: int = 0
    express: bool = False


DIRECT = Options()
PACKAGED = Options(direct=False)  # as ``sam deploy`` does it: by a change set
