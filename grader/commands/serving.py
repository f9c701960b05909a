"""``grader serve``: the pocket AWS for ``sam``, ``aws``, boto3 and a browser, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.commands.command import Command
from grader.garbage import look_seldom

PORT = 4599
PROFILE = """\
[profile pocket]
region = {region}
endpoint_url = {address}
aws_access_key_id = {key}
aws_secret_access_key = {secret}"""
VARIABLES = """\
export AWS_ENDPOINT_URL={address} AWS_DEFAULT_REGION={region}
export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}"""


def serve(options: argparse.Namespace, console: Console) -> int:
    """Serve until interrupted; an orderly end is 0."""
    look_seldom()
    from grader.cloud.serving import ServedCloud  # moto and all: no other command waits for it
    from grader.cloud.serving.guard import is_loopback

    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())

    def report(line: str) -> None:
        console.print(Text(line), soft_wrap=True)

    with ServedCloud(options.host, options.port, options.region, report, options.state) as served:
        if not is_loopback(options.host):
            console.print(Text(_warning(options.host), "bold red"))
        for line in introduction(served.address, options.region):
            report(line)
        report(_keeping(options.state, [stack.name for stack in served.cloud.stacks]))
        report("Ctrl-C ends it.")
        ended.wait()
        report("The pocket AWS ends.")
    return 0


def introduction(address: str, region: str) -> list[str]:
    """How to reach it, in lines that can be copied."""
    from grader.cloud.iam.identity import DEVELOPER_KEY, DEVELOPER_SECRET

    values = {"address": address, "region": region, "key": DEVELOPER_KEY, "secret": DEVELOPER_SECRET}
    return [
        f"The pocket AWS answers at {address}, and shows itself at {address}/_pocket/.",
        "",
        "For one terminal (sam, aws, boto3):",
        *VARIABLES.format(**values).splitlines(),
        "",
        "Or for good, as a profile in ~/.aws/config, to be used with AWS_PROFILE=pocket:",
        *PROFILE.format(**values).splitlines(),
        "",
    ]


def _keeping(state: Path | None, stacks: list[str]) -> str:
    if state is None:
        return "The account is kept in memory, and gone at the end; --state FILE keeps it."
    return f"The account is kept in {state}" + (f", with the stacks {', '.join(stacks)}." if stacks else ".")


def _warning(host: str) -> str:
    return (
        f"Everybody who reaches {host} can use this account and run code in it: its keys are known to all. "
        "Do this in a network that you trust, or leave out --host."
    )


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=PORT, metavar="P", help=f"default: {PORT}; 0: any free one")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: this machine only)")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep the account in a file (default: in memory)")
    parser.add_argument("--region", default="us-east-1", help="the account's Region (default: us-east-1)")


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


COMMANDS = (Command("serve", "the pocket AWS as an endpoint for sam, aws, boto3 and a browser", _options, serve),)
