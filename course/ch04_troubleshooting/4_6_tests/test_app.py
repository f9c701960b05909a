"""Tests for app.py: functions named test_…, without parameters, that assert. Plain Python: pytest is not there."""

import json

import app

# Test what the handler promises in its docstring. A test may use nothing that another test has left behind.
# YOUR CODE HERE
raise NotImplementedError()
