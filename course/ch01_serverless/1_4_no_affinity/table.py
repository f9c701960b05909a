"""Given: the table that every execution environment can reach. Nothing to change here."""

import os

import boto3

KEY = {"page": "home"}

table = boto3.resource("dynamodb").Table(os.environ["VISITS_TABLE"])
