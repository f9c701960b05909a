"""Tests a new version of the basket before anybody is sent to it."""

import json
import os

import boto3

BASKET = {"items": ["book", "pen", "pen"]}
TOTAL = 35


# lambda_handler(event, context): call the version that NEW_VERSION names with BASKET. Only the answer {"total": TOTAL}
# is right. Then tell CodeDeploy, whatever happened: Succeeded or Failed.
# YOUR CODE HERE
raise NotImplementedError()
