"""From how many requests a month is a reserved server the cheaper choice?"""

from bill import monthly_bill


def break_even(server_per_month, memory_mb, duration_ms, prices):
    """The smallest whole number of requests a month at which Lambda costs more than the server.

    Returns None when Lambda never costs more, however many requests arrive.
    """
    ### BEGIN SOLUTION

    def dearer(requests):
        return monthly_bill(requests, memory_mb, duration_ms, prices) > server_per_month

    high = 1
    while not dearer(high):
        high *= 2
        if high > 10**15:  # more requests than there are: both prices must be zero
            return None
    low = high // 2
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if dearer(middle) else (middle, high)
    return high
    ### END SOLUTION
