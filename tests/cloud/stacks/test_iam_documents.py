"""Policy documents of templates, as IAM gets them."""

from __future__ import annotations

import json

from grader.cloud.stacks.providers.iam import document


def test_numbers_of_a_condition_may_stand_without_quotes() -> None:
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}
    condition = {"NumericLessThan": {"s3:signatureAge": 600_000}, "Bool": {"aws:SecureTransport": True}}

    assert json.loads(document({"Statement": [{**statement, "Condition": condition}]})) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                **statement,
                "Condition": {"NumericLessThan": {"s3:signatureAge": "600000"}, "Bool": {"aws:SecureTransport": True}},
            }
        ],
    }
