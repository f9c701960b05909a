import json
import os

import boto3

from studio import convert

s3 = boto3.client("s3")
PHOTOS, THUMBNAILS, REPORTS = (os.environ[name] for name in ("PHOTOS_BUCKET", "THUMBNAILS_BUCKET", "REPORTS_BUCKET"))


def split(event, context):
    """The parts of the job ``event["job"]``: what was uploaded as ``{job}.json``, a list of keys."""
    job = event["job"]
    keys = json.loads(s3.get_object(Bucket=PHOTOS, Key=f"{job}.json")["Body"].read())
    return {"job": job, "parts": [{"key": key} for key in keys]}


def work(event, context):
    """One part: the thumbnail of ``event["key"]``."""
    ### BEGIN SOLUTION
    convert(PHOTOS, event["key"], THUMBNAILS)
    return {"key": event["key"], "ok": True}
    ### END SOLUTION


def gather(event, context):
    """Write the report ``{job}.json``: {"done": [keys, sorted], "failed": [keys, sorted]}."""
    ### BEGIN SOLUTION
    report = {
        "done": sorted(part["key"] for part in event["results"] if part["ok"]),
        "failed": sorted(part["key"] for part in event["results"] if not part["ok"]),
    }
    s3.put_object(Bucket=REPORTS, Key=f"{event['job']}.json", Body=json.dumps(report).encode())
    return report
    ### END SOLUTION
