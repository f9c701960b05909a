"""Calls to nobody: they end as calls do, and leave no connection."""

import boto3
import pytest

from grader.cloud.environment.lambda_runtime import rehearsal


@pytest.mark.parametrize("service", sorted({service for service, _, _ in rehearsal.CALLS}))
def test_each_call_is_made_to_its_end_and_hung_up(service):
    keys = {"aws_access_key_id": "warm", "aws_secret_access_key": "warm", "region_name": "us-east-1"}
    client = boto3.client(service, endpoint_url="http://127.0.0.1:9", **keys)
    ended, parsed = [], []
    client.meta.events.register("before-call", lambda model, **_: ended.append(model.name))
    client.meta.events.register("after-call", lambda http_response, **_: parsed.append(http_response.status_code))

    rehearsal.rehearse(client)

    assert len(ended) == len([one for one in rehearsal.CALLS if one[0] == service])
    assert parsed == [200] * len(ended)
    pools = client._endpoint.http_session._manager.pools
    kept = [pools[address].pool.queue for address in set(pools.keys())]
    assert [[one for one in queue if one is not None] for queue in kept] == [[]]
