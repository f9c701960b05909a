"""11.2: visitors reach their own rows of a table, by the policy of the role that they are lent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import boto3
from botocore.exceptions import ClientError

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word

Call = Callable[[str], Any]

TABLE = "table"  # the checks use one table, one after the other, each with users of its own


class Visitor:
    """A user who has signed in: calls DynamoDB with the keys that the sign-in has lent."""

    def __init__(self, cloud: Any, stack: Any, user: str) -> None:
        keys = cloud.invoke(stack.resources["SignInFunction"].physical_id, {"user": user})
        if keys.error is not None:
            fail("the sign-in works", str(keys.error.get("errorMessage")), "Leave AssumeRolePolicyDocument as it is.")
        lent = keys.payload
        self._principal = cloud.identity.principal_of(lent["AccessKeyId"], lent["SessionToken"])
        self._decide, self._account = cloud.authorization.decide, cloud.client("sts").get_caller_identity()["Account"]
        self.table = boto3.resource(
            "dynamodb",
            region_name=cloud.region,
            aws_access_key_id=lent["AccessKeyId"],
            aws_secret_access_key=lent["SecretAccessKey"],
            aws_session_token=lent["SessionToken"],
        ).Table(stack.outputs["DraftsTable"])
        self._prices = stack.outputs["PricesTable"]

    def get(self, owner: str) -> Any:
        """Read one row."""
        return self.table.get_item(Key={"user": owner, "draft": "a"}).get("Item")

    def put(self, owner: str) -> Any:
        """Write one row."""
        return self.table.put_item(Item={"user": owner, "draft": "a", "text": "hello"})

    def update(self, owner: str) -> Any:
        """Change one row."""
        changed = {"ExpressionAttributeNames": {"#t": "text"}, "ExpressionAttributeValues": {":t": "bye"}}
        return self.table.update_item(
            Key={"user": owner, "draft": "a"}, UpdateExpression="SET #t = :t", ReturnValues="NONE", **changed
        )

    def delete(self, owner: str) -> Any:
        """Delete one row."""
        return self.table.delete_item(Key={"user": owner, "draft": "a"})

    def query(self, owner: str) -> Any:
        """Read all rows of one owner."""
        found = self.table.query(
            KeyConditionExpression="#u = :u",
            ExpressionAttributeNames={"#u": "user"},
            ExpressionAttributeValues={":u": owner},
        )
        return found["Items"]

    def batch(self, *owners: str) -> Any:
        """Read one row of each owner, in one request."""
        keys = [{"user": owner, "draft": "a"} for owner in owners]
        return self.table.meta.client.batch_get_item(RequestItems={self.table.name: {"Keys": keys}})

    def batch_write(self, owner: str) -> Any:
        """Write one row, in a request that may write several."""
        rows = [{"PutRequest": {"Item": {"user": owner, "draft": "a"}}}]
        return self.table.meta.client.batch_write_item(RequestItems={self.table.name: rows})

    def scan(self, _: str = "") -> Any:
        """Read the whole table."""
        return self.table.scan()

    def prices(self, owner: str) -> Any:
        """Read the other table."""
        return self.table.meta.client.get_item(TableName=self._prices, Key={"user": owner})

    def may(self, action: str, table: str = "") -> bool:
        """Whether IAM allows an action that names no key, on the drafts' table or another one."""
        arn = f"arn:aws:dynamodb:us-east-1:{self._account}:table/{table or self.table.name}"
        return bool(self._decide(self._principal, action, arn).allowed)

    def may_anywhere(self, action: str) -> bool:
        """Whether IAM allows an action on everything."""
        return bool(self._decide(self._principal, action, "*").allowed)


def borrowed_by_another(cloud: Any, visitor_role: str) -> str | None:
    """The code of the refusal when another role of the account, which may borrow any, asks for the visitors'."""
    iam, trust = cloud.client("iam"), {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    may = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}
    made = iam.create_role(RoleName="another", AssumeRolePolicyDocument=document({**trust, "Action": "sts:AssumeRole"}))
    iam.put_role_policy(RoleName="another", PolicyName="borrow", PolicyDocument=document(may))
    keys = cloud.identity.role_credentials(made["Role"]["Arn"], "another")
    sts = boto3.client(
        "sts",
        region_name=cloud.region,
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
        aws_session_token=keys.session_token,
    )
    role = iam.get_role(RoleName=visitor_role)["Role"]["Arn"]
    return refused(
        lambda: sts.assume_role(RoleArn=role, RoleSessionName="another", Tags=[{"Key": "user", "Value": "x"}])
    )


