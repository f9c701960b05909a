"""The template and the parameters that a request of the CloudFormation API brings."""

from __future__ import annotations

from grader.cloud.stacks.api.query_form import Form
from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.service import StackService
from grader.cloud.stacks.stack import Stack
from grader.cloud.stacks.templates.template import Template, load_text

MAX_BODY = 51_200


class GivenTemplates:
    """Reads templates out of requests, from S3 where a request only says where one lies."""

    def __init__(self, stacks: StackService) -> None:
        self._stacks = stacks

    def given(self, form: Form) -> Template:
        """The template in ``TemplateBody`` or behind ``TemplateURL``.

        Raises
        ------
        DeployError
            When there is none, or it is too long, or no template.
        """
        if "TemplateBody" in form:
            body = str(form["TemplateBody"])
            if len(body.encode()) > MAX_BODY:
                raise DeployError(
                    f"1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                    f"Member must have length less than or equal to {MAX_BODY}"
                )
            return load_text(body, aliases=False)
        if "TemplateURL" in form:
            return self._stacks.addresses.template(str(form["TemplateURL"]))
        raise DeployError("Either Template URL or Template Body must be specified.")

    def source(self, form: Form) -> Template:
        """The same, or the stack's own template with ``UsePreviousTemplate``."""
        if str(form.get("UsePreviousTemplate", "")).lower() == "true":
            return template_of(self._stacks.get(str(form["StackName"])))
        return self.given(form)


def template_of(stack: Stack) -> Template:
    """The template that a stack was last made from."""
    if stack.template is None:
        raise DeployError(f"Stack {stack.name} has no template yet: it is {stack.status}.")
    return stack.template


def parameters_of(form: Form, stack: Stack | None) -> dict[str, str]:
    """The parameters that a request gives; ``UsePreviousValue`` looks at the stack."""
    values: dict[str, str] = {}
    for item in form.get("Parameters") or []:
        key = str(item["ParameterKey"])
        if str(item.get("UsePreviousValue", "")).lower() == "true":
            if stack is None or key not in stack.given:
                raise DeployError(
                    f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true for a "
                    "parameter key not in the previous template"
                )
            values[key] = stack.given[key]
        else:
            values[key] = str(item.get("ParameterValue", ""))
    return values
