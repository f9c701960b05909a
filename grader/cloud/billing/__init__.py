"""What an account has used, and what that costs: ``usage`` counts, ``prices`` is a dated table, ``bill`` multiplies."""

from grader.cloud.billing.bill import Bill, BillLine
from grader.cloud.billing.usage import Usage

__all__ = ["Bill", "BillLine", "Usage"]