def document(statement: dict[str, Any]) -> str:
    """A policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def refused(action: Callable[[], Any]) -> str | None:
    """The code of the refusal; None when the call is let through."""
    try:
        action()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def expect_allowed(action: Call, owner: str, whose: str, hint: str) -> None:
    """The call is let through."""
    expect(refused(lambda: action(owner)), hint, what=f"the error of a visitor's {action.__name__} {whose}").is_none()


def expect_refused_call(action: Call, owner: str, whose: str, hint: str) -> None:
    """The call is refused by IAM."""
    found = refused(lambda: action(owner))
    expect(found, hint, what=f"the error of {action.__name__} by {whose}").equals("AccessDeniedException")


def neighbours(rng: Random) -> Iterator[tuple[str, str]]:
    """Pairs of users, some with names that begin alike."""
    name = word(rng)
    yield name, word(rng)
    yield name, name + word(rng, 1)
    yield name + word(rng, 1), name


@exercise(
    "11.2",
    "Own rows",
    slug="11_2_own_rows",
    files=["template.yaml"],
    minutes=15,
    hints=[
        "The role is the same for everybody. What differs is the session: its tag `user`. A policy can speak of it "
        "with a variable, and DynamoDB tells IAM which partition keys a request touches.",
        "The condition key is dynamodb:LeadingKeys, a list: every key of a request must be the user's. Which of "
        "ForAllValues and ForAnyValue says so? And what about actions that touch no keys?",
        "Action: the six of them, by name. Resource: the table's ARN. Condition: ForAllValues:StringEquals: "
        'dynamodb:LeadingKeys: ["${aws:PrincipalTag/user}"], without !Sub, which would want to fill it in itself.',
    ],
    passed="Browsers read and write drafts without any function of yours, and IAM keeps the users apart: one role, "
    "one policy, as many users as come.",
    next="11.3",
)
class OwnRows:
    @check(points=2, shares=TABLE)
    def reaches_own_rows(cloud, stack, rng):
        """A visitor writes, reads, changes, lists and deletes rows of their own."""
        user = word(rng)
        visitor = Visitor(cloud, stack, user)
        hint = "Allow the six actions on the table, for rows whose partition key is ${aws:PrincipalTag/user}."
        for action in (visitor.put, visitor.get, visitor.update, visitor.query, visitor.batch, visitor.delete):
            expect_allowed(action, user, "about their own row", hint)

    @check(points=2, needs=reaches_own_rows, shares=TABLE)
    def reads_no_others(cloud, stack, rng):
        """A visitor reads no row of anybody else."""
        visitor, other = Visitor(cloud, stack, word(rng)), word(rng)
        hint = "Without a condition on dynamodb:LeadingKeys the whole table is everybody's."
        for action in (visitor.get, visitor.query, visitor.batch):
            expect_refused_call(action, other, "another visitor", hint)

    @check(points=1, needs=reaches_own_rows, shares=TABLE)
    def writes_no_others(cloud, stack, rng):
        """A visitor writes and deletes no row of anybody else."""
        visitor, other = Visitor(cloud, stack, word(rng)), word(rng)
        hint = "The condition belongs to the writing actions as much as to the reading ones."
        for action in (visitor.put, visitor.update, visitor.delete, visitor.batch_write):
            expect_refused_call(action, other, "another visitor", hint)

    @check(points=1, needs=reaches_own_rows, shares=TABLE)
    def mixes_nothing(cloud, stack, rng):
        """A request for an own row and another one is refused as a whole."""
        user, other = word(rng), word(rng)
        visitor = Visitor(cloud, stack, user)
        found = refused(lambda: visitor.batch(user, other))
        hint = "ForAnyValue is content with one key that fits. Every key has to: ForAllValues."
        expect(found, hint, what="the error of BatchGetItem for an own row and another one").equals(
            "AccessDeniedException"
        )

    @check(points=1, needs=reaches_own_rows, shares=TABLE)
    def scans_nothing(cloud, stack, rng):
        """Nobody reads the whole table, or deletes it."""
        visitor = Visitor(cloud, stack, word(rng))
        hint = (
            "What names no key passes ForAllValues, which holds when there are no values: a scan, a query in SQL, the "
            "table's end. Name the six actions, and no others."
        )
        expect_refused_call(visitor.scan, "", "a visitor", hint)
        for action in ("dynamodb:DeleteTable", "dynamodb:UpdateTable", "dynamodb:PartiQLSelect"):
            expect(visitor.may(action), hint, what=f"whether a visitor may {action} of the whole table").is_false()

    @check(points=1, needs=reaches_own_rows, shares=TABLE)
    def tells_names_apart(cloud, stack, rng):
        """Ann does not reach the rows of Anna."""
        name = word(rng)
        visitor = Visitor(cloud, stack, name)
        hint = "The whole key has to be the name, in its case: StringEquals, or StringLike without a star."
        for action, other in ((visitor.get, f"{name}a"), (visitor.put, f"{name}a"), (visitor.get, name.upper())):
            expect_refused_call(action, other, f"a visitor {name}, about rows of {other}", hint)

    @check(points=1, needs=reaches_own_rows, shares=TABLE)
    def leaves_other_tables_alone(cloud, stack, rng):
        """Visitors reach this table, no other, and nothing else."""
        user = word(rng)
        visitor = Visitor(cloud, stack, user)
        hint = "Resource: this table's ARN, no star."
        expect_refused_call(visitor.prices, user, "a visitor, of PricesTable", hint)
        expect(visitor.may("dynamodb:GetItem", word(rng)), hint, what="whether any other table is reached").is_false()
        hint = "The keys lie in everybody's browser: no rights beside those six."
        for action in ("logs:CreateLogGroup", "s3:ListAllMyBuckets", "lambda:InvokeFunction", "dynamodb:ListTables"):
            expect(visitor.may_anywhere(action), hint, what=f"whether a visitor may {action}").is_false()

    @check(points=1, needs=reaches_own_rows, shares=TABLE)
    def is_lent_by_the_sign_in_only(cloud, stack):
        """Nobody but SignInFunction lends the role."""
        hint = "Who lends it chooses the visitor's name. Leave AssumeRolePolicyDocument to SignInFunction's role."
        found = borrowed_by_another(cloud, stack.resources["VisitorRole"].physical_id)
        expect(found, hint, what="the error when another role of the account borrows it").equals("AccessDenied")
