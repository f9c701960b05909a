def lambda_handler(event, context):
    """Greet the person whom the event names."""
    ### BEGIN SOLUTION
    return {"message": f"Hello, {event['name']}!"}
    ### END SOLUTION
