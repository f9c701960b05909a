"""Operations that need more than one action, or another one than their name says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from grader.cloud.iam.needs import Need, Parameters, Place, Rule
from grader.cloud.iam.patterns import as_list
from grader.cloud.iam.resources import RESOURCES, function_resource, object_arn, parameter_arn, table_arn


def _get_object(given: Parameters, place: Place) -> Iterator[Need]:
    yield Need("s3:GetObjectVersion" if given.get("VersionId") else "s3:GetObject", object_arn("", given, place))


def _put_object(given: Parameters, place: Place) -> Iterator[Need]:
    yield Need("s3:PutObject", object_arn("", given, place))
    if given.get("ACL") or any(str(name).startswith("Grant") and given[name] for name in given):
        yield Need("s3:PutObjectAcl", object_arn("", given, place))
    if given.get("Tagging"):
        yield Need("s3:PutObjectTagging", object_arn("", given, place))


def _copy_object(given: Parameters, place: Place) -> Iterator[Need]:
    source, _, version = str(given.get("CopySource", "")).lstrip("/").partition("?versionId=")
    yield Need("s3:GetObjectVersion" if version else "s3:GetObject", f"arn:aws:s3:::{unquote(source)}")
    yield from _put_object(given, place)


def _versioned(plain: str, versioned: str, *besides: tuple[str, str]) -> Rule:
    """One action for the object as it is, another for an old version of it; and others besides."""

    def rule(given: Parameters, place: Place) -> Iterator[Need]:
        for pair in ((plain, versioned), *besides):
            yield Need(f"s3:{pair[bool(given.get('VersionId'))]}", object_arn("", given, place))

    return rule


def _delete_object(given: Parameters, place: Place) -> Iterator[Need]:
    yield Need("s3:DeleteObjectVersion" if given.get("VersionId") else "s3:DeleteObject", object_arn("", given, place))


def _delete_objects(given: Parameters, place: Place) -> Iterator[Need]:
    for each in as_list((given.get("Delete") or {}).get("Objects")):
        yield from _delete_object({"Bucket": given.get("Bucket"), **each}, place)


def _batch(action: str) -> Rule:
    def rule(given: Parameters, place: Place) -> Iterator[Need]:
        for name in given.get("RequestItems") or {}:
            yield Need(action, table_arn(name, place))

    return rule


# A transaction needs what its items need; there is no action dynamodb:TransactWriteItems.
TRANSACTION_ACTIONS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Get": "dynamodb:GetItem",
}


def _transaction(given: Parameters, place: Place) -> Iterator[Need]:
    needed = {
        Need(TRANSACTION_ACTIONS.get(kind, f"dynamodb:{kind}"), table_arn(str(item.get("TableName")), place)): None
        for each in as_list(given.get("TransactItems"))
        for kind, item in each.items()
    }
    yield from needed


def _statement(given: Parameters, place: Place) -> Iterator[Need]:
    words = str(given.get("Statement", "")).replace('"', " ").replace("'", " ").split()
    verb = words[0].title() if words else "Select"
    markers = {"Select": "FROM", "Delete": "FROM", "Insert": "INTO", "Update": "UPDATE"}
    upper = [word.upper() for word in words]
    at = upper.index(markers[verb]) + 1 if markers.get(verb) in upper else len(words)
    name = words[at].partition(".")[0] if at < len(words) else "*"
    yield Need(f"dynamodb:PartiQL{verb}", table_arn(name, place))


def _statements(given: Parameters, place: Place) -> Iterator[Need]:
    for each in as_list(given.get("Statements") or given.get("TransactStatements")):
        yield from _statement(each, place)


def _parameters(action: str) -> Rule:
    def rule(given: Parameters, place: Place) -> Iterator[Need]:
        for name in as_list(given.get("Names")):
            yield Need(action, parameter_arn(str(name), place))

    return rule


def _secrets(given: Parameters, place: Place) -> Iterator[Need]:
    yield Need("secretsmanager:BatchGetSecretValue")
    for secret in as_list(given.get("SecretIdList")):
        arn = str(secret) if str(secret).startswith("arn:") else place.arn("secretsmanager", f"secret:{secret}")
        yield Need("secretsmanager:GetSecretValue", arn)


def _alias(action: str) -> Rule:
    """An alias is changed by who may do that to the alias and to its key."""

    def rule(given: Parameters, place: Place) -> Iterator[Need]:
        yield Need(action, place.arn("kms", str(given.get("AliasName"))))
        if given.get("TargetKeyId"):
            yield Need(action, RESOURCES["kms"]("", {"KeyId": given["TargetKeyId"]}, place) or "*")

    return rule


def _re_encrypt(given: Parameters, place: Place) -> Iterator[Need]:
    for action, name in (("kms:ReEncryptFrom", "SourceKeyId"), ("kms:ReEncryptTo", "DestinationKeyId")):
        yield Need(action, RESOURCES["kms"]("", {"KeyId": given.get(name)}, place) or "*")


def _put_events(given: Parameters, place: Place) -> Iterator[Need]:
    buses = {str(each.get("EventBusName") or "default") for each in as_list(given.get("Entries"))} or {"default"}
    for bus in sorted(buses):
        yield Need("events:PutEvents", bus if bus.startswith("arn:") else place.arn("events", f"event-bus/{bus}"))


def _with_passed_role(operation: str) -> Rule:
    def rule(given: Parameters, place: Place) -> Iterator[Need]:
        yield Need(f"lambda:{operation}", function_resource(operation, given, place) or "*")
        if given.get("Role"):
            yield Need("iam:PassRole", str(given["Role"]))

    return rule


def _nothing(given: Parameters, place: Place) -> Iterator[Need]:
    """``sts:GetCallerIdentity`` needs no permission, and no policy can deny it."""
    return iter(())


SPECIAL: Mapping[tuple[str, str], Rule] = {
    ("s3", "GetObject"): _get_object,
    ("s3", "HeadObject"): _get_object,
    ("s3", "PutObject"): _put_object,
    ("s3", "CopyObject"): _copy_object,
    ("s3", "UploadPartCopy"): _copy_object,
    ("s3", "GetObjectAcl"): _versioned("GetObjectAcl", "GetObjectVersionAcl"),
    ("s3", "PutObjectAcl"): _versioned("PutObjectAcl", "PutObjectVersionAcl"),
    ("s3", "GetObjectTagging"): _versioned("GetObjectTagging", "GetObjectVersionTagging"),
    ("s3", "PutObjectTagging"): _versioned("PutObjectTagging", "PutObjectVersionTagging"),
    ("s3", "DeleteObjectTagging"): _versioned("DeleteObjectTagging", "DeleteObjectVersionTagging"),
    ("s3", "GetObjectAttributes"): _versioned(
        "GetObjectAttributes", "GetObjectVersionAttributes", ("GetObject", "GetObjectVersion")
    ),
    ("s3", "DeleteObject"): _delete_object,
    ("s3", "DeleteObjects"): _delete_objects,
    ("dynamodb", "BatchGetItem"): _batch("dynamodb:BatchGetItem"),
    ("dynamodb", "BatchWriteItem"): _batch("dynamodb:BatchWriteItem"),
    ("dynamodb", "TransactWriteItems"): _transaction,
    ("dynamodb", "TransactGetItems"): _transaction,
    ("dynamodb", "ExecuteStatement"): _statement,
    ("dynamodb", "BatchExecuteStatement"): _statements,
    ("dynamodb", "ExecuteTransaction"): _statements,
    ("ssm", "GetParameters"): _parameters("ssm:GetParameters"),
    ("ssm", "DeleteParameters"): _parameters("ssm:DeleteParameters"),
    ("secretsmanager", "BatchGetSecretValue"): _secrets,
    ("kms", "CreateAlias"): _alias("kms:CreateAlias"),
    ("kms", "UpdateAlias"): _alias("kms:UpdateAlias"),
    ("kms", "DeleteAlias"): _alias("kms:DeleteAlias"),
    ("kms", "ReEncrypt"): _re_encrypt,
    ("events", "PutEvents"): _put_events,
    ("lambda", "CreateFunction"): _with_passed_role("CreateFunction"),
    ("lambda", "UpdateFunctionConfiguration"): _with_passed_role("UpdateFunctionConfiguration"),
    ("sts", "GetCallerIdentity"): _nothing,
}
