"""Given: a photo album. All of its jobs are here; nothing to change.

``lambda_handler`` does every job: it looks at what was asked for. Each job is a handler of its own, too:
``app.browse``, ``app.add``, ``app.remove``, ``app.report``.
"""

import json
import os

import boto3

dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
PHOTOS, PICTURES, REPORTS = (os.environ.get(name, "") for name in ("PHOTOS_TABLE", "PICTURES_BUCKET", "REPORTS_BUCKET"))


def lambda_handler(event, context):
    """Every job, by what was asked for."""
    jobs = {"GET": browse, "POST": add, "DELETE": remove}
    return jobs.get(event.get("httpMethod"), report)(event, context)


def browse(event, context):
    """GET /photos: the titles. Anybody may."""
    items = dynamodb.scan(TableName=PHOTOS)["Items"]
    return answer(200, {"titles": sorted(item["title"]["S"] for item in items)})


def add(event, context):
    """POST /photos: keep a photo and its title. Visitors may."""
    photo = json.loads(event["body"])
    s3.put_object(Bucket=PICTURES, Key=photo["id"], Body=photo["picture"].encode())
    dynamodb.put_item(TableName=PHOTOS, Item={"id": {"S": photo["id"]}, "title": {"S": photo["title"]}})
    return answer(201, {"id": photo["id"]})


def remove(event, context):
    """DELETE /photos/{id}: for the owner."""
    name = event["pathParameters"]["id"]
    dynamodb.delete_item(TableName=PHOTOS, Key={"id": {"S": name}})
    s3.delete_object(Bucket=PICTURES, Key=name)
    return answer(200, {"removed": name})


def report(event, context):
    """Each night: how many photos there are, as a file."""
    count = dynamodb.scan(TableName=PHOTOS, Select="COUNT")["Count"]
    s3.put_object(Bucket=REPORTS, Key="report.json", Body=json.dumps({"photos": count}).encode())
    return {"photos": count}


def answer(status, value):
    """An answer with JSON in it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
