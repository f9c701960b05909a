"""Where moto keeps policies: of roles and users, of buckets, queues, topics, functions, keys and secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.iam.bucket_documents import bucket_documents
from grader.cloud.iam.evaluation import document_of
from grader.cloud.iam.identity import Account
from grader.cloud.iam.patterns import as_list
from grader.cloud.iam.principals import Principal

DEFAULT_STATEMENT = "__default_statement_ID"


class StoredPolicies:
    """Reads policy documents out of moto; call it under moto's lock."""

    def __init__(self, moto: Account) -> None:
        self._moto = moto

    def of_principal(self, principal: Principal) -> list[Any]:
        """The identity policies: inline, managed, and those of a user's groups."""
        holder = self._holder(principal)
        if holder is None:
            return []
        holders = [holder, *self._groups(principal)]
        return [document for each in holders for document in _documents(each)]

    def named(self, role: str) -> dict[str, Any]:
        """A role's policy documents by their names, inline and managed."""
        found = next((one for one in self._moto.backend("iam").roles.values() if one.name == role), None)
        if found is None:
            return {}
        managed = {policy.name: default_document(policy) for policy in found.managed_policies.values()}
        return {**found.policies, **managed}

    def boundary_of(self, principal: Principal) -> list[Any]:
        """The permissions boundary, as a list of at most one document."""
        holder = self._holder(principal)
        arn = getattr(holder, "permissions_boundary_arn", None)
        policy = self._moto.backend("iam").managed_policies.get(arn) if arn else None
        return [default_document(policy)] if policy else []

    def tags_of(self, principal: Principal) -> Mapping[str, str]:
        """The tags of the role or user: ``aws:PrincipalTag``."""
        tags = getattr(self._holder(principal), "tags", None) or {}
        pairs = tags.values() if isinstance(tags, Mapping) else tags
        return {tag["Key"]: tag["Value"] for tag in pairs if isinstance(tag, Mapping)}

    def of_resource(self, arn: str, anonymous: bool = False) -> list[Any]:
        """The resource's own policies; none for a service that has no such thing.

        Parameters
        ----------
        anonymous
            The policies are asked for nobody in particular: Block Public Access may keep a bucket's from counting.
        """
        parts = arn.split(":", 5)
        if len(parts) == 6 and parts[2] == "s3":
            return bucket_documents(self._moto.backend("s3"), parts[5], anonymous)
        reader = _RESOURCE_READERS.get(parts[2]) if len(parts) == 6 else None
        found = reader(self._moto, parts[5], arn) if reader else None
        return [document_of(found)] if found else []

    def lets_owner_in(self, topic_arn: str) -> bool:
        """Whether a topic still has SNS's default statement, which lets in what acts for the account that owns it."""
        topic = self._moto.backend("sns").topics.get(topic_arn)
        statements = as_list(document_of(topic.policy).get("Statement")) if topic else []
        return any(each.get("Sid") == DEFAULT_STATEMENT for each in statements)

    def of_function(self, arn: str) -> list[Any]:
        """A function's permissions; each statement names the function, version or alias that it is for."""
        policy = _lambda_policy(self._moto, "", arn)
        return [policy] if policy else []

    def _holder(self, principal: Principal) -> Any:
        iam = self._moto.backend("iam")
        if principal.kind == "role" and principal.policies is None:
            return next((role for role in iam.roles.values() if role.name == principal.name), None)
        return iam.users.get(principal.name) if principal.kind == "user" else None

    def _groups(self, principal: Principal) -> list[Any]:
        if principal.kind != "user":
            return []
        groups = self._moto.backend("iam").groups.values()
        return [group for group in groups if any(user.name == principal.name for user in group.users)]


def default_document(policy: Any) -> Any:
    """The version of a managed policy that is in force."""
    return next((version.document for version in policy.versions if version.is_default), "{}")


def _documents(holder: Any) -> list[Any]:
    inline = list(holder.policies.values())
    return inline + [default_document(policy) for policy in holder.managed_policies.values()]


def _queue_policy(moto: Account, resource: str, arn: str) -> Any:
    queue = moto.backend("sqs").queues.get(resource)
    return queue.policy if queue else None


def _topic_policy(moto: Account, resource: str, arn: str) -> Any:
    topic = moto.backend("sns").topics.get(arn)
    return _without_default(topic.policy) if topic else None


def _without_default(policy: str) -> Any:
    """SNS's default policy lets the owner's account in by a condition on the owner, not everybody."""
    document = document_of(policy)
    statements = [each for each in as_list(document.get("Statement")) if each.get("Sid") != DEFAULT_STATEMENT]
    return {**document, "Statement": statements}


def _lambda_policy(moto: Account, resource: str, arn: str) -> Any:
    name = arn.split(":function:", 1)[-1].split(":")[0]
    versions = moto.backend("lambda")._lambdas._functions.get(name)
    if versions is None:
        return None
    held = [versions["latest"], *versions["versions"]] if isinstance(versions, dict) else versions
    statements = [statement for each in held if each is not None for statement in each.policy.statements]
    return {"Statement": statements}


def _key_policy(moto: Account, resource: str, arn: str) -> Any:
    key = moto.backend("kms").keys.get(resource.removeprefix("key/"))
    return key.policy if key else None


def _secret_policy(moto: Account, resource: str, arn: str) -> Any:
    secret = moto.backend("secretsmanager").secrets.get(arn)
    return getattr(secret, "policy", None)


def _log_policies(moto: Account, resource: str, arn: str) -> Any:
    policies = moto.backend("logs").resource_policies.values()
    documents = [document_of(policy.policy_document) for policy in policies]
    return {"Statement": [each for document in documents for each in as_list(document.get("Statement"))]}


_RESOURCE_READERS = {
    "logs": _log_policies,
    "sqs": _queue_policy,
    "sns": _topic_policy,
    "lambda": _lambda_policy,
    "kms": _key_policy,
    "secretsmanager": _secret_policy,
}
