"""The pocket AWS: SAM stacks, functions, events and HTTP in this process, without an account, Docker or a network.

    >>> from grader.cloud import Cloud
    >>> cloud = Cloud()
    >>> stack = cloud.deploy("template.yaml", name="hello")
    >>> cloud.http.get(stack.outputs["HelloUrl"]).status
    200

The names are loaded when they are asked for: an error class or a clock must not cost a second of imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.cloud.lazily import names_of

if TYPE_CHECKING:
    from grader.cloud.clock import Clock
    from grader.cloud.cloud import Cloud
    from grader.cloud.errors import CloudError, NotSupported
    from grader.cloud.functions import Invocation
    from grader.cloud.http import Answer
    from grader.cloud.stacks import DeployError, Stack
    from grader.cloud.traces import Trace

__all__ = ["Answer", "Clock", "Cloud", "CloudError", "DeployError", "Invocation", "NotSupported", "Stack", "Trace"]

_HOMES = {
    "Answer": "grader.cloud.http",
    "Clock": "grader.cloud.clock",
    "Cloud": "grader.cloud.cloud",
    "CloudError": "grader.cloud.errors",
    "DeployError": "grader.cloud.stacks",
    "Invocation": "grader.cloud.functions",
    "NotSupported": "grader.cloud.errors",
    "Stack": "grader.cloud.stacks",
    "Trace": "grader.cloud.traces",
}

__getattr__ = names_of(__name__, _HOMES)
