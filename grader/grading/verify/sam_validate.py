"""``sam validate --lint`` for many templates in one process: starting sam costs more than all it has to say of one.

Executed afresh, ``python -m grader.grading.verify.sam_validate TEMPLATE…``, because sam changes whatever imports it;
it prints one JSON line for each template, ``{"template", "problem"}``.
"""

from __future__ import annotations

import json
import sys

from grader.garbage import look_seldom


def main() -> int:
    """Ask sam's own command about each template that an argument names."""
    from click.testing import CliRunner
    from samcli.cli.main import cli

    look_seldom()  # the rules and schemas of cfn-lint are a million objects that stay
    for template in sys.argv[1:]:
        asked = ["validate", "--lint", "--template", template, "--region", "us-east-1"]
        said = CliRunner().invoke(cli, asked)
        crash = "" if isinstance(said.exception, SystemExit) else f"\n{said.exception!r}"
        problem = "" if said.exit_code == 0 else said.output + crash
        print(json.dumps({"template": template, "problem": problem.strip()}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
