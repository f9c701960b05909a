"""Given: the component. It answers with what it was told and with its edition."""

import os


def lambda_handler(event, context):
    return {"longest_side": int(os.environ["LONGEST_SIDE"]), "edition": os.environ["EDITION"]}
