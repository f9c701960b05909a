"""Trying again: how often, how long in between, and when not at all."""

import random
import time

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

ATTEMPTS = 5  # in all
BASE, CAP = 0.2, 2.0  # seconds
SPARE = 1.5  # seconds that one more call and the answer may take

# Boto3 would try again by itself. One of us is enough; and a call may take no longer than the function can wait.
### BEGIN SOLUTION
CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
### END SOLUTION


def may_pass(error):
    """Whether the same call may succeed later: the service was busy or broken, and did not say no."""
    ### BEGIN SOLUTION
    if isinstance(error, ClientError):
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return status >= 500 or status == 429
    return isinstance(error, (ConnectionError, HTTPClientError))
    ### END SOLUTION


def pause(attempt):
    """Seconds to wait after this attempt (1 for the first): at random, up to a limit that doubles, up to CAP."""
    ### BEGIN SOLUTION
    return random.uniform(0, min(CAP, BASE * 2 ** (attempt - 1)))
    ### END SOLUTION


def patiently(call, remaining_ms):
    """The result of ``call()``, tried at most ATTEMPTS times, and no longer than ``remaining_ms()`` allows."""
    ### BEGIN SOLUTION
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return call()
        except Exception as error:
            seconds = pause(attempt)
            has_time = remaining_ms() / 1000 > seconds + SPARE
            if attempt == ATTEMPTS or not may_pass(error) or not has_time:
                raise
            time.sleep(seconds)
    ### END SOLUTION
