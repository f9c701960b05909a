import json
import time

LARGEST = 100_000  # characters of a picture, as it arrives


def lambda_handler(event, context):
    """POST /convert: make a thumbnail of the picture in the body; 413 for one of more than LARGEST characters."""
    picture = event["body"] or ""
    ### BEGIN SOLUTION
    if len(picture) > LARGEST:
        return answer(413, {"message": f"At most {LARGEST} characters, please."})
    ### END SOLUTION
    convert(picture)
    return answer(200, {"message": "converted"})


def convert(picture):
    """Hard work: some tenths of a second for a picture, longer for a large one, without end for a broken one."""
    if picture.startswith("broken"):
        time.sleep(600)
    time.sleep(0.2 + len(picture) / 50_000)


def answer(status, value):
    """An answer with JSON in it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
