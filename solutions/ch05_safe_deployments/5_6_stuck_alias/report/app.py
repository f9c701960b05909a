"""Makes a report. Large ones take their time."""

import time


def lambda_handler(event, context):
    time.sleep(event.get("seconds", 0))
    return {"report": "done", "version": context.function_version}
