"""The status page of ``grader serve``: stacks, functions, logs and traces in a browser, live where JavaScript runs."""

from grader.cloud.serving.status.pages import StatusPages

__all__ = ["StatusPages"]
