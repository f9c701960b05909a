"""What a process has to import before it has a cloud: learners and graders wait for it."""

import json
import subprocess
import sys

PROGRAM = """
import json, sys
from grader.cloud import Cloud
with Cloud() as cloud:
    cloud.client("s3").list_buckets()
print(json.dumps(sorted(sys.modules)))
"""
# Each of these takes most of a second, and few lessons need any of them.
SLOW = ["moto.ec2.models", "samtranslator.translator", "cfnlint", "docker", "nbformat", "pandas", "rfc3987_syntax"]


def test_an_empty_account_needs_nothing_that_is_slow_to_import():
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert [name for name in SLOW if name in json.loads(run.stdout)] == []
