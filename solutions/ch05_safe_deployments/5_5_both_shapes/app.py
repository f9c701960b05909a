"""Takes an order, in the old shape and in the new one, and hands on what old and new readers understand."""


# read(message) → {"name": …, "cents": …, "currency": …}, all of it from the old shape or from the new one:
#
#   old   {"name": "Ada Lovelace", "price": 12.5}                     the price in euros
#   new   {"schema": 2, "customer": {"first": "Ada", "last": "Lovelace"}, "price": {"cents": 1250, "currency": "EUR"}}
#
# Keys that you do not know are for somebody else: pass over them. A schema that you do not know is a ValueError.
def read(message):
    ### BEGIN SOLUTION
    schema = message.get("schema", 1)
    if schema == 1:
        return {"name": message["name"], "cents": round(message["price"] * 100), "currency": "EUR"}
    if schema == 2:
        customer, price = message["customer"], message["price"]
        name = f"{customer['first']} {customer['last']}"
        return {"name": name, "cents": price["cents"], "currency": price["currency"]}
    raise ValueError(f"An order of schema {schema!r} is not known here.")
    ### END SOLUTION


# The confirmation goes to readers of both kinds. The old ones want "name" and "price" (euros, a number), and fail
# without them; the new ones want "schema" (2), "name", "cents" and "currency". Write both.
def lambda_handler(event, context):
    order = read(event)
    ### BEGIN SOLUTION
    return {"schema": 2, **order, "price": order["cents"] / 100}
    ### END SOLUTION
