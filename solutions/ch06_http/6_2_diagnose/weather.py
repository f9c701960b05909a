import json

from forecast import degrees


def lambda_handler(event, context):
    """Tell the temperature in a city: GET /weather?city=Oslo."""
    city = (event["queryStringParameters"] or {}).get("city")
    if not city:
        return answer(400, {"message": "Which city? Ask for /weather?city=Oslo"})
    return answer(200, {"city": city, "degrees": degrees(city)}, {"X-Valid-Seconds": "300"})


def answer(status, value, headers=None):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": json.dumps(value),
    }
