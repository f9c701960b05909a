"""The Serverless Application Repository of one account: applications, their versions, and templates to deploy them."""

from grader.cloud.applications.api import ApplicationsApi
from grader.cloud.applications.repository import Applications

__all__ = ["Applications", "ApplicationsApi"]
