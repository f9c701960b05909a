"""Execution environments: isolated child processes, the only place where student code runs.

trusted process ──exec──► nursery, zygote (boto3 warm, single-threaded, know no check)
                             └─fork─► guardian, the function's process: spare ones, until somebody needs them
     InvocationRequest (JSON, private socket) ▼      ▲ InvocationOutcome
"""

from .configuration import Credentials, FunctionConfiguration
from .environment import ExecutionEnvironment, Patience
from .invocation import InvocationOutcome, InvocationRequest
from .isolation import isolation_level, isolation_report
from .zygote import IsolationFailed, Serve, Zygote, borrow_zygote, shared_zygote

__all__ = [
    "Credentials",
    "ExecutionEnvironment",
    "FunctionConfiguration",
    "InvocationOutcome",
    "InvocationRequest",
    "IsolationFailed",
    "Patience",
    "Serve",
    "Zygote",
    "borrow_zygote",
    "isolation_level",
    "isolation_report",
    "shared_zygote",
]
