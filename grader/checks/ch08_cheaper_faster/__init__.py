"""Chapter 8, Cheaper, faster, serverless: sign, grant, link, encrypt, and let the signer be modest."""

from grader.checks.ch08_cheaper_faster.encryption import Encryption
from grader.checks.ch08_cheaper_faster.gatekeeper import Gatekeeper
from grader.checks.ch08_cheaper_faster.link import Link
from grader.checks.ch08_cheaper_faster.presigned_post import PresignedPost
from grader.checks.ch08_cheaper_faster.signature import Signature

__all__ = ["Encryption", "Gatekeeper", "Link", "PresignedPost", "Signature"]
