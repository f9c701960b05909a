import os
import tempfile
from pathlib import Path
from urllib.parse import unquote_plus

import boto3

from thumbnail import make_thumbnail

s3 = boto3.client("s3")


def lambda_handler(event, context):
    """Make a thumbnail of every picture that the event names: same key, other bucket."""
    # YOUR CODE HERE
    raise NotImplementedError()


def convert(bucket, key):
    """Fetch one picture, make its thumbnail, store it; leave nothing on the disk."""
    # YOUR CODE HERE
    raise NotImplementedError()
