"""CloudFormation's face to boto3, ``aws`` and ``sam``: one file for each family of operations."""

from grader.cloud.stacks.api.api import StackApi

__all__ = ["StackApi"]
