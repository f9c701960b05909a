"""CloudFormation's query API, as boto3, ``aws`` and ``sam`` speak it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.errors import CloudError, NotSupported
from grader.cloud.stacks.api.change_set_actions import ChangeSetActions
from grader.cloud.stacks.api.members import check_members
from grader.cloud.stacks.api.query_form import Form, answer, error_answer, parse_form
from grader.cloud.stacks.api.reading_actions import ReadingActions
from grader.cloud.stacks.api.stack_actions import StackActions
from grader.cloud.stacks.api.template_actions import TemplateActions
from grader.cloud.stacks.change_sets import ChangeSets
from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.service import StackService


class StackApi:
    """Answers requests that the door has verified.

    Parameters
    ----------
    stacks
        The stacks of the account.
    """

    def __init__(self, stacks: StackService) -> None:
        self._stacks = stacks
        self.change_sets = ChangeSets(stacks)

    def answers(self, request: Request) -> bool:
        """Everything: moto's CloudFormation knows none of our stacks."""
        return True

    def handle(self, request: Request, access_key: str | None = None) -> Response:
        """Answer one request with XML."""
        pairs = parse_qsl(request.query, keep_blank_values=True) + parse_qsl(
            request.body.decode("utf-8", "replace"), keep_blank_values=True
        )
        form = parse_form(pairs)
        operation = str(form.get("Action", ""))
        request_id = self._stacks.ids.uuid()
        action = self._actions.get(operation)
        try:
            if action is None:
                raise NotSupported(f"CloudFormation's {operation or 'request without an Action'}")
            check_members(operation, form)
            return answer(operation, action(form), request_id)
        except DeployError as error:
            return error_answer(error.code, error.what, request_id)
        except CloudError as error:
            return error_answer("ValidationError", error.what, request_id)

    @property
    def operation_names(self) -> list[str]:
        """The operations that are answered; every other one is refused by name."""
        return sorted(self._actions)

    @cached_property
    def _actions(self) -> dict[str, Callable[[Form], Any]]:
        return {
            **StackActions(self._stacks).table(),
            **ReadingActions(self._stacks).table(),
            **ChangeSetActions(self._stacks, self.change_sets).table(),
            **TemplateActions(self._stacks, self.change_sets).table(),
        }
