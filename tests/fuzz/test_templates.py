"""No template at all brings a traceback of ours: mutated real ones, bombs, tags, wrong types at every place.

Short here; ``make soak ARGS=properties`` is long.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grader.cloud import Cloud
from grader.cloud.errors import CloudError
from tests.fuzz.malformed import malformed

EACH = 250  # examples that share an account: what is deployed by chance stays there
EXAMPLES = int(os.environ.get("RS_EXAMPLES", "100"))


class Accounts:
    """An account after the other, and a folder with code for every template."""

    def __init__(self, folder: Path) -> None:
        self.template, self._tried, self._cloud = folder / "template.yaml", 0, Cloud()
        (folder / "app.py").write_text("def handler(event, context):\n    return 1\n")

    def deploy(self, text: str) -> None:
        """Deploy a template to wherever it leads."""
        self._tried += 1
        if self._tried % EACH == 0:
            self.close()
            self._cloud = Cloud()
        self.template.write_bytes(text.encode("utf-8", "surrogatepass"))
        self._cloud.deploy(self.template, name=f"stack-{self._tried}", wait=False)

    def close(self) -> None:
        """End the last account."""
        self._cloud.close()


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    """Accounts to deploy to."""
    found = Accounts(tmp_path_factory.mktemp("templates"))
    yield found
    found.close()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="RS_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.integers(0, 2**40))
@example(638)  # a bucket's CORS rule with an empty origin
@example(87726)  # a policy for a role named by a character that XML cannot hold
def test_a_malformed_template_is_deployed_or_refused_in_words(accounts: Accounts, number: int) -> None:
    with contextlib.suppress(CloudError):
        accounts.deploy(malformed(number))
