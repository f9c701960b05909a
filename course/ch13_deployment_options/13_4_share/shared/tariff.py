"""Given: what a print costs. This is the behaviour that others want to share; nothing to change here."""

CENTS = {"small": 19, "large": 49}


def price(order):
    """The price of an order {"size": …, "count": …}, in cents; KeyError for a size that is not sold."""
    return CENTS[order["size"]] * order["count"]


def lambda_handler(event, context):
    """The same for whoever calls it over the wire: {"cents": …}."""
    return {"cents": price(event)}
