"""The handler is a plain function, so a test calls it with plain arguments."""

import importlib.util
import json
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).parent
spec = importlib.util.spec_from_file_location("hello_app", HERE.parent / "hello" / "app.py")
app = importlib.util.module_from_spec(spec)
spec.loader.exec_module(app)


def test_says_hello_and_names_the_request():
    event = json.loads((HERE.parent / "events" / "hello.json").read_text())

    answer = app.lambda_handler(event, SimpleNamespace(aws_request_id="request-1"))

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"message": "The thumbnail service says hello.", "request_id": "request-1"}
