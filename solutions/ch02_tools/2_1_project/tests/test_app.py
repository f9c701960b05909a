"""Run by pytest, on your machine. Never shipped."""

import json
from pathlib import Path

from src.app import lambda_handler

PROJECT = Path(__file__).parent.parent


def test_it_greets_by_name():
    event = json.loads((PROJECT / "events" / "greet.json").read_text())

    assert lambda_handler(event, None) == {"message": f"Hello, {event['name']}!"}
