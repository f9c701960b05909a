"""What a check can ask for by naming a parameter.

cloud, stack, http, template, folder, function, deploy, once, rng, seed.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grader.checks.accounts import Account, Accounts
from grader.checks.failure import CheckFailed
from grader.checks.fault import from_invocation

SHARES = pytest.StashKey[str]()  # a check's item: whose account it uses
PASSED = pytest.StashKey[bool]()  # a check's item: whether it has passed


@dataclass(frozen=True)
class AnswerUnderTest:
    """An answer, laid out as a folder, and what it is judged with.

    Attributes
    ----------
    folder
        The exercise's files: the learner's, and those that the course gives.
    open_cloud
        Makes an empty account.
    seed
        Decides everything that is drawn at random.
    """

    exercise_id: str
    folder: Path
    open_cloud: Callable[[], Any] = field(repr=False)
    seed: int = 0


class CallableAnswer:
    """A function of the learner's, called by value: arguments go in as JSON, the result comes back as JSON."""

    def __init__(self, cloud: Any, folder: Path, name: str, options: Mapping[str, Any]) -> None:
        self._cloud, self._folder, self._name, self._options = cloud, folder, name, options
        self.invocation: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it in an execution environment.

        Raises
        ------
        CheckFailed
            In the learner's words when it raises, hangs, or cannot be imported.
        """
        self.invocation = self._cloud.run(self._folder, self._name, *args, keep=True, **self._options, **kwargs)
        if self.invocation.error is not None:
            raise from_invocation(f"{self._name}(…)", self.invocation.error)
        return self.invocation.payload


class Named(dict[str, Any]):
    """Outputs or resources by name; a name that the learner removed is a failure of the answer."""

    def __init__(self, kind: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self._kind = kind

    def __missing__(self, name: str) -> Any:
        there = ", ".join(sorted(self)) or "none"
        raise CheckFailed(f"{self._kind} named {name}", f"these: {there}", "", "template.yaml")


class AnswerStack:
    """The learner's deployed stack; asks of it what a ``grader.cloud.Stack`` knows."""

    def __init__(self, stack: Any) -> None:
        self._stack = stack

    @property
    def outputs(self) -> Named:
        """The stack's outputs by name."""
        return Named("an output", self._stack.outputs)

    @property
    def resources(self) -> Named:
        """The stack's resources by logical id."""
        return Named("a resource", self._stack.resources)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stack, name)


class AnswerTemplate:
    """The learner's template as written, with lines, and ``expanded``: as CloudFormation sees it."""

    def __init__(self, template: Any, expand: Callable[[], Any]) -> None:
        self._template, self._expand = template, expand

    @property
    def expanded(self) -> Any:
        """The template of the deployed stack: SAM expanded, Globals and conditions resolved."""
        return self._expand()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._template, name)


class Fixtures:
    """The fixtures, for one answer; registered as a pytest plugin."""

    def __init__(self, answer: AnswerUnderTest) -> None:
        self._answer = answer
        self._accounts = Accounts(answer.open_cloud)

    def close(self) -> None:
        """Close what is still open after the last check."""
        self._accounts.close()

    @pytest.fixture
    def account(self, request: pytest.FixtureRequest) -> Iterator[Account]:
        """An account for one check, or that of the checks it shares with."""
        account = self._accounts.take(request.node.stash[SHARES])
        try:
            yield account
        finally:
            self._accounts.give_back(account, request.node.stash.get(PASSED, False))

    @pytest.fixture
    def cloud(self, account: Account) -> Any:
        """The account; empty, unless the check shares it."""
        return account.cloud

    @pytest.fixture
    def deploy(self, cloud: Any) -> Callable[..., AnswerStack]:
        """Deploys the answer's template, as often as a check likes."""

        def deploy_answer(name: str = "answer", **options: Any) -> AnswerStack:
            return AnswerStack(cloud.deploy(self._answer.folder / "template.yaml", name=name, **options))

        return deploy_answer

    @pytest.fixture
    def stack(self, account: Account, deploy: Callable[..., AnswerStack]) -> AnswerStack:
        """The answer's template, deployed under the name ``answer``."""
        account.stack = account.stack or deploy()
        stack: AnswerStack = account.stack
        return stack

    @pytest.fixture
    def once(self, account: Account) -> Callable[[str, Callable[[], Any]], Any]:
        """``once(name, make)``: checks that share an account get the same, made for the first of them."""
        return account.once

    @pytest.fixture
    def http(self, cloud: Any) -> Any:
        """The cloud's HTTP client."""
        return cloud.http

    @pytest.fixture
    def template(self, request: pytest.FixtureRequest) -> AnswerTemplate:
        """The answer's template with line numbers; ``expanded`` deploys it."""
        from grader.cloud.stacks.templates.template import load  # templates are not needed by most checks

        source = load(self._answer.folder / "template.yaml")
        return AnswerTemplate(source, lambda: request.getfixturevalue("stack").expanded)

    @pytest.fixture
    def folder(self) -> Path:
        """The folder with the answer's files."""
        return self._answer.folder

    @pytest.fixture
    def function(self, cloud: Any) -> Callable[..., CallableAnswer]:
        """``function("module.name")`` is the learner's function, to be called by value."""

        def named(name: str, **options: Any) -> CallableAnswer:
            return CallableAnswer(cloud, self._answer.folder, name, options)

        return named

    @pytest.fixture
    def seed(self) -> int:
        """What decides everything that is drawn at random."""
        return self._answer.seed

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> random.Random:
        """Numbers drawn from the seed, the exercise and the check's name: the same for everyone, known to nobody."""
        text = f"{self._answer.seed}/{self._answer.exercise_id}/{request.node.name}"
        return random.Random(hashlib.sha256(text.encode()).digest())
