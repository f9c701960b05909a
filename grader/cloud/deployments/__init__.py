"""CodeDeploy for Lambda: the traffic of an alias goes from one version to another by steps, and back when it must.

``configurations`` says in which steps; ``groups`` holds applications and deployment groups; ``service`` carries
deployments out on the clock, with their hooks and alarms; ``api`` is what the door asks.
"""

from grader.cloud.deployments.deployment import Deployment
from grader.cloud.deployments.service import DeploymentService

__all__ = ["Deployment", "DeploymentService"]
