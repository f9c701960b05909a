import os


def lambda_handler(event, context):
    """Say where this is."""
    return {"stage": os.environ["STAGE"], "memory": context.memory_limit_in_mb}
