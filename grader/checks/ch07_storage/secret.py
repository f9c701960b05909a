"""7.6: a secret from Parameter Store."""

from __future__ import annotations

import hashlib
import hmac
import json
from random import Random
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import word

NAME = "/thumbnails/partner-token"
FRESH_MINUTES = 5
FUNCTION = "SignFunction"
RIGHT_HINT = (
    "The function needs the parameter's name in its environment, and the policy SSMParameterReadPolicy: with "
    "ParameterName: !Ref TokenName."
)
SLASH_HINT = (
    "Compare the two names: the one in Parameter Store begins with a slash, TokenName comes without. "
    "!Sub '/${TokenName}' puts it in front."
)
NARROW_HINT = (
    "ssm:GetParameter on this one parameter is all that it calls: SSMParameterReadPolicy, or a statement whose "
    "Resource is !Sub 'arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${TokenName}'. With a * it reads "
    "everybody's."
)
FAILED_HINT = (
    "A message that is signed with something else, or with a token that is too old, is worse than none: let the error "
    "out, so that the caller tries again."
)


def keep(cloud: Any, token: str, name: str = NAME) -> None:
    """Put a token into Parameter Store, or another one in its place."""
    cloud.client("ssm").put_parameter(Name=name, Value=token, Type="SecureString", Overwrite=True)


def signature(token: str, message: str) -> str:
    """What a message is signed with, if it is signed with this token."""
    return hmac.new(token.encode(), message.encode(), hashlib.sha256).hexdigest()


def signed_with(cloud: Any, tokens: dict[str, str], rng: Random) -> str:
    """Have a message signed, and say with which of the tokens."""
    message = word(rng, 20)
    answer = cloud.invoke(FUNCTION, {"message": message})
    if answer.error is not None:
        found = str(answer.error.get("errorMessage", ""))[:400]
        hint = SLASH_HINT if "ParameterNotFound" in found else RIGHT_HINT
        fail(expected=f"{FUNCTION} signs a message", found=found, hint=hint, trace=answer.trace)
    expect(answer.payload, what="the answer").has_keys("message", "signature")
    for name, token in tokens.items():
        if answer.payload["signature"] == signature(token, message):
            return name
    return "another text, perhaps the encrypted one: get_parameter needs WithDecryption=True"


def fetches(cloud: Any) -> int:
    """How often the function has asked Parameter Store."""
    return sum(call.action.lower().startswith("ssm:getparameter") for call in cloud.calls(FUNCTION))


