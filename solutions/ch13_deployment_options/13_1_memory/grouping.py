"""Which jobs share a function, and what that costs in a month."""

import math

# A job:    {"name": "resize", "memory_mb": 1024, "ms": 800.5, "runs": 300_000}
# Prices:   {"per_gb_second": …, "per_million_requests": …, "per_function": …}
#           per_function is what each function costs besides, used or not: its alarms, its pipeline, its share of you.


def bill(groups, prices):
    """The month's bill in dollars for a list of groups, each a list of jobs that share a function.

    A function is as large as its hungriest job, and every job in it pays for that size. Milliseconds are rounded up.
    """
    ### BEGIN SOLUTION
    total = 0.0
    for group in groups:
        gigabytes = max(job["memory_mb"] for job in group) / 1024
        total += prices["per_function"]
        for job in group:
            seconds = job["runs"] * math.ceil(job["ms"]) / 1000
            total += gigabytes * seconds * prices["per_gb_second"]
            total += job["runs"] / 1_000_000 * prices["per_million_requests"]
    return total
    ### END SOLUTION


def best(jobs, prices):
    """The grouping with the smallest bill, as a list of lists of names. Up to twelve jobs."""
    ### BEGIN SOLUTION
    # Only the largest memory of a group counts: in order of memory the best groups are neighbours. Where to cut?
    ordered = sorted(jobs, key=lambda job: job["memory_mb"])
    cheapest = [[]]  # cheapest[n]: the best grouping of the n smallest jobs
    for end in range(1, len(ordered) + 1):
        choices = [cheapest[start] + [ordered[start:end]] for start in range(end)]
        cheapest.append(min(choices, key=lambda groups: bill(groups, prices)))
    return [[job["name"] for job in group] for group in cheapest[-1]]
    ### END SOLUTION
