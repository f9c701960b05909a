"""The pocket AWS as a server for other programs: ``grader serve``."""

from grader.cloud.serving.served_cloud import ServedCloud

__all__ = ["ServedCloud"]
