"""What a Lambda function costs in a month."""

import math

MB_PER_GB = 1024


def billed_ms(duration_ms, init_ms=0.0):
    """The time that one invocation is billed for: INIT and handler together, rounded up to whole milliseconds."""
    # YOUR CODE HERE
    raise NotImplementedError()


def gb_seconds(workload):
    """Memory (GB) times billed time (s), summed over the month's warm and cold invocations."""
    cold = workload["requests"] * workload["cold_share"]
    warm = workload["requests"] - cold
    # YOUR CODE HERE
    raise NotImplementedError()


def monthly_bill(workload, prices):
    """The month's bill in dollars, after the free allowance."""
    # YOUR CODE HERE
    raise NotImplementedError()
