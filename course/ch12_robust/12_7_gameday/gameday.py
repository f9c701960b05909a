"""What the team does on a bad day."""

import boto3

lambda_client = boto3.client("lambda")
sqs = boto3.client("sqs")


def stop(function):
    """Let a function run no more; what waits for it goes on waiting."""
    # YOUR CODE HERE
    raise NotImplementedError()


def release(function):
    """Let it run again, without a cap."""
    # YOUR CODE HERE
    raise NotImplementedError()


def replay(failed_queue, queue):
    """Send every dead letter to the queue once more, attributes included; returns how many."""
    # YOUR CODE HERE
    raise NotImplementedError()
