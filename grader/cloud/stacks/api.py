"""CloudFormation's query API, as boto3, ``aws`` and ``sam`` speak it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.exceptions import ClientError
from moto.core.serialize import QuerySerializer
from moto.core.utils import get_service_model

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.errors import CloudError, NotSupported
from grader.cloud.stacks import descriptions as describe
from grader.cloud.stacks.change_sets import ChangeSets
from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.service import StackService
from grader.cloud.stacks.stack import Stack
from grader.cloud.stacks.template import Template, load

NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
MAX_BODY = 51_200
Form = dict[str, Any]


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
        action = self._actions().get(operation)
        try:
            if action is None:
                raise NotSupported(f"CloudFormation's {operation or 'request without an Action'}")
            return _answer(operation, action(form), request_id)
        except DeployError as error:
            return _error(error.code, error.what, request_id)
        except CloudError as error:
            return _error("ValidationError", error.what, request_id)

    def _actions(self) -> dict[str, Callable[[Form], Any]]:
        return {
            "CreateStack": self._create_stack,
            "UpdateStack": self._update_stack,
            "DeleteStack": self._delete_stack,
            "DescribeStacks": self._describe_stacks,
            "DescribeStackEvents": self._describe_events,
            "DescribeStackResource": self._describe_resource,
            "DescribeStackResources": self._describe_resources,
            "ListStackResources": self._list_resources,
            "ListStacks": self._list_stacks,
            "CreateChangeSet": self._create_change_set,
            "DescribeChangeSet": self._describe_change_set,
            "ExecuteChangeSet": self._execute_change_set,
            "DeleteChangeSet": self._delete_change_set,
            "ListChangeSets": self._list_change_sets,
            "GetTemplate": self._get_template,
            "GetTemplateSummary": self._get_summary,
            "ValidateTemplate": self._validate,
            "ListExports": self._list_exports,
            "ListImports": self._list_imports,
            "UpdateTerminationProtection": self._protect,
        }

    def _template(self, form: Form) -> Template:
        if "TemplateBody" in form:
            body = str(form["TemplateBody"])
            if len(body.encode()) > MAX_BODY:
                raise DeployError(
                    f"1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                    f"Member must have length less than or equal to {MAX_BODY}"
                )
            return load(body + "\n", aliases=False)
        if "TemplateURL" in form:
            return load(self._fetch(str(form["TemplateURL"])) + "\n", aliases=False)
        raise DeployError("Either Template URL or Template Body must be specified.")

    def _fetch(self, url: str) -> str:
        parts = urlsplit(url)
        host, path = parts.hostname or "", unquote(parts.path).lstrip("/")
        if match := re.fullmatch(r"(.+)\.s3([.-][a-z0-9-]+)?\.amazonaws\.com", host):
            bucket, key = match.group(1), path
        else:
            bucket, _, key = path.partition("/")
        try:
            answer = self._stacks.tools.client("s3").get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise DeployError(f"S3 error: {error.response['Error']['Message']}") from error
        return str(answer["Body"].read().decode("utf-8"))

    def _source(self, form: Form) -> Template:
        if str(form.get("UsePreviousTemplate", "")).lower() == "true":
            return _template_of(self._stacks.get(str(form["StackName"])))
        return self._template(form)

    def _parameters(self, form: Form, stack: Stack | None) -> dict[str, str]:
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

    def _create_stack(self, form: Form) -> Any:
        on_failure = str(form.get("OnFailure", "ROLLBACK"))
        stack = self._stacks.create(
            str(form["StackName"]),
            self._template(form),
            self._parameters(form, None),
            form.get("Capabilities") or (),
            _tags(form),
            disable_rollback=_true(form, "DisableRollback"),
            on_failure=on_failure,
            protected=_true(form, "EnableTerminationProtection"),
        )
        return {"StackId": stack.id}

    def _update_stack(self, form: Form) -> Any:
        stack = self._stacks.get(str(form["StackName"]))
        self._stacks.update(
            stack.id if stack.deleted else stack.name,
            self._source(form),
            self._parameters(form, stack),
            form.get("Capabilities") or (),
            _tags(form) if "Tags" in form else None,
            disable_rollback=_true(form, "DisableRollback"),
        )
        return {"StackId": stack.id}

    def _delete_stack(self, form: Form) -> Any:
        self._stacks.delete(str(form["StackName"]), form.get("RetainResources") or ())

    def _describe_stacks(self, form: Form) -> Any:
        named = form.get("StackName")
        stacks = [self._stacks.get(str(named))] if named else list(self._stacks)
        return self._page(form, "Stacks", [describe.stack(stack) for stack in stacks])

    def _describe_events(self, form: Form) -> Any:
        stack = self._find(form)
        return self._page(form, "StackEvents", [describe.event(stack, event) for event in reversed(stack.events)])

    def _find(self, form: Form) -> Stack:
        name = str(form.get("StackName", ""))
        stack = self._stacks.find(name)
        if stack is None:
            raise DeployError(f"Stack [{name}] does not exist")
        return stack

    def _describe_resource(self, form: Form) -> Any:
        stack, logical_id = self._find_resources(form), str(form["LogicalResourceId"])
        if logical_id not in stack.resources:
            raise DeployError(f"Resource {logical_id} does not exist for stack {stack.name}")
        return {"StackResourceDetail": describe.resource_detail(stack, stack.resources[logical_id])}

    def _find_resources(self, form: Form) -> Stack:
        name = str(form.get("StackName", ""))
        stack = self._stacks.find(name)
        if stack is None:
            raise DeployError(f"Stack '{name}' does not exist")
        return stack

    def _describe_resources(self, form: Form) -> Any:
        if "StackName" in form:
            stack = self._stacks.get(str(form["StackName"]))
            found = [(stack, resource) for resource in stack.resources.values()]
        else:
            wanted = form.get("PhysicalResourceId")
            found = [(stack, r) for stack in self._stacks for r in stack.resources.values() if r.physical_id == wanted]
            found = [(stack, r) for stack, _ in found[:1] for r in stack.resources.values()]
            if not found:
                raise DeployError(f"Stack for {wanted} does not exist")
        logical_id = form.get("LogicalResourceId")
        return {
            "StackResources": [
                describe.resource(stack, resource)
                for stack, resource in found
                if logical_id in (None, resource.logical_id)
            ]
        }

    def _list_resources(self, form: Form) -> Any:
        stack = self._stacks.get(str(form["StackName"]))
        found = [describe.resource_summary(resource) for resource in stack.resources.values()]
        return self._page(form, "StackResourceSummaries", found)

    def _list_stacks(self, form: Form) -> Any:
        wanted = form.get("StackStatusFilter")
        stacks = [*reversed(list(self._stacks)), *reversed(self._stacks.deleted())]
        found = [describe.stack_summary(stack) for stack in stacks if not wanted or stack.status in wanted]
        return self._page(form, "StackSummaries", found)

    def _page(self, form: Form, key: str, items: list[Any]) -> dict[str, Any]:
        """One page of a long answer; ``NextToken`` stands for the rest, as AWS pages these five operations."""
        token, size = str(form.get("NextToken", "")), self._stacks.page_size
        if token and not re.fullmatch(r"(3[0-9])+", token):
            raise DeployError("The provided NextToken is invalid.")
        start = int(bytes.fromhex(token)) if token else 0
        more = {"NextToken": str(start + size).encode().hex()} if start + size < len(items) else {}
        return {key: items[start : start + size], **more}

    def _create_change_set(self, form: Form) -> Any:
        name, kind = str(form["StackName"]), str(form.get("ChangeSetType", "UPDATE"))
        if kind not in ("CREATE", "UPDATE"):
            raise NotSupported(f"change sets of type {kind}")
        previous = self._stacks.find(name) if kind == "UPDATE" else None
        made = self.change_sets.create(
            str(form["ChangeSetName"]),
            name,
            kind,
            self._source(form),
            self._parameters(form, previous),
            form.get("Capabilities") or (),
            _tags(form) if "Tags" in form else None,
            form.get("Description"),
        )
        return {"Id": made.id, "StackId": made.stack.id}

    def _describe_change_set(self, form: Form) -> Any:
        return describe.change_set(self.change_sets.get(str(form["ChangeSetName"]), form.get("StackName")))

    def _execute_change_set(self, form: Form) -> Any:
        made = self.change_sets.get(str(form["ChangeSetName"]), form.get("StackName"))
        self.change_sets.execute(made, _true(form, "DisableRollback"))
        return {}

    def _delete_change_set(self, form: Form) -> Any:
        self.change_sets.delete(self.change_sets.get(str(form["ChangeSetName"]), form.get("StackName")))
        return {}

    def _list_change_sets(self, form: Form) -> Any:
        stack = self._stacks.get(str(form["StackName"]))
        return {"Summaries": [describe.change_set_summary(made) for made in self.change_sets.of(stack)]}

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
            return describe.summary(self._template(form))
        return describe.summary(_template_of(self._stacks.get(str(form["StackName"]))))

    def _validate(self, form: Form) -> Any:
        found = describe.summary(self._template(form))
        return {
            key: found[key]
            for key in ("Parameters", "Description", "Capabilities", "DeclaredTransforms")
            if key in found
        }

    def _list_exports(self, form: Form) -> Any:
        exports = self._stacks.exports()
        found = [
            {"ExportingStackId": owner, "Name": name, "Value": value}
            for name, (owner, value) in sorted(exports.items())
        ]
        return self._page(form, "Exports", found)

    def _list_imports(self, form: Form) -> Any:
        export = str(form["ExportName"])
        importers = self._stacks.importers(export)
        if not importers:
            raise DeployError(f"Export '{export}' is not imported by any stack.")
        return {"Imports": importers}

    def _protect(self, form: Form) -> Any:
        stack = self._stacks.get(str(form["StackName"]))
        stack.protected = _true(form, "EnableTerminationProtection")
        return {"StackId": stack.id}


def _template_of(stack: Stack) -> Template:
    if stack.template is None:
        raise DeployError(f"Stack {stack.name} has no template yet: it is {stack.status}.")
    return stack.template


def _true(form: Form, name: str) -> bool:
    return str(form.get(name, "")).lower() == "true"


def _tags(form: Form) -> dict[str, str]:
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in form.get("Tags") or []}


def parse_form(pairs: list[tuple[str, str]]) -> Form:
    """``Parameters.member.1.ParameterKey=…`` as nested dictionaries and lists."""
    form: Form = {}
    for name, value in pairs:
        *path, last = [part for part in name.split(".") if part != "member"]
        inner = form
        for part in path[:20]:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise DeployError(f"The request parameter {name} is malformed.", code="MalformedQueryString")
        inner[last] = value
    return {key: _listed(value) for key, value in form.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return [] if value == "" else value
    if value and all(key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: _listed(item) if isinstance(item, dict) else item for key, item in value.items()}


def _answer(operation: str, result: Any, request_id: str) -> Response:
    model: Any = get_service_model("cloudformation").operation_model(operation)
    serialized = QuerySerializer(operation_model=model).serialize(result or {})
    body = str(serialized["body"])
    headers: Mapping[str, Any] = serialized["headers"]
    kept = {"Content-Type": "text/xml", **{str(key): str(value) for key, value in headers.items()}}
    return Response(200, (*kept.items(), ("x-amzn-RequestId", request_id)), body.encode())


def _error(code: str, message: str, request_id: str) -> Response:
    escaped = message.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    body = (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code><Message>{escaped}</Message>'
        f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    status = 404 if code == "ChangeSetNotFound" else 400
    return Response(status, (("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)), body.encode())
