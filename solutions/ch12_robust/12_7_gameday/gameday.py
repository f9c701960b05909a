"""What the team does on a bad day."""

import boto3

lambda_client = boto3.client("lambda")
sqs = boto3.client("sqs")


def stop(function):
    """Let a function run no more; what waits for it goes on waiting."""
    ### BEGIN SOLUTION
    lambda_client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    ### END SOLUTION


def release(function):
    """Let it run again, without a cap."""
    ### BEGIN SOLUTION
    lambda_client.delete_function_concurrency(FunctionName=function)
    ### END SOLUTION


def replay(failed_queue, queue):
    """Send every dead letter to the queue once more, attributes included; returns how many."""
    ### BEGIN SOLUTION
    count = 0
    while True:
        answer = sqs.receive_message(QueueUrl=failed_queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        for letter in answer.get("Messages", []):
            attributes = {
                name: {"DataType": value["DataType"], "StringValue": value["StringValue"]}
                for name, value in letter.get("MessageAttributes", {}).items()
            }
            sqs.send_message(QueueUrl=queue, MessageBody=letter["Body"], MessageAttributes=attributes)
            sqs.delete_message(QueueUrl=failed_queue, ReceiptHandle=letter["ReceiptHandle"])
            count += 1
        if not answer.get("Messages"):
            return count
    ### END SOLUTION
