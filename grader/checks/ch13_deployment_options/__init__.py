"""Chapter 13, Deployment options: memory, boundaries, long jobs, sharing, fan-out, and the capstone."""

from grader.checks.ch13_deployment_options.boundaries import Boundaries
from grader.checks.ch13_deployment_options.capstone import Capstone
from grader.checks.ch13_deployment_options.fan_out import FanOut
from grader.checks.ch13_deployment_options.long_job import LongJob
from grader.checks.ch13_deployment_options.memory import Memory
from grader.checks.ch13_deployment_options.share import Share

__all__ = ["Boundaries", "Capstone", "FanOut", "LongJob", "Memory", "Share"]
