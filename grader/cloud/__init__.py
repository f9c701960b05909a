"""The pocket AWS: SAM stacks, functions, events and HTTP in this process, without an account, Docker or a network.

    >>> from grader.cloud import Cloud
    >>> cloud = Cloud()
    >>> stack = cloud.deploy("template.yaml", name="hello")
    >>> cloud.http.get(stack.outputs["HelloUrl"]).status
    200
"""

from grader.cloud.clock import Clock
from grader.cloud.cloud import Cloud
from grader.cloud.errors import CloudError, NotSupported
from grader.cloud.functions import Invocation
from grader.cloud.http import Answer
from grader.cloud.stacks import DeployError, Stack
from grader.cloud.traces import Trace

__all__ = ["Answer", "Clock", "Cloud", "CloudError", "DeployError", "Invocation", "NotSupported", "Stack", "Trace"]
