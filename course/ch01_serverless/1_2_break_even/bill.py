"""Given: the monthly bill of a function whose invocations are all warm. Nothing to change here."""

import math

MB_PER_GB = 1024


def monthly_bill(requests, memory_mb, duration_ms, prices):
    """Dollars for a month of ``requests`` invocations of ``duration_ms`` each, after the free allowance."""
    used = requests * memory_mb / MB_PER_GB * math.ceil(duration_ms) / 1000
    billed_requests = max(0, requests - prices["free_requests"])
    billed_gb_seconds = max(0, used - prices["free_gb_seconds"])
    return billed_requests / 1_000_000 * prices["per_million_requests"] + billed_gb_seconds * prices["per_gb_second"]
