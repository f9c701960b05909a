"""Puts a site into its bucket: every file with its type, and with what browsers may keep of it."""

import mimetypes
from pathlib import Path

import boto3

s3 = boto3.client("s3")
SITE = Path(__file__).with_name("site")


def publish(bucket):
    """Store every file of SITE under its path, index.html for example, or assets/style.8a2e51.css."""
    ### BEGIN SOLUTION
    for file in sorted(path for path in SITE.rglob("*") if path.is_file()):
        key = file.relative_to(SITE).as_posix()
        kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
        s3.put_object(
            Bucket=bucket, Key=key, Body=file.read_bytes(), ContentType=kind, CacheControl=cache_control(key)
        )
    ### END SOLUTION


def cache_control(key):
    """What browsers may keep: files in assets/ never change, because a change changes their names."""
    ### BEGIN SOLUTION
    return "public, max-age=31536000, immutable" if key.startswith("assets/") else "no-cache"
    ### END SOLUTION
