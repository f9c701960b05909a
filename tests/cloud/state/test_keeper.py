"""Changes are saved soon, and at the end; what cannot be saved or read is said."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from grader.cloud import Cloud
from grader.cloud.state import Keeper, StateFile
from grader.cloud.state.file import StateError
from grader.cloud.state.snapshot import Snapshot

QUEUE = "Resources: {Only: {Type: AWS::SQS::Queue}}\n"


def keeper_of(cloud: Cloud, path: Path, lines: list[str] | None = None) -> Keeper:
    return Keeper(cloud, StateFile(path), (lines if lines is not None else []).append)


def test_an_account_outlives_its_cloud(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with Cloud() as cloud:
        keeper = keeper_of(cloud, path)
        assert keeper.restore() is False
        cloud.deploy(QUEUE, name="one")
        keeper.close()  # the last save
    with Cloud() as cloud:
        keeper = keeper_of(cloud, path)
        assert keeper.restore() is True
        assert [stack.name for stack in cloud.stacks] == ["one"]
        keeper.close()


def test_what_a_queue_has_moved_back_is_remembered(tmp_path: Path) -> None:
    template = (
        "Resources: {Dead: {Type: AWS::SQS::Queue}, Only: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: "
        "{deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 1}}}}\nOutputs: {Dead: {Value: !GetAtt Dead.Arn}}\n"
    )
    with Cloud() as cloud:
        keeper = keeper_of(cloud, tmp_path / "state")
        dead = cloud.deploy(template, name="one").outputs["Dead"]
        cloud.client("sqs").start_message_move_task(SourceArn=dead)
        before = cloud.client("sqs").list_message_move_tasks(SourceArn=dead)["Results"]
        keeper.close()
    with Cloud() as cloud:
        keeper = keeper_of(cloud, tmp_path / "state")
        assert keeper.restore() is True
        assert cloud.client("sqs").list_message_move_tasks(SourceArn=dead)["Results"] == before != []
        keeper.close()


def test_a_change_is_saved_without_being_asked(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with Cloud() as cloud:
        file = StateFile(path)
        keeper = Keeper(cloud, file, print)
        keeper.start()
        cloud.deploy(QUEUE, name="one")
        keeper.note_change()
        end = time.monotonic() + 60
        while file.load() is None and time.monotonic() < end:
            time.sleep(0.01)
        assert file.load() is not None
        keeper.close()


def test_half_a_deployment_is_not_saved(tmp_path: Path) -> None:
    with Cloud() as cloud:
        file = StateFile(tmp_path / "state")
        keeper = Keeper(cloud, file, print)
        stack = cloud.deploy(QUEUE, name="one")
        with stack.lock:
            keeper.start()
            keeper.note_change()
            time.sleep(0.05)
            assert file.load() is None
        keeper.close()


def test_a_failing_save_is_told_once_and_tried_again(tmp_path: Path) -> None:
    lines: list[str] = []
    with Cloud() as cloud:
        keeper = keeper_of(cloud, tmp_path / "state", lines)
        cloud.events.outbox.append(number for number in range(3))  # type: ignore[arg-type]
        keeper._save()
        keeper._save()
        assert len(lines) == 1
        assert lines[0].startswith("The state could not be saved: NotKeepable: ")
        cloud.events.outbox.clear()
        keeper.close()
    with Cloud() as cloud:
        keeper = keeper_of(cloud, tmp_path / "state")
        assert keeper.restore() is True
        keeper.close()


def test_a_file_that_does_not_fit_is_said_so_and_left(tmp_path: Path) -> None:
    path = tmp_path / "state"
    file = StateFile(path)
    file.save(Snapshot(b"cos\nsystem\n(S'true'\ntR.", {}))
    file.close()
    before = path.read_bytes()
    with Cloud() as cloud, pytest.raises(StateError, match="cannot be read: Untrusted") as refused:
        keeper_of(cloud, path).restore()

    assert "It was left as it is" in str(refused.value)
    assert path.read_bytes() == before
