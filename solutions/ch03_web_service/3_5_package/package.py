import copy
import hashlib
import io
import zipfile
from pathlib import Path

import boto3

LEFT_OUT = {"tests", "__pycache__"}


def package(template, folder, bucket):
    """Zip each function's code folder, upload it, and hand back a template that points to the uploads.

    template   the template as a dictionary; do not change it, hand back a changed copy
    folder     the project's folder; a CodeUri such as "hello/" is relative to it
    bucket     the name of the bucket that takes the zips
    """
    ### BEGIN SOLUTION
    packaged = copy.deepcopy(template)
    for resource in packaged["Resources"].values():
        properties = resource.get("Properties", {})
        code = properties.get("CodeUri")
        is_local = isinstance(code, str) and not code.startswith("s3://")
        if resource["Type"] == "AWS::Serverless::Function" and is_local:
            properties["CodeUri"] = upload(files_of(Path(folder) / code), bucket)
    return packaged


def files_of(folder):
    """What belongs into the zip: the names as Lambda shall see them, and the bytes."""
    files = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {name.as_posix(): files[name].read_bytes() for name in sorted(files) if not LEFT_OUT & set(name.parts)}


def upload(files, bucket):
    """Zip the files and store them under a name that changes when, and only when, the code changes."""
    digest = hashlib.sha256()
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
    key = digest.hexdigest()
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=memory.getvalue())
    return f"s3://{bucket}/{key}"
    ### END SOLUTION
