"""Given: the slow work, and where its results go. Nothing to change here."""

import hashlib
import json
import os
import time

import boto3

LONGEST_PAGE = 6  # seconds that one page takes at most
LONGEST_SAVE = 1  # seconds that saving takes at most

s3 = boto3.client("s3")


def convert(job, page):
    """Convert one page. It takes between one and six seconds, and nobody can say in advance."""
    digest = hashlib.sha256(f"{job}/{page}".encode()).hexdigest()
    time.sleep(1 + int(digest, 16) % LONGEST_PAGE)
    return f"{job}, page {page}: {digest[:8]}"


def save(job, first, results):
    """Store the results of the pages from ``first`` on, as one object. Call it once an invocation: each call costs."""
    time.sleep(LONGEST_SAVE)  # nobody can say in advance; today it is slow
    s3.put_object(Bucket=os.environ["RESULTS_BUCKET"], Key=f"{job}/{first:05}.json", Body=json.dumps(results))
