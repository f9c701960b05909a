"""Lambda: functions are found, run, throttled, logged and retried as AWS does it.

The state of functions, versions, aliases, permissions and event source mappings lives in moto's Lambda backend. This
package answers Invoke itself, keeps the pool of execution environments, writes the logs, and delivers asynchronous
events with their retries, dead-letter queues and destinations. ``lambda_api`` is what the door asks.
"""

from grader.cloud.functions.errors import FunctionNotFound, LambdaError, TooManyRequests
from grader.cloud.functions.invocation import Invocation, Lineage
from grader.cloud.functions.service import FunctionService

__all__ = [
    "FunctionNotFound",
    "FunctionService",
    "Invocation",
    "LambdaError",
    "Lineage",
    "TooManyRequests",
]
