"""May this principal do that? The policies of the account, read where moto keeps them, and IAM's decision over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.iam.calls import Calls
from grader.cloud.iam.evaluation import Finding, Question, identity_finding, resource_finding
from grader.cloud.iam.identity import Account
from grader.cloud.iam.principals import Principal
from grader.cloud.iam.stored_policies import StoredPolicies
from grader.cloud.iam.verdict import Decision, Limit, subject, verdict

ADMINISTRATOR = ({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},)

# Services that publish in the name of the account that owns a topic, and so pass its default policy.
FOR_THEIR_OWNER = frozenset({"cloudwatch.amazonaws.com"})

MOST_DECISIONS = 2_000


class ConditionKeys(Mapping[str, Any]):
    """What conditions and variables of policies may name; few policies have any, so it is found when asked for."""

    def __init__(self, find: Callable[[], dict[str, Any]]) -> None:
        self._find = find

    @property
    def are_found(self) -> bool:
        """Whether a policy has asked for any of them."""
        return "_found" in self.__dict__

    @cached_property
    def _found(self) -> dict[str, Any]:
        return self._find()

    def __getitem__(self, key: str) -> Any:
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


@dataclass(frozen=True)
class Documents:
    """All policies that have a say: the principal's own, the resource's, and by their kinds those that only limit."""

    identity: list[Any]
    resource: list[Any]
    limits: list[tuple[str, Any]]

    def decide(self, question: Question) -> Decision:
        """What they say together."""
        limits = [Limit(kind, identity_finding(documents, question)) for kind, documents in self.limits]
        return verdict(
            question, identity_finding(self.identity, question), resource_finding(self.resource, question), limits
        )


class Authorization:
    """Decides by identity policies, permissions boundaries, session policies and resource policies.

    Parameters
    ----------
    moto
        Where IAM's and the resources' policies are.
    clock
        ``aws:CurrentTime`` and ``aws:EpochTime``.

    Attributes
    ----------
    calls
        What was judged: what roles really asked for.
    """

    def __init__(self, moto: Account, clock: Clock) -> None:
        self._clock = clock
        self._moto = moto
        self.calls = Calls()
        self.policies = StoredPolicies(moto)
        # A function's role is asked the same with each invocation. What was decided without looking at a condition or a
        # variable stays decided for as long as the documents are the same.
        self._decided: dict[tuple[str, ...], tuple[Documents, Decision]] = {}

    def decide(
        self,
        principal: Principal,
        action: str,
        resource_arn: str,
        context: Mapping[str, Any] | None = None,
        policies: Sequence[Any] | None = None,
    ) -> Decision:
        """Whether ``principal`` may do ``action`` (``s3:GetObject``) to ``resource_arn``.

        ``context`` adds the request's condition keys (``s3:prefix``, ``aws:SourceIp``) to the principal's own;
        ``policies`` are the resource's own, where moto does not keep them.
        """
        keys = self._context(principal, context or {})
        with self._moto.lock:
            if policies is None:
                policies = self.policies.of_resource(resource_arn, principal.kind == "anonymous")
            documents = Documents(list(self._documents(principal)), list(policies), self._limits(principal))
            asked = (principal.kind, principal.arn, action, resource_arn)
            known = self._decided.get(asked)
            if known is not None and known[0] == documents:
                return known[1]
            decision = documents.decide(Question(principal, action, resource_arn, keys))
            if not keys.are_found:
                self._remember(asked, (documents, decision))
        return decision

    def _remember(self, asked: tuple[str, ...], decided: tuple[Documents, Decision]) -> None:
        if len(self._decided) >= MOST_DECISIONS:
            self._decided.clear()
        self._decided[asked] = decided

    def judge(
        self, principal: Principal, action: str, resource_arn: str, context: Mapping[str, Any] | None = None
    ) -> Decision:
        """Decide for a call that is being made, and remember it in ``calls``."""
        decision = self.decide(principal, action, resource_arn, context)
        self.calls.note(self._clock.timestamp(), principal, action, resource_arn, decision.allowed)
        return decision

    def service_may_invoke(
        self, function_arn: str, service: str, source_arn: str | None, source_account: str | None = None
    ) -> Decision:
        """Whether a service (``apigateway.amazonaws.com``) may invoke the function, version or alias.

        Lambda asks the resource policy of exactly the ARN that is invoked: a permission for ``:live`` is none for the
        function without a qualifier.
        """
        caller = Principal("service", arn=service, name=service)
        keys = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_account or self._moto.account_id}
        context = {key: value for key, value in keys.items() if value}
        question = Question(caller, "lambda:InvokeFunction", function_arn, context)
        with self._moto.lock:
            found = resource_finding(self.policies.of_function(function_arn), question)
        reason = f"The resource-based policy of {function_arn} does not let {service} invoke it"
        source = f" for {source_arn}" if source_arn else ""
        return Decision(found.effect == "Allow", "" if found.effect == "Allow" else reason + source, found.statement)

    def service_may(
        self,
        service: str,
        action: str,
        resource_arn: str,
        source_arn: str | None = None,
        source_account: str | None = None,
    ) -> Decision:
        """Whether a service may do ``action`` to a queue, topic or bucket, by that resource's own policy."""
        caller = Principal("service", arn=service, name=service)
        keys = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_account or self._moto.account_id}
        question = Question(caller, action, resource_arn, {key: value for key, value in keys.items() if value})
        with self._moto.lock:
            if service in FOR_THEIR_OWNER and self.policies.lets_owner_in(resource_arn):
                return Decision(True)
            found = resource_finding(self.policies.of_resource(resource_arn), question)
        reason = f"The policy of {resource_arn} does not let {service} do {action}"
        return Decision(found.effect == "Allow", "" if found.effect == "Allow" else reason, found.statement)

    def may_assume(
        self,
        principal: Principal,
        role: Any,
        context: Mapping[str, Any] | None = None,
        action: str = "sts:AssumeRole",
    ) -> Decision:
        """Whether ``principal`` may assume moto's ``role``: its trust policy, and for the account at large IAM too.

        ``action`` may be ``sts:TagSession``, which is asked for besides when the session is tagged.
        """
        question = Question(principal, action, role.arn, self._context(principal, context or {}))
        trust = resource_finding([role.assume_role_policy_document], question)
        with self._moto.lock:
            identity = self._identity(principal, question)
        if trust.effect is None:
            return Decision(False, f"{subject(question)} on resource: {role.arn}")
        return verdict(question, identity, trust, [])

    def service_may_assume(self, service: str, role_arn: str) -> Decision:
        """Whether a role's trust policy lets a service (``events.amazonaws.com``) assume it."""
        with self._moto.lock:
            roles = self._moto.backend("iam").roles.values()
            role = next((role for role in roles if role.arn == role_arn), None)
        if role is None:
            return Decision(False, f"The role {role_arn} does not exist")
        decision = self.may_assume(Principal("service", arn=service, name=service), role)
        return decision if decision.allowed else Decision(False, f"{role_arn} does not trust {service}")

    def _identity(self, principal: Principal, question: Question) -> Finding:
        return identity_finding(self._documents(principal), question)

    def _documents(self, principal: Principal) -> Sequence[Any]:
        if principal.kind == "developer":
            return ADMINISTRATOR
        return self.policies.of_principal(principal) if principal.policies is None else principal.policies

    def _limits(self, principal: Principal) -> list[tuple[str, Any]]:
        limits = (("permissions boundary", self.policies.boundary_of(principal)),
                  ("session policy", principal.session_policies))  # fmt: skip
        return [(kind, documents) for kind, documents in limits if documents]

    def _context(self, principal: Principal, given: Mapping[str, Any]) -> ConditionKeys:
        return ConditionKeys(lambda: self._condition_keys(principal, given))

    def _condition_keys(self, principal: Principal, given: Mapping[str, Any]) -> dict[str, Any]:
        now = self._clock.now()
        own: dict[str, Any] = {
            "aws:currenttime": now.isoformat(),
            "aws:epochtime": str(int(now.timestamp())),
            "aws:userid": principal.user_id,
            "aws:principaltype": {"role": "AssumedRole", "anonymous": "Anonymous"}.get(principal.kind, "User"),
            "aws:resourceaccount": self._moto.account_id,  # there is one account only
            "aws:principalisawsservice": str(principal.kind == "service").lower(),
        }
        if principal.kind == "service":
            own["aws:principalservicename"] = principal.name
        elif principal.arn:
            own["aws:principalarn"] = principal.role_arn or principal.arn
            own["aws:principalaccount"] = principal.account_id
        if principal.kind in ("developer", "user"):
            own["aws:username"] = principal.name
        with self._moto.lock:
            tags = {**self.policies.tags_of(principal), **dict(principal.tags)}
        own.update({f"aws:principaltag/{key.lower()}": value for key, value in tags.items()})
        own.update({key.lower(): value for key, value in given.items() if value is not None})
        return own
