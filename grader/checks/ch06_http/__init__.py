"""Chapter 6, Handling HTTP requests: a form, diagnosis, stages, Globals, an HTTP API, an authorizer."""

from grader.checks.ch06_http.authorizer import AuthorizerExercise
from grader.checks.ch06_http.diagnose import Diagnose
from grader.checks.ch06_http.form import FormExercise
from grader.checks.ch06_http.http_api import HttpApiExercise
from grader.checks.ch06_http.shared import Shared
from grader.checks.ch06_http.stage import StageExercise

__all__ = ["AuthorizerExercise", "Diagnose", "FormExercise", "HttpApiExercise", "Shared", "StageExercise"]
