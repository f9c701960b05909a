"""The SAM transform: ``AWS::Serverless-2016-10-31`` by AWS's own translator, without a network."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from types import SimpleNamespace
from typing import Any, cast

from grader.cloud.json_schema import without_iri_grammar
from grader.cloud.stacks.errors import TransformError
from grader.cloud.stacks.templates.template import Template

SAM = "AWS::Serverless-2016-10-31"


Client = Callable[[str], Any]


def expand(
    template: Template, parameters: Mapping[str, str], region: str, client: Client | None = None
) -> dict[str, Any]:
    """The template as pure CloudFormation; a template without the transform comes back as it is.

    Parameters
    ----------
    client
        Gives the boto3 client of a service: an ``AWS::Serverless::Application`` is looked up in the repository.

    Raises
    ------
    TransformError
        In the translator's words, with the line of the first resource that it names.
    """
    if not template.is_sam:
        _refuse_sam_types(template)
        return copy.deepcopy(template.body)
    return _translate(template, dict(parameters), region, client)


def _refuse_sam_types(template: Template) -> None:
    for logical_id, resource in template.resources.items():
        if resource["Type"].startswith("AWS::Serverless::"):
            raise TransformError(
                f"Template format error: Unrecognized resource types: [{resource['Type']}]",
                template.where("Resources", logical_id),
                f"Add the line “Transform: {SAM}” to the template.",
                logical_id=logical_id,
                line=template.line_of("Resources", logical_id),
            )


def _translate(template: Template, parameters: dict[str, Any], region: str, client: Client | None) -> dict[str, Any]:
    with without_iri_grammar():  # the translator is slow to import, so only a template that asks for it pays
        from samtranslator.model.exceptions import ExceptionWithMessage, InvalidDocumentException

    pickled = pickle.dumps((template.body, parameters))
    try:
        found = client is not None and _names_an_application(template)  # what it is may change, so it is not remembered
        translated = _translated(pickled, region, client) if found else _translation(pickled, region)
        return _in_source_order(template, pickle.loads(translated))
    except InvalidDocumentException as error:
        raise _refusal(template, [error.message, *(cause.message for cause in error.causes)]) from error
    except ExceptionWithMessage as error:
        raise _refusal(template, [error.message]) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # The translator crashes on some malformed templates instead of saying so.
        raise _refusal(template, [f"The SAM translator could not read the template ({error})."]) from error


@lru_cache(maxsize=32)
def _translation(pickled: bytes, region: str) -> bytes:
    """The translator's answer to a body and its parameters; the checks of an exercise ask for the same one again."""
    return _translated(pickled, region, None)


@cache
def _trust_policy_templates() -> None:
    """The translator validates its own policy templates for every template that it translates: two thirds of its time.

    They are the package's own and the same each time: its tests have validated them.
    """
    from samtranslator.plugins.policies.policy_templates_plugin import PolicyTemplatesForResourcePlugin
    from samtranslator.policy_template_processor.processor import PolicyTemplatesProcessor
    from samtranslator.translator import translator

    policies = PolicyTemplatesProcessor.get_default_policy_templates_json()
    processor = PolicyTemplatesProcessor(policies, schema={"type": "object"})
    translator.make_policy_template_for_function_plugin = lambda: PolicyTemplatesForResourcePlugin(processor)


def _translated(pickled: bytes, region: str, client: Client | None) -> bytes:
    with without_iri_grammar():
        _trust_policy_templates()
        from samtranslator.parser.parser import Parser
        from samtranslator.plugins.application.serverless_app_plugin import ServerlessAppPlugin
        from samtranslator.translator.translator import Translator
        from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

    # It warns of unpublished telemetry and unknown feature flags on every use; a learner would read that under a cell.
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    body, parameters = pickle.loads(pickled)
    # Logical ids of versions and deployments carry a hash that AWS still computes as Python 2.7 ordered its maps.
    to_py27_compatible_template(body, parameters)
    session = cast("Any", SimpleNamespace(region_name=region))  # all that the translator reads of a session
    repository = [] if client is None else [ServerlessAppPlugin(client("serverlessrepo"), True, parameters=parameters)]
    translator = Translator(managed_policies(), Parser(), repository, session)
    expanded = translator.translate(body, parameters, get_managed_policy_map=managed_policies)
    return pickle.dumps(_plain(undo_mark_unicode_str_in_template(expanded)))


def _names_an_application(template: Template) -> bool:
    return any(
        resource["Type"] == "AWS::Serverless::Application"
        and isinstance((resource.get("Properties") or {}).get("Location"), dict)
        for resource in template.resources.values()
    )


def _refusal(template: Template, messages: list[str]) -> TransformError:
    named = [name for message in messages for name in re.findall(r"\[(\w+)\]", message) if name in template.resources]
    logical_id = named[0] if named else None
    place = ("Resources", logical_id) if logical_id else ("Resources",)
    reason = " ".join(messages)
    return TransformError(
        f"Transform {SAM} failed with: {reason}",
        template.where(*place),
        logical_id=logical_id,
        reason=messages[-1],
        line=template.line_of(*place),
    )


@cache
def managed_policies() -> dict[str, str]:
    """Name → ARN of AWS's managed policies, from the list that is bundled with the translator."""
    data = files("samtranslator.internal.data").joinpath("aws_managed_policies.json").read_text(encoding="utf-8")
    return cast("dict[str, str]", json.loads(data)["aws"])


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _in_source_order(template: Template, expanded: dict[str, Any]) -> dict[str, Any]:
    """The translator shuffles resources; put each behind the one it came from."""
    sources = source_ids(template, expanded)
    rank = {name: number for number, name in enumerate(template.resources)}
    names = sorted(expanded["Resources"], key=lambda name: (rank[sources[name]], name != sources[name]))
    resources = {name: expanded["Resources"][name] for name in names}
    return {section: resources if section == "Resources" else value for section, value in expanded.items()}


def source_ids(template: Template, expanded: Mapping[str, Any]) -> dict[str, str]:
    """For each expanded logical id, the logical id in the source that it came from."""
    sources = template.resources
    by_length = sorted(sources, key=len, reverse=True)
    api = next((name for name, resource in sources.items() if _has_implicit_api(resource)), next(iter(sources)))
    found = {}
    for logical_id in expanded["Resources"]:
        exact = logical_id if logical_id in sources else None
        prefix = next((name for name in by_length if logical_id.startswith(name)), None)
        found[logical_id] = exact or prefix or api
    return found


def _has_implicit_api(resource: Mapping[str, Any]) -> bool:
    events = (resource.get("Properties") or {}).get("Events") or {}
    return isinstance(events, dict) and any(
        isinstance(event, dict) and event.get("Type") == "Api" and "RestApiId" not in (event.get("Properties") or {})
        for event in events.values()
    )
