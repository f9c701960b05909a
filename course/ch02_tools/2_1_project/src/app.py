def lambda_handler(event, context):
    """Greet the person whom the event names."""
    # YOUR CODE HERE
    raise NotImplementedError()
