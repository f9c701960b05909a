"""Who holds which key, and for how long that is known."""

import contextlib

import pytest

from grader.cloud.clock import Clock
from grader.cloud.iam.identity import FORGET_AT, Identity, InvalidToken
from grader.cloud.ids import Ids

ROLE = "arn:aws:iam::123456789012:role/r"


class NoMoto:
    """An account without users and roles."""

    account_id = "123456789012"

    def __init__(self):
        self.lock = contextlib.nullcontext()
        self.roles, self.access_keys = {}, {}

    def backend(self, service):
        return self


def test_credentials_that_expired_are_known_for_a_day_and_then_forgotten():
    clock = Clock()
    identity = Identity(clock, Ids(0), NoMoto())
    old = identity.policy_credentials([])
    clock.advance(hours=35)
    for _ in range(FORGET_AT):
        young = identity.policy_credentials([])
    assert identity.principal_of(old.access_key_id, old.session_token).kind == "role"  # expired 23 hours ago
    clock.advance(hours=2)
    for _ in range(2 * FORGET_AT):
        identity.policy_credentials([])
    with pytest.raises(InvalidToken):
        identity.principal_of(old.access_key_id, old.session_token)
    assert identity.principal_of(young.access_key_id, young.session_token).kind == "role"
    assert identity.developer_principal.kind == "developer"
