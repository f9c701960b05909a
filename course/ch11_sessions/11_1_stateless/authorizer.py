"""Given: stands for a sign-in. It believes every name that it is told, which nobody should do outside an exercise."""


def lambda_handler(event, context):
    """Let "Bearer alice" in as alice."""
    scheme, _, name = event["authorizationToken"].partition(" ")
    if scheme != "Bearer" or not name.isalnum():
        raise Exception("Unauthorized")
    api = "/".join(event["methodArn"].split("/")[:2])  # arn:aws:execute-api:…:id/stage
    allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{api}/*"}
    return {"principalId": name, "policyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}
