"""KMS as other services use it: which key is meant, whether it can be used, and who has to be asked."""

from grader.cloud.kms.api import KmsApi, RotationApi
from grader.cloud.kms.keys import Keys
from grader.cloud.kms.needs import KeyNeeds

__all__ = ["KeyNeeds", "Keys", "KmsApi", "RotationApi"]
