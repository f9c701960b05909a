"""8.4: every object is encrypted with a key of ours."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from grader.checks import check, exercise, expect, fail

STORE = "store"  # the checks use one stack, one after the other


def put(cloud: Any, stack: Any, key: str, **options: str) -> str:
    """Put an object as the account's owner; returns the error code, empty when it was stored."""
    try:
        cloud.client("s3").put_object(Bucket=stack.outputs["PhotosBucket"], Key=key, Body=b"a photo", **options)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def expect_our_key(cloud: Any, stack: Any, key: str, hint: str) -> None:
    """The stored object is encrypted with the stack's key."""
    found = cloud.client("s3").head_object(Bucket=stack.outputs["PhotosBucket"], Key=key)
    expect(found["ServerSideEncryption"], hint, what=f"the encryption of {key!r}").equals("aws:kms")
    wanted = stack.outputs["PhotosKey"]
    expect(found.get("SSEKMSKeyId"), hint, what=f"the key of {key!r}").satisfies(
        f"PhotosKey ({wanted})", lambda arn: arn == wanted or wanted.endswith(f"/{arn}")
    )


@exercise(
    "8.4",
    "Encrypted with our key",
    slug="8_4_encryption",
    files=["template.yaml"],
    minutes=20,
    hints=[
        "Two different things: what S3 does when an upload says nothing (BucketEncryption), and what it refuses when "
        "an upload asks for something else (a bucket policy that denies). The function meets a third: the key has "
        "a door of its own.",
        "SSEAlgorithm: aws:kms with KMSMasterKeyID: !GetAtt PhotosKey.Arn. In the policy deny s3:PutObject when the "
        "header differs: StringNotEquals on s3:x-amz-server-side-encryption, and the same idea for "
        "s3:x-amz-server-side-encryption-aws-kms-key-id. Who asks for aws:kms and names no key asks for AWS's own.",
        "A header that is not there differs as well. Put 'Null': {s3:x-amz-server-side-encryption: 'false'} beside "
        "it, in both and with these quotes: only where an encryption is asked for. (IfExists does the opposite: "
        "absence makes it true.) The function needs kms:GenerateDataKey to write and kms:Decrypt to read, on "
        "PhotosKey.Arn.",
    ],
    passed="An upload that says nothing gets your key, one that asks for another is refused, and the function may use "
    "the key because its role says so. Whoever gets hold of the disks, or of s3:GetObject alone, reads nothing.",
    next="8.5",
)
class Encryption:
    @check(points=1, shares=STORE)
    def encrypts_by_default(cloud, stack):
        """An upload that asks for nothing is encrypted with PhotosKey."""
        found = put(cloud, stack, "plain.jpg")
        hints = {
            "AccessDenied": "An upload without the header gets the bucket's default; a policy must not refuse it. "
            "StringNotEquals holds when the header is missing, and so does StringNotEqualsIfExists. Add a Null "
            "condition."
        }
        other = "It is not the policy: look at SSEAlgorithm (aws:kms) and KMSMasterKeyID of the bucket's default."
        expect(found, hints.get(found, other), what="the error of an upload without headers").equals("")
        hint = "BucketEncryption: ServerSideEncryptionByDefault with SSEAlgorithm aws:kms and KMSMasterKeyID."
        expect_our_key(cloud, stack, "plain.jpg", hint)

    @check(points=1, needs=encrypts_by_default, shares=STORE)
    def takes_those_who_ask_for_it(cloud, stack):
        """An upload that asks for this key by name is taken."""
        found = put(cloud, stack, "asked.jpg", ServerSideEncryption="aws:kms", SSEKMSKeyId=stack.outputs["PhotosKey"])
        hint = "The policy may refuse only what differs. The header names the key by its ARN: !GetAtt PhotosKey.Arn."
        expect(found, hint, what="the error of an upload with our key").equals("")
        expect_our_key(cloud, stack, "asked.jpg", "The policy may refuse only what differs.")

    @check(points=2, needs=encrypts_by_default, shares=STORE)
    def refuses_another_encryption(cloud, stack):
        """An upload that asks for S3's own key, for AWS's, or for another key of ours, is refused."""
        hint = "A default is no rule. Let the bucket's policy deny everybody's s3:PutObject whose header names another"
        found = put(cloud, stack, "photos/s3", ServerSideEncryption="AES256")
        expect(found, f"{hint}: s3:x-amz-server-side-encryption.", what="the error of an upload with AES256").equals(
            "AccessDenied"
        )
        other = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
        found = put(cloud, stack, "other", ServerSideEncryption="aws:kms", SSEKMSKeyId=other)
        expect(
            found,
            f"{hint}: s3:x-amz-server-side-encryption-aws-kms-key-id.",
            what="the error of an upload with another key",
        ).equals("AccessDenied")
        expect(
            put(cloud, stack, "aws.jpg", ServerSideEncryption="aws:kms"),
            "Who asks for aws:kms and names no key gets AWS's own key for S3. ArnNotEquals on the key's header holds "
            "when that header is missing, too: let Null ask for s3:x-amz-server-side-encryption beside it.",
            what="the error of an upload with aws:kms and no key",
        ).equals("AccessDenied")

    @check(points=1, needs=encrypts_by_default, shares=STORE)
    def lets_the_function_use_the_key(cloud, stack):
        """StoreFunction writes and reads, as its role."""
        done = cloud.invoke("StoreFunction", {"key": "note.txt", "text": "by the function"})
        if done.error is not None:
            fail(
                "StoreFunction stores a text and reads it again",
                f"{done.error.get('errorType')}: {done.error.get('errorMessage')}",
                "S3 asks KMS in the function's name: to write kms:GenerateDataKey, to read kms:Decrypt.",
            )
        expect(done.payload["text"], what="the text that was read").equals("by the function")
        expect(done.payload["encryption"], what="the encryption that the function saw").equals("aws:kms")

    @check(points=1, needs=lets_the_function_use_the_key, shares=STORE)
    def gives_the_function_one_key(cloud, stack):
        """The function may use this key, and neither others nor all that a key can do."""
        ours, others = stack.outputs["PhotosKey"], cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
        for action, key in (
            ("kms:Decrypt", others), ("kms:GenerateDataKey", others), ("kms:ScheduleKeyDeletion", ours),
            ("kms:PutKeyPolicy", ours), ("kms:DisableKey", ours), ("kms:CreateGrant", ours),
        ):  # fmt: skip
            expect(
                cloud.may("StoreFunction", action, key).allowed,
                "Two actions on one key: kms:GenerateDataKey and kms:Decrypt on !GetAtt PhotosKey.Arn.",
                what=f"whether StoreFunction may {action} on {'PhotosKey' if key == ours else 'another key'}",
            ).is_false()
