"""A table's copy, which moto makes before every transaction to have something to go back to."""

from __future__ import annotations

import pickle
from functools import cache
from typing import Any

from moto.dynamodb.models.table import Table


@cache
def copy_faster() -> None:
    """Let a table be copied in one go: object by object, as ``copy.deepcopy`` does it, takes five times as long."""
    Table.__deepcopy__ = _copied


def _copied(table: Table, memo: dict[int, Any]) -> Any:
    return pickle.loads(pickle.dumps(table, pickle.HIGHEST_PROTOCOL))
