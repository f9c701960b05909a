"""What an execution environment is told about its function: AWS's FunctionConfiguration, and the role's credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Convention = Literal["lambda", "value"]


@dataclass(frozen=True)
class FunctionConfiguration:
    """One version of a function, ready to run.

    Attributes
    ----------
    code
        The folder of the unpacked deployment package; the environment sees it read-only as ``/var/task``.
    layers
        Folders of unpacked layers, in order; the environment sees their merged contents at ``/opt``.
    memory_mb, timeout_s, ephemeral_mb
        MemorySize, Timeout and EphemeralStorage.
    packages
        Names of distributions (``pillow``) that ``requirements.txt`` asks for and that are installed here.
    log_format, log_level
        LoggingConfig: ``Text`` or ``JSON``, and below which level the runtime's logger is silent (JSON only).
    init_in_invoke
        The INIT phase has failed its ten seconds before: it is done again, in the time of the first invocation.
    convention
        ``lambda``: the handler is called with event and context. ``value``: the event is
        ``{"args": [...], "kwargs": {...}}`` and the handler is a plain function called with those.
    real_time
        Time passes by itself: sleeping takes as long as it says, and the timeout is one of this machine's seconds.
    """

    name: str
    arn: str
    version: str
    handler: str
    runtime: str
    memory_mb: int
    timeout_s: float
    code: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[Path, ...] = ()
    log_group: str = ""
    log_stream: str = ""
    ephemeral_mb: int = 512
    packages: tuple[str, ...] = ()
    log_format: str = "Text"
    log_level: str | None = None
    init_in_invoke: bool = False
    convention: Convention = "lambda"
    region: str = "us-east-1"
    account_id: str = "123456789012"
    real_time: bool = False


@dataclass(frozen=True)
class Credentials:
    """The temporary credentials of the function's role.

    Attributes
    ----------
    expires
        Seconds since 1970 on the virtual clock; None when they never expire.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires: float | None = None
