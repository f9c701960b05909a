"""Given: tells which version of the layer it was given."""

import imaging


def lambda_handler(event, context):
    return {"edition": imaging.EDITION}
