"""Trying again: how often, how long in between, and when not at all."""

import random
import time

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

ATTEMPTS = 5  # in all
BASE, CAP = 0.2, 2.0  # seconds
SPARE = 1.5  # seconds that one more call and the answer may take

# Boto3 would try again by itself. One of us is enough; and a call may take no longer than the function can wait.
# YOUR CODE HERE
raise NotImplementedError()


def may_pass(error):
    """Whether the same call may succeed later: the service was busy or broken, and did not say no."""
    # YOUR CODE HERE
    raise NotImplementedError()


def pause(attempt):
    """Seconds to wait after this attempt (1 for the first): at random, up to a limit that doubles, up to CAP."""
    # YOUR CODE HERE
    raise NotImplementedError()


def patiently(call, remaining_ms):
    """The result of ``call()``, tried at most ATTEMPTS times, and no longer than ``remaining_ms()`` allows."""
    # YOUR CODE HERE
    raise NotImplementedError()
