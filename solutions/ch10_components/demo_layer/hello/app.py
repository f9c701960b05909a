import os
import sys

import words


def lambda_handler(event, context):
    return {
        "greeting": words.GREETING,
        "opt": sorted(os.listdir("/opt")),
        "path": [place for place in sys.path if place.startswith("/opt")],
        "own files": sorted(name for name in os.listdir(".") if name != "__pycache__"),
    }
