"""KMS as other services use it: which key is meant, whether it can be used, and who has to be asked."""

from grader.cloud.kms.keys import Keys

__all__ = ["Keys"]
