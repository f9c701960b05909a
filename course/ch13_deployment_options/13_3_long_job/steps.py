import json
import os

import boto3

from press import SECONDS_A_PAGE, print_page

s3 = boto3.client("s3")
ALBUMS, PAGES, BOOKS = (os.environ[name] for name in ("ALBUMS_BUCKET", "PAGES_BUCKET", "BOOKS_BUCKET"))


def pages_of(album):
    """The texts of an album's pages: what was uploaded as ``{album}.json``."""
    return json.loads(s3.get_object(Bucket=ALBUMS, Key=f"{album}.json")["Body"].read())


def printed(album):
    """The numbers of the pages that lie there already."""
    found = s3.list_objects_v2(Bucket=PAGES, Prefix=f"{album}/").get("Contents", [])
    return {int(item["Key"].rpartition("/")[2]) for item in found}


def print_some(event, context):
    """Print pages of ``event["album"]`` for as long as there is time; says whether all are printed.

    Called again, for whatever reason, it goes on where the last one stopped: no page is printed twice. Pages are
    numbered as in the list: 0 is the first.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def bind(event, context):
    """Bind the pages of ``event["album"]``, as printed, in order, a line each, to the book ``{album}.txt``."""
    # YOUR CODE HERE
    raise NotImplementedError()
