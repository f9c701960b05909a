"""The shop itself. It is given; do not change it."""

import time


class Refused(Exception):
    """The bank said no."""


def pay(item, card, seconds=0):
    """Pay for an item; takes as long as the bank takes. Returns the receipt's number."""
    time.sleep(seconds)
    if card.startswith("4000"):
        raise Refused(f"card {card} was refused for {item}")
    return f"receipt-{item}"
