"""Which jobs share a function, and what that costs in a month."""

import math

# A job:    {"name": "resize", "memory_mb": 1024, "ms": 800.5, "runs": 300_000}
# Prices:   {"per_gb_second": …, "per_million_requests": …, "per_function": …}
#           per_function is what each function costs besides, used or not: its alarms, its pipeline, its share of you.


def bill(groups, prices):
    """The month's bill in dollars for a list of groups, each a list of jobs that share a function.

    A function is as large as its hungriest job, and every job in it pays for that size. Milliseconds are rounded up.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def best(jobs, prices):
    """The grouping with the smallest bill, as a list of lists of names. Up to twelve jobs."""
    # YOUR CODE HERE
    raise NotImplementedError()
