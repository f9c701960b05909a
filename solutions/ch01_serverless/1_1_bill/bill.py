"""What a Lambda function costs in a month."""

import math

MB_PER_GB = 1024


def billed_ms(duration_ms, init_ms=0.0):
    """The time that one invocation is billed for: INIT and handler together, rounded up to whole milliseconds."""
    ### BEGIN SOLUTION
    return math.ceil(duration_ms + init_ms)
    ### END SOLUTION


def gb_seconds(workload):
    """Memory (GB) times billed time (s), summed over the month's warm and cold invocations."""
    cold = workload["requests"] * workload["cold_share"]
    warm = workload["requests"] - cold
    ### BEGIN SOLUTION
    warm_ms = warm * billed_ms(workload["duration_ms"])
    cold_ms = cold * billed_ms(workload["duration_ms"], workload["init_ms"])
    return workload["memory_mb"] / MB_PER_GB * (warm_ms + cold_ms) / 1000
    ### END SOLUTION


def monthly_bill(workload, prices):
    """The month's bill in dollars, after the free allowance."""
    ### BEGIN SOLUTION
    requests = max(0, workload["requests"] - prices["free_requests"])
    used = max(0, gb_seconds(workload) - prices["free_gb_seconds"])
    return requests / 1_000_000 * prices["per_million_requests"] + used * prices["per_gb_second"]
    ### END SOLUTION
