"""Making a process warm for the pocket AWS: imports, service models and moto's backends, before any fork."""

from __future__ import annotations

import contextlib
import threading

from grader.cloud.environment import isolation_level, shared_zygote

SERVICES = ("s3", "lambda", "iam", "sts", "sqs", "sns", "dynamodb", "logs", "apigateway", "cloudformation")


def warm_cloud() -> int:
    """Import the cloud and open it once, empty, while the environments' zygote comes up beside it.

    Returns
    -------
    The isolation level of environments on this machine.
    """
    starting = threading.Thread(target=_start_environments)
    starting.start()
    from grader.cloud import Cloud

    with Cloud() as cloud:
        for service in SERVICES:
            cloud.client(service)
    starting.join()
    assert threading.active_count() == 1, "a process with threads must not fork answers"
    return isolation_level()


def _start_environments() -> None:
    with contextlib.suppress(Exception):  # said by isolation_level(), in the thread that can be heard
        shared_zygote()
