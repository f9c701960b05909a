"""``python -m tests.soak properties [--examples N]``: malformed notebooks, templates, reports and names.

Every run makes up others. Ends with what pytest ends with: 1 when anything broke, with the smallest example of it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ("tests/test_properties.py", "tests/fuzz")


def main(arguments: list[str]) -> int:
    """Run the property tests with many examples."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak properties", description=__doc__)
    parser.add_argument("--examples", type=int, default=100_000, help="for each property (default: 100,000)")
    options = parser.parse_args(arguments)
    variables = os.environ | {"RS_EXAMPLES": str(options.examples)}
    command = [sys.executable, "-m", "pytest", *TESTS, "--durations=0", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode
