"""Log records as one line of JSON each, as Lambda's Python runtime writes them when LogFormat is JSON."""

from __future__ import annotations

import json
import logging
import time
import traceback

# What logging itself keeps in a record; everything else came by ``extra`` and is a member of its own.
OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "aws_request_id"}


class JsonFormatter(logging.Formatter):
    """One object a line: timestamp, level, message, logger, requestId, and what was logged as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON, and a line end."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        members = {
            "timestamp": f"{moment}.{int(record.created * 1000) % 1000:03d}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            **self._error(record),
            "requestId": getattr(record, "aws_request_id", None),
        }
        if record.exc_info:
            members["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        members |= {name: value for name, value in vars(record).items() if name not in OWN and name not in members}
        told = {name: value for name, value in members.items() if value is not None}
        return json.dumps(told, ensure_ascii=False) + "\n"

    def _error(self, record: logging.LogRecord) -> dict[str, object]:
        if not record.exc_info or record.exc_info[0] is None:
            return {}
        kind, error, trace = record.exc_info
        return {"stackTrace": traceback.format_tb(trace), "errorType": kind.__name__, "errorMessage": str(error)}
