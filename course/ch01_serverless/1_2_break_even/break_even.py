"""From how many requests a month is a reserved server the cheaper choice?"""

from bill import monthly_bill


def break_even(server_per_month, memory_mb, duration_ms, prices):
    """The smallest whole number of requests a month at which Lambda costs more than the server.

    Returns None when Lambda never costs more, however many requests arrive.
    """
    # YOUR CODE HERE
    raise NotImplementedError()
