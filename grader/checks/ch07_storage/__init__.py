"""Chapter 7, Using external storage: choose, upload, narrow the rights, keep a table, mind the clock, keep a secret."""

from grader.checks.ch07_storage.choose import Choose
from grader.checks.ch07_storage.deadline import Deadline
from grader.checks.ch07_storage.least_privilege import LeastPrivilege
from grader.checks.ch07_storage.secret import Secret
from grader.checks.ch07_storage.table import Table
from grader.checks.ch07_storage.upload import UploadForm

__all__ = ["Choose", "Deadline", "LeastPrivilege", "Secret", "Table", "UploadForm"]