@exercise(
    "7.6",
    "Fetched, not carried",
    slug="7_6_secret",
    files=["template.yaml", "app.py"],
    minutes=20,
    hints=[
        "The name of the parameter may stand in the environment, its value may not. Where can a handler keep something "
        "between two invocations, and how would it know how old it is?",
        "In the template: TOKEN_PARAMETER: !Sub '/${TokenName}', and SSMParameterReadPolicy with ParameterName: !Ref "
        "TokenName. In token(): fetch when nothing is remembered, or when it is FRESH seconds old.",
        "ssm.get_parameter(Name=os.environ['TOKEN_PARAMETER'], WithDecryption=True)['Parameter']['Value']; put it into "
        "remembered together with time.time(), and compare at the next call.",
    ],
    passed="The secret is in one place. A new one reaches every environment within five minutes, without a deployment, "
    "and nobody reads it in a log or in the console.",
    next="8.1",
)
class Secret:
    @check(points=2)
    def signs_with_the_kept_token(cloud, deploy, rng):
        """The signature is made with the token in Parameter Store, decrypted."""
        tokens = {"the kept token": word(rng, 24)}
        keep(cloud, tokens["the kept token"])
        deploy()
        expect(signed_with(cloud, tokens, rng), what="what the message was signed with").equals("the kept token")

    @check(points=1, needs=signs_with_the_kept_token)
    def asks_once_in_a_while(cloud, deploy, rng):
        """Ten messages within a minute ask the store once, or twice when an age ends among them; later as well."""
        tokens = {"the kept token": word(rng, 24)}
        keep(cloud, tokens["the kept token"])
        deploy()
        for when in ("at first", "ten minutes later"):
            before = fetches(cloud)
            for _ in range(10):
                signed_with(cloud, tokens, rng)
                cloud.clock.advance(seconds=6)
            expect(
                fetches(cloud) - before,
                what=f"requests to Parameter Store for ten messages, {when}",
                hint="Remember the token outside the handler, with the time at which it was fetched: the environment "
                "stays for the next invocation.",
            ).is_at_most(2)
            for _ in range(10):  # messages keep coming, so that the environment is never cold
                cloud.clock.advance(minutes=1)
                signed_with(cloud, tokens, rng)

    @check(points=2, needs=signs_with_the_kept_token)
    def notices_a_new_token(cloud, deploy, rng):
        """After a rotation the new token is used within five minutes, in every environment, without a deployment."""
        tokens = {"the old token": word(rng, 24), "the new token": word(rng, 24), "the newest token": word(rng, 24)}
        keep(cloud, tokens["the old token"])
        deploy()
        hint = (
            "What is remembered must grow old: keep the time with it, and fetch again after FRESH seconds. What is in "
            "the environment or cached for ever waits for a deployment."
        )
        expect(signed_with(cloud, tokens, rng), what="what is signed with at first").equals("the old token")
        for name in ("the new token", "the newest token"):
            keep(cloud, tokens[name])
            for _ in range(FRESH_MINUTES):  # messages keep coming, so that the environment is never cold
                cloud.clock.advance(minutes=1, seconds=1)
                used = signed_with(cloud, tokens, rng)
            expect(used, hint, what="what is signed with more than five minutes later").equals(name)

    @check(points=1, needs=[signs_with_the_kept_token, notices_a_new_token])
    def signs_with_nothing_else(cloud, deploy, rng):
        """When the store refuses, nothing is signed with a token that is too old, or with something in its place."""
        tokens = {"the old token": word(rng, 24), "the new token": word(rng, 24)}
        for when, token in (("before the first token", "the old token"), ("six minutes later", "the new token")):
            keep(cloud, tokens[token])
            if token == "the old token":
                deploy()
            for operation in ("GetParameter", "GetParameters", "GetParametersByPath"):
                cloud.fail_next("ssm", operation, "AccessDeniedException", times=5, by=FUNCTION)
            message = word(rng)
            answer = cloud.invoke(FUNCTION, {"message": message})
            cloud.calm()
            made = answer.payload.get("signature") if isinstance(answer.payload, dict) else None
            if made != signature(tokens[token], message):  # who asks often enough has the token in the end
                expect(made, FAILED_HINT, what=f"a signature although the store refused, {when}").is_none()
            expect(signed_with(cloud, tokens, rng), FAILED_HINT, what="what is signed with afterwards").equals(token)
            cloud.clock.advance(minutes=FRESH_MINUTES + 1)

    @check(points=1, needs=signs_with_the_kept_token)
    def reads_no_other(cloud, deploy, rng):
        """It may read this parameter, and do nothing else in Parameter Store."""
        keep(cloud, word(rng, 24))
        deploy()
        others = [f"{NAME}-{word(rng)}", f"{NAME.rpartition('/')[0]}/{word(rng)}", f"/{word(rng)}"]
        asked = [("ssm:GetParameter", other) for other in others]
        asked += [(f"ssm:{action}", NAME) for action in ("PutParameter", "DeleteParameter")]
        allowed = [
            f"{action} on {name}"
            for action, name in asked
            if cloud.may(FUNCTION, action, f"arn:aws:ssm:us-east-1:123456789012:parameter{name}").allowed
        ]
        expect(allowed, NARROW_HINT, what="what it may do in Parameter Store besides").equals([])

    @check(points=2, needs=signs_with_the_kept_token)
    def shows_it_to_nobody(cloud, deploy, rng):
        """The token is neither in the answer nor in the function's configuration, its template or its log."""
        token = word(rng, 24)
        keep(cloud, token)
        stack = deploy()
        signed_with(cloud, {"the kept token": token}, rng)
        answer = cloud.invoke(FUNCTION, {"message": word(rng)})
        expect(
            token in json.dumps(answer.payload),
            what="the token can be read in the answer",
            hint="The answer goes to others: the message and its signature, and nothing that made it.",
        ).is_false()
        configuration = cloud.client("lambda").list_functions()["Functions"]
        expect(
            token in json.dumps(configuration, default=str),
            what="the token can be read in the function's configuration",
            hint="Environment variables are shown to everybody who may look at the function. Hand over the name of "
            "the parameter, and fetch the value when it is needed.",
        ).is_false()
        expect(token in json.dumps(stack.expanded, default=str), what="the token stands in the template").is_false()
        logged = "\n".join(line.message for line in cloud.logs(FUNCTION))
        expect(
            token in logged,
            what="the token can be read in the log",
            hint="Print no secrets, not even while you look for a mistake: logs are kept and read by many.",
        ).is_false()
