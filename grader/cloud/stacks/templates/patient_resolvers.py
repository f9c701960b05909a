"""What ``AWS::LanguageExtensions`` must leave for the deployment: text that names a resource.

The SAM CLI's processor reads templates before anything is made. It puts the values that it knows into such a text, and
the rest stays behind as plain text, ``${Bucket}`` or ``{'Ref': 'Bucket'}``. CloudFormation goes on to resolve it.
"""

from __future__ import annotations

import json
from typing import Any

from samcli.lib.cfn_language_extensions.api import IntrinsicResolverProcessor, create_default_intrinsic_resolver
from samcli.lib.cfn_language_extensions.models import PseudoParameterValues, TemplateProcessingContext
from samcli.lib.cfn_language_extensions.pipeline import ProcessingPipeline
from samcli.lib.cfn_language_extensions.processors import (
    DeletionPolicyProcessor,
    ForEachProcessor,
    TemplateParsingProcessor,
    UpdateReplacePolicyProcessor,
)
from samcli.lib.cfn_language_extensions.resolvers import (
    FnBase64Resolver,
    FnJoinResolver,
    FnSelectResolver,
    FnSplitResolver,
    FnSubResolver,
    FnToJsonStringResolver,
    IntrinsicResolver,
)


class _Patient:
    """Leaves a function as it is while something in it is not known yet."""

    def resolve(self, value: dict[str, Any]) -> Any:
        """The function's value; the function itself when that must wait."""
        name, given = next(iter(value.items()))
        known = self.parent.resolve_value(given)  # type: ignore[attr-defined]
        return {name: known} if _waits(known) else super().resolve({name: known})  # type: ignore[misc]


class PatientJoin(_Patient, FnJoinResolver):  # type: ignore[misc]
    """``Fn::Join``."""


class PatientSplit(_Patient, FnSplitResolver):  # type: ignore[misc]
    """``Fn::Split``."""


class PatientSelect(_Patient, FnSelectResolver):  # type: ignore[misc]
    """``Fn::Select``."""


class PatientBase64(_Patient, FnBase64Resolver):  # type: ignore[misc]
    """``Fn::Base64``."""


class PatientSub(FnSubResolver):  # type: ignore[misc]
    """``Fn::Sub``: a text in which a name is left over waits whole, since ``${!Name}`` must not be undone twice."""

    def resolve(self, value: dict[str, Any]) -> Any:
        """The text; the function itself when a name in it is not known yet."""
        text, names = self._parse_args(value["Fn::Sub"])
        names = self._resolve_variable_map(names)
        left = [name for name in _names_in(text) if self._resolve_variable(name, names) is None]
        if left or _waits(names):
            return {"Fn::Sub": [text, names] if names else text}
        return self._substitute(text, names)


class PatientJson(FnToJsonStringResolver):  # type: ignore[misc]
    """``Fn::ToJsonString``: what is not known yet becomes a name in a text, for ``Fn::Sub``."""

    def resolve(self, value: dict[str, Any]) -> Any:
        """The JSON text, or the function that will make it."""
        self._check_for_unsupported_intrinsics(value["Fn::ToJsonString"])
        known = self.parent.resolve_value(value["Fn::ToJsonString"])
        if not _waits(known):
            return super().resolve({"Fn::ToJsonString": known})
        self._check_for_unresolved_non_string_intrinsics(known)
        names: dict[str, Any] = {}
        text = json.dumps(_named(known, names), separators=(",", ":"))
        return {"Fn::Sub": [text, names]}


def process(body: dict[str, Any], parameters: dict[str, str], known: PseudoParameterValues) -> dict[str, Any]:
    """The template without loops and lengths; what only a deployment knows stands where it stood."""
    context = TemplateProcessingContext(fragment=body, parameter_values=parameters, pseudo_parameters=known)
    resolver = IntrinsicResolver(context)
    patient = (PatientJoin, PatientSplit, PatientSelect, PatientBase64, PatientSub, PatientJson)
    for kind in (*patient, *map(type, create_default_intrinsic_resolver(context).resolvers)):
        resolver.register_resolver(kind)  # the first that can resolve a function does
    steps = [
        TemplateParsingProcessor(),
        ForEachProcessor(intrinsic_resolver=resolver),
        IntrinsicResolverProcessor(resolver),
        DeletionPolicyProcessor(),
        UpdateReplacePolicyProcessor(),
    ]
    return dict(ProcessingPipeline(steps).process_template(context))


def _is_function(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and (key := next(iter(value))) and _is_name(key)


def _is_name(key: Any) -> bool:
    return key == "Ref" or str(key).startswith("Fn::")


def _waits(value: Any) -> bool:
    """Whether something in a value is known only when it is deployed."""
    if _is_function(value):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_waits, inner))


def _names_in(text: str) -> list[str]:
    """The names that a text for ``Fn::Sub`` asks for."""
    pieces = [piece.partition("}") for piece in text.split("${")[1:]]
    return [name.strip() for name, end, _ in pieces if end and not name.startswith("!")]


def _named(value: Any, names: dict[str, Any]) -> Any:
    """The value with a name for every function in it; what looks like a name already is protected."""
    if _is_function(value):
        names[f"Value{len(names)}"] = value
        return f"${{Value{len(names) - 1}}}"
    if isinstance(value, dict):
        return {key.replace("${", "${!"): _named(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_named(inner, names) for inner in value]
    return value.replace("${", "${!") if isinstance(value, str) else value
