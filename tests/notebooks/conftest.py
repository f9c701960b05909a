"""A course of one chapter and a start page, made for a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.grading.course import Course

CHECKS = '''
from grader.checks import check, exercise, expect


@exercise("90.1", "Double", slug="90_1_double", files=["template.yaml", "src/app.py"], minutes=5, hints=["a", "b", "c"])
class Double:
    @check(points=2)
    def doubles(folder):
        """It doubles."""
        expect(True).is_true()
'''
HIDDEN = '''
from grader.checks import check, expect, hidden


@hidden("90.1")
class DoubleHidden:
    @check(points=1)
    def doubles_more(folder):
        """It doubles more."""
        expect(True).is_true()
'''
CHAPTER = """---
title: Doubling
minutes: 20
goals:
  - double a number
---

# 90 · Doubling

A function may run {fact:lambda.timeout.max.minutes}; ours takes {eg:3 ms}.

<!-- instructor -->
Say that doubling is easy.
<!-- /instructor -->

```python
from grader.notebooks import Cloud, check
```

```bash
sam build
```

## Do it

### Exercise 90.1 — Double

<!-- exercise 90.1 -->

<!-- why 90.1: Why not
triple? -->

## Summary

Well done.
"""
APP = """def double(n):
    ### BEGIN SOLUTION
    return 2 * n
    ### END SOLUTION
"""
TEMPLATE = """Resources:
  ### BEGIN SOLUTION
  Double:
    Type: AWS::Serverless::Function
  ### END SOLUTION
"""


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The course's sources in a folder of their own; nothing is built yet."""
    sources = {
        "pyproject.toml": '[project]\nname = "x"\nversion = "1"\n[tool.grader]\nchecks = "checks"\n',
        "checks/ch90_doubling.py": CHECKS,
        "solutions/ch90_doubling/chapter.md": CHAPTER,
        "solutions/ch90_doubling/hidden_checks.py": HIDDEN,
        "solutions/ch90_doubling/90_1_double/src/app.py": APP,
        "solutions/ch90_doubling/90_1_double/template.yaml": TEMPLATE,
        "solutions/ch90_doubling/90_1_double/events/one.json": "{}\n",
        "solutions/ch90_doubling/demo_hello/app.py": "hello = 1\n",
    }
    for name, text in sources.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return Course.find(tmp_path)
