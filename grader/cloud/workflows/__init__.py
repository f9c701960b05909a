"""Step Functions: state machines in the Amazon States Language, run on the cloud's clock.

    definition ──► states (one generator for each strand) ──yields──► operations ──► service performs them
                                                                          │
                   Until a moment · Perform a task · a task Token · Branches side by side

moto's own interpreter runs in threads that sleep and spin in real time; this one stands still whenever it waits, and no
lock is held while a task runs. JSONPath, JSONata and variables are imitated; activities, distributed maps and versions
are not.
"""

from grader.cloud.workflows.queries import Queries
from grader.cloud.workflows.service import WorkflowService

__all__ = ["Queries", "WorkflowService"]
