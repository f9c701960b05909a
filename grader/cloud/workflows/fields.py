"""Which fields each kind of state has, in each of the two query languages."""

from __future__ import annotations

SCHEMA = "SCHEMA_VALIDATION_FAILED"
JSONPATH, JSONATA = "JSONPath", "JSONata"
LANGUAGES = (JSONPATH, JSONATA)
ALWAYS = {"Type", "Comment", "QueryLanguage"}
PATHS_THROUGH = ALWAYS | {"InputPath", "OutputPath"}
TRANSITION = {"Next", "End"}
TRYING = {"Retry", "Catch"}
WITH_RESULT = {"ResultSelector", "ResultPath", "Parameters"}
JSONPATH_FIELDS: dict[str, set[str]] = {
    "Pass": PATHS_THROUGH | TRANSITION | {"Result", "ResultPath", "Parameters", "Assign"},
    "Task": PATHS_THROUGH | TRANSITION | TRYING | WITH_RESULT
    | {"Resource", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath", "Assign"},
    "Choice": PATHS_THROUGH | {"Choices", "Default", "Assign"},
    "Wait": PATHS_THROUGH | TRANSITION | {"Seconds", "SecondsPath", "Timestamp", "TimestampPath", "Assign"},
    "Succeed": PATHS_THROUGH,
    "Fail": ALWAYS | {"Error", "ErrorPath", "Cause", "CausePath"},
    "Parallel": PATHS_THROUGH | TRANSITION | TRYING | WITH_RESULT | {"Branches", "Assign"},
    "Map": PATHS_THROUGH | TRANSITION | TRYING | WITH_RESULT
    | {"ItemsPath", "ItemSelector", "ItemProcessor", "Iterator", "MaxConcurrency", "MaxConcurrencyPath", "Assign"},
}  # fmt: skip
LEAVING = ("Output", "Assign")  # in the order in which they are evaluated
LEAVES = set(LEAVING)
JSONATA_FIELDS: dict[str, set[str]] = {
    "Pass": ALWAYS | TRANSITION | LEAVES,
    "Task": ALWAYS | TRANSITION | TRYING | LEAVES | {"Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds"},
    "Choice": ALWAYS | LEAVES | {"Choices", "Default"},
    "Wait": ALWAYS | TRANSITION | LEAVES | {"Seconds", "Timestamp"},
    "Succeed": ALWAYS | {"Output"},
    "Fail": ALWAYS | {"Error", "Cause"},
    "Parallel": ALWAYS | TRANSITION | TRYING | LEAVES | {"Branches", "Arguments"},
    "Map": ALWAYS | TRANSITION | TRYING | LEAVES | {"Items", "ItemSelector", "ItemProcessor", "MaxConcurrency"},
}
FIELDS = {JSONPATH: JSONPATH_FIELDS, JSONATA: JSONATA_FIELDS}
NEEDED = {"Task": {"Resource"}, "Choice": {"Choices"}, "Parallel": {"Branches"}}
# Known to Step Functions, but not imitated.
NOT_IMITATED = {
    "ItemReader", "ItemBatcher", "ResultWriter", "Label", "Credentials", "ToleratedFailureCount",
    "ToleratedFailureCountPath", "ToleratedFailurePercentage", "ToleratedFailurePercentagePath",
}  # fmt: skip
PATHS = {
    "InputPath", "OutputPath", "ResultPath", "ItemsPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath",
    "HeartbeatSecondsPath", "MaxConcurrencyPath",
}  # fmt: skip
TEMPLATES = ("Parameters", "ItemSelector", "ResultSelector", "Assign")
WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
