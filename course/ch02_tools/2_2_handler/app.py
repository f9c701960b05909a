def lambda_handler(event, context):
    """Greet the person whom the event names; greet the world when it names nobody.

    {"name": "Ada"} → {"message": "Hello, Ada!", "length": 3}
    {}, {"name": null} and {"name": "  "} → {"message": "Hello, world!", "length": 5}

    White space around a name does not count. length is that of the name.
    """
    # YOUR CODE HERE
    raise NotImplementedError()
