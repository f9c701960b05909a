"""The one way into the pocket AWS: every request, in process or over HTTP, is verified and authorised here.

``request``/``response`` (values) → ``signature`` (who is it?) → ``operation`` (what is asked?) → ``authorization`` of
``grader.cloud.iam`` (may they?) → ``door`` (to whom?) → ``moto_service`` and the cloud's own services.
"""

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response

__all__ = ["Request", "Response"]
