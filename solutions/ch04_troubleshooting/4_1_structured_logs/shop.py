"""The shop itself. It is given; do not change it."""

import time


class Refused(Exception):
    """The bank said no."""


def pay(item, card, seconds=0):
    """Pay for an item; takes as long as the bank takes, and that looks twice at a bad card. Returns the receipt."""
    time.sleep(seconds)
    if card.startswith("4000"):
        time.sleep(1)
        raise Refused(f"card {card} was refused for {item}")
    return f"receipt-{item}"
