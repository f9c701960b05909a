"""Given: the printing press. It prints one page at a time, and takes a minute for each. Nothing to change here."""

import time

import boto3

s3 = boto3.client("s3")
SECONDS_A_PAGE = 60


def print_page(bucket, album, number, text):
    """Take a sheet of paper, print one page, and lay it down as ``{album}/{number:04}`` in ``bucket``.

    Each call costs a sheet, noted below ``sheets/``, whether it comes to an end or not.
    """
    s3.put_object(Bucket=bucket, Key=f"sheets/{album}/{number:04}", Body=b"")
    time.sleep(SECONDS_A_PAGE)
    s3.put_object(Bucket=bucket, Key=f"{album}/{number:04}", Body=f"page {number}: {text}".encode())
