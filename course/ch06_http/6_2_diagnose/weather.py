from forecast import degrees


def lambda_handler(event, context):
    """Tell the temperature in a city: GET /weather?city=Oslo."""
    city = event["queryStringParameters"]["city"]
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "X-Valid-Seconds": 300},
        "body": {"city": city, "degrees": degrees(city)},
    }
