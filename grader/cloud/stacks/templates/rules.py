"""The Rules section: assertions about parameters, checked before anything is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.errors import TemplateError
from grader.cloud.stacks.templates.intrinsics import resolve
from grader.cloud.stacks.templates.template import Template
from grader.cloud.stacks.templates.values import Values, scalar
from grader.cloud.stacks.templates.yaml_reader import Place

ACCOUNT_LOOKUPS = ("Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll")  # about subnets, images and the like


def check_rules(template: Template, values: Values) -> None:
    """Refuse parameters that a rule does not allow.

    Raises
    ------
    TemplateError
        With the assertion's description.
    NotSupported
        For functions that look up what an account has.
    """
    for name, rule in (template.body.get("Rules") or {}).items():
        judge = _Judge(template, str(name), values)
        if "RuleCondition" in rule and not judge.truth(rule["RuleCondition"]):
            continue
        for number, assertion in enumerate(rule.get("Assertions") or []):
            if not judge.truth(assertion.get("Assert")):
                described = assertion.get("AssertDescription")
                raise judge.refusal(described or f"assertion {number + 1} is false", number)


class _Judge:
    def __init__(self, template: Template, name: str, values: Values) -> None:
        self.template, self.name, self.values = template, name, values
        self.functions: Mapping[str, Callable[[list[Any]], bool]] = {
            "Fn::And": lambda items: all(self.truth(item) for item in items),
            "Fn::Or": lambda items: any(self.truth(item) for item in items),
            "Fn::Not": lambda items: not self.truth(items[0]),
            "Fn::Equals": lambda items: self.text(items[0]) == self.text(items[1]),
            "Fn::Contains": lambda items: self.text(items[1]) in self.texts(items[0]),
            "Fn::EachMemberEquals": lambda items: all(one == self.text(items[1]) for one in self.texts(items[0])),
            "Fn::EachMemberIn": lambda items: set(self.texts(items[0])) <= set(self.texts(items[1])),
        }

    def truth(self, value: Any) -> bool:
        function = str(next(iter(value))) if isinstance(value, dict) and len(value) == 1 else ""
        if function in ACCOUNT_LOOKUPS:
            raise NotSupported(f"the rule function {function}", self.template.where("Rules", self.name))
        if function not in self.functions:
            raise self.refusal("an assertion must be one of " + ", ".join(self.functions))
        items = value[function]
        needed = 1 if function == "Fn::Not" else 2
        if not isinstance(items, list) or len(items) < needed:
            raise self.refusal(f"{function} takes a list of {needed} or more")
        return self.functions[function](items)

    def text(self, value: Any) -> Any:
        return scalar(resolve(value, self.values))

    def texts(self, value: Any) -> list[Any]:
        found = resolve(value, self.values)
        return [scalar(item) for item in found] if isinstance(found, list) else [scalar(found)]

    def refusal(self, words: str, number: int | None = None) -> TemplateError:
        place: Place = ("Rules", self.name) if number is None else ("Rules", self.name, "Assertions", number)
        return TemplateError(
            f"Template validation error: Rule {self.name} failed: {words}",
            self.template.where(*place),
            line=self.template.line_of(*place),
        )
