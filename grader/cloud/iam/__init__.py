"""IAM: who holds which credentials, and what they may do.

``identity`` issues and recognises credentials, ``stored_policies`` reads policies where moto keeps them, ``evaluation``
with ``conditions`` and ``patterns`` decides over them, ``actions`` says which actions and resources an API operation
needs; ``authorization`` puts them together.
"""

from grader.cloud.iam.authorization import Authorization
from grader.cloud.iam.identity import Identity, InvalidToken
from grader.cloud.iam.principals import ANONYMOUS, Principal
from grader.cloud.iam.verdict import Decision

__all__ = ["ANONYMOUS", "Authorization", "Decision", "Identity", "InvalidToken", "Principal"]
