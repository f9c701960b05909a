"""Given: says how large the picture in the event is."""

import imaging


def lambda_handler(event, context):
    image = imaging.opened(event["picture"])
    return {"width": image.width, "height": image.height, "format": image.format}
