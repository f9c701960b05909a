"""Events on their way: S3 notifications, SNS fan-out, queues that functions poll, EventBridge rules.

moto would call functions in the middle of a request, with its lock held. Here a service only notes what is to be
delivered; it is delivered when the lock is free, by ``run_until_idle`` and whenever the clock moves.
"""

from grader.cloud.events.outbox import Mail
from grader.cloud.events.service import EventService

__all__ = ["EventService", "Mail"]
