"""Chapter 1, Serverless in five minutes: the bill, the break-even point, the constraints, no affinity."""

from grader.checks.ch01_serverless.bill import Bill
from grader.checks.ch01_serverless.break_even import BreakEven
from grader.checks.ch01_serverless.fits import Fits
from grader.checks.ch01_serverless.no_affinity import NoAffinity

__all__ = ["Bill", "BreakEven", "Fits", "NoAffinity"]
