"""Given: hands back a thumbnail of the picture in the event."""

import imaging


def lambda_handler(event, context):
    return {"thumbnail": imaging.thumbnail(event["picture"])}
