"""The operations of the CloudFormation API on templates."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from grader.cloud.stacks.api import descriptions as describe
from grader.cloud.stacks.api.given_templates import GivenTemplates, template_of
from grader.cloud.stacks.api.query_form import Form
from grader.cloud.stacks.change_sets import ChangeSets
from grader.cloud.stacks.service import StackService
from grader.cloud.stacks.templates.template import Template


class TemplateActions:
    """GetTemplate and its like."""

    def __init__(self, stacks: StackService, change_sets: ChangeSets) -> None:
        self._stacks, self.change_sets = stacks, change_sets
        self._templates = GivenTemplates(stacks)

    def table(self) -> dict[str, Callable[[Form], Any]]:
        """The operations by name."""
        return {
            "GetTemplate": self._get_template,
            "GetTemplateSummary": self._get_summary,
            "ValidateTemplate": self._validate,
        }

    def _get_template(self, form: Form) -> Any:
        if "ChangeSetName" in form:
            template: Template | None = self.change_sets.get(str(form["ChangeSetName"]), form.get("StackName")).template
            stack = None
        else:
            stack = self._stacks.get(str(form["StackName"]))
            template = stack.template
        if stack is not None and form.get("TemplateStage") == "Processed":
            return {"TemplateBody": json.dumps(stack.expanded, indent=2), "StagesAvailable": ["Original", "Processed"]}
        return {"TemplateBody": template.text if template else "", "StagesAvailable": ["Original", "Processed"]}

    def _get_summary(self, form: Form) -> Any:
        if "TemplateBody" in form or "TemplateURL" in form:
            return describe.summary(self._templates.given(form))
        return describe.summary(template_of(self._stacks.get(str(form["StackName"]))))

    def _validate(self, form: Form) -> Any:
        found = describe.summary(self._templates.given(form))
        return {
            key: found[key]
            for key in ("Parameters", "Description", "Capabilities", "DeclaredTransforms")
            if key in found
        }
