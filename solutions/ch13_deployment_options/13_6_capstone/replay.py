"""What the team calls when a cause has been mended."""

### BEGIN SOLUTION
import os

import boto3

sqs = boto3.client("sqs")


def lambda_handler(event, context):
    """Send everything among the dead letters through the pipeline once more; returns how many."""
    replayed = 0
    while True:
        letters = sqs.receive_message(QueueUrl=os.environ["FAILED_QUEUE"], MaxNumberOfMessages=10).get("Messages", [])
        if not letters:
            return {"replayed": replayed}
        for letter in letters:
            sqs.send_message(QueueUrl=os.environ["UPLOADS_QUEUE"], MessageBody=letter["Body"])
            sqs.delete_message(QueueUrl=os.environ["FAILED_QUEUE"], ReceiptHandle=letter["ReceiptHandle"])
            replayed += 1


### END SOLUTION
