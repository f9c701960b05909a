"""11.1: a thin API that remembers nothing; the client keeps a signed token that expires."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.ch11_sessions.tokens import changed, rewritten, unsigned
from grader.checks.forms import error_code, post_form
from grader.checks.material import photograph, word
from grader.checks.reading import json_body

VALID_MINUTES = 60
SERVICE = "service"  # the checks use one service, one after the other, each with users of its own
FETCHES = ("secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "kms:", "ssm:GetParameter")
KEPT = ("secretsmanager:Get", "secretsmanager:BatchGet", "ssm:Get")  # what an environment need not fetch again
STORES = ("dynamodb:Put", "dynamodb:Update", "dynamodb:Batch", "dynamodb:Transact", "s3:PutObject", "ssm:Put",
          "secretsmanager:Put", "sqs:Send")  # fmt: skip


def ask(http: Any, stack: Any, user: str, path: str, value: Any) -> Any:
    """POST ``value`` as JSON, signed in as ``user``."""
    return http.post(f"{stack.outputs['ApiUrl']}{path}", json=value, headers={"Authorization": f"Bearer {user}"})


def start(http: Any, stack: Any, user: str, hint: str = "") -> dict[str, Any]:
    """Begin an upload; the grant and the state."""
    page = ask(http, stack, user, "/uploads", {})
    hint = hint or ("See the function's log." if page.status >= 500 else "start answers with 201.")
    expect(page.status, hint, what="the status of POST /uploads", trace=page.trace).equals(201)
    found = json_body(page, "answer(201, {…}) with upload and state.")
    expect(found, "Answer with upload and state.", what="the answer of POST /uploads").has_keys("upload", "state")
    expect(found["state"], "One text, which the client can keep anywhere.", what="the state").is_text()
    return found


def expect_link(http: Any, stack: Any, user: str, state: Any, hint: str) -> str:
    """The state is good: a link comes back."""
    page = ask(http, stack, user, "/resume", {"state": state})
    expect(page.status, hint, what="the status of POST /resume", trace=page.trace).equals(200)
    found = json_body(page, "answer(200, {…}) with thumbnail.")
    expect(found, "Answer with thumbnail.", what="the answer of POST /resume").has_keys("thumbnail")
    return str(found["thumbnail"])


def expect_refused(http: Any, stack: Any, user: str, state: Any, what: str, hint: str) -> None:
    """The state is not good: 403."""
    page = ask(http, stack, user, "/resume", {"state": state})
    if page.status >= 500:
        hint = "Your code raised an error that nobody caught: a bad token is the caller's mistake. " + hint
    elif page.status >= 400:
        hint = "It is refused, though with another status than the one that resume's description names."
    expect(page.status, hint, what=f"the status of POST /resume with {what}", trace=page.trace).equals(403)


def expect_secret_key(cloud: Any, function: str) -> None:
    """The function has asked AWS for its key, or its configuration holds a secret that AWS has made."""
    if any(call.action.startswith(FETCHES) for call in cloud.calls(function)) or holds_a_secret(cloud, function):
        return
    hint = (
        "A bucket's name, an ARN or the stack's id are different in each stack, and no secrets: they stand in "
        "addresses, grants and logs. Let AWS make the key: GenerateSecretString, or a KMS key."
    )
    fail("a key that only AWS and the function know", "the function has asked for no secret and no KMS key", hint)


def holds_a_secret(cloud: Any, name: str) -> bool:
    """Whether a variable of the function is the value of a secret (a dynamic reference)."""
    secrets = cloud.client("secretsmanager")
    found = cloud.client("lambda").get_function_configuration(FunctionName=name)
    values = set(found.get("Environment", {}).get("Variables", {}).values())
    kept = (secrets.get_secret_value(SecretId=each["ARN"]) for each in secrets.list_secrets()["SecretList"])
    return any(each.get("SecretString") in values for each in kept)


@exercise(
    "11.1",
    "An API that remembers nothing",
    slug="11_1_stateless",
    files=["template.yaml", "app.py", "state.py"],
    minutes=20,
    hints=[
        "Three questions decide whether a token is good: did we make it, is its time over, is it this user's? The "
        "first needs a key that only the function can get; the others need facts inside what is signed.",
        "seal: put the time at which it ends beside the facts, make JSON and base64url of it, and append an HMAC of "
        "exactly that text. unseal: compute the HMAC again and compare, before you read anything.",
        "The key: AWS::SecretsManager::Secret with GenerateSecretString; its Ref in an environment variable; "
        "secretsmanager:GetSecretValue on it. hmac.new(key, text.encode(), hashlib.sha256), hmac.compare_digest.",
    ],
    passed="The function forgets everything after each request, and yet goes on where the client was: on any "
    "environment, after any deployment. Nobody can change, prolong or borrow what the client keeps.",
    next="11.2",
)
class Stateless:
    @check(points=1, shares=SERVICE)
    def hands_out_a_grant(cloud, stack, http, rng):
        """POST /uploads answers with a grant that works, for a key of the user's own."""
        user = word(rng)
        found = start(http, stack, user)
        sent = post_form(http, found["upload"], photograph(rng), "image/jpeg")
        if sent.status >= 400:
            fail("the upload is stored", f"{sent.status} {error_code(sent)}", "grant(key), as it is.", trace=sent.trace)
        expect(found["upload"]["fields"]["key"], what="the key").starts_with(f"uploads/{user}/")

    @check(points=1, needs=hands_out_a_grant, shares=SERVICE)
    def goes_on_with_it(cloud, stack, http, rng):
        """POST /resume leads to the thumbnail of this upload, and of no other."""
        user, keys = word(rng), set()
        for _ in range(2):
            found = start(http, stack, user)
            key, thumbnail = found["upload"]["fields"]["key"], photograph(rng, width=160, height=120)
            cloud.client("s3").put_object(Bucket=stack.outputs["ThumbnailsBucket"], Key=key, Body=thumbnail)
            link = expect_link(http, stack, user, found["state"], "unseal(token) hands back what seal was given.")
            page = http.get(link)
            hint = "The key belongs into the token: resume has nothing else to go by."
            expect(page.content == thumbnail, hint, what="whether the link leads to its thumbnail").is_true()
            keys.add(key)
        expect(
            sorted(keys),
            "Each upload has a key of its own: the second would replace the first.",
            what="keys of two uploads",
        ).has_length(2)

    @check(points=2, needs=goes_on_with_it, shares=SERVICE)
    def remembers_nothing(cloud, stack, http, rng):
        """It goes on in another execution environment, and has stored nothing anywhere."""
        user, before = word(rng), len(cloud.calls("ApiFunction"))
        started, thumbnail = [start(http, stack, user) for _ in range(2)], photograph(rng, width=160, height=120)
        cloud.clock.advance(minutes=25)  # an environment that has nothing to do ends
        for found in started:
            key = found["upload"]["fields"]["key"]
            cloud.client("s3").put_object(Bucket=stack.outputs["ThumbnailsBucket"], Key=key, Body=thumbnail)
            hint = (
                "A dictionary, or a key made by the code, ends with its environment. Everything is in the token, which "
                "is good for an hour; 25 minutes have passed."
            )
            link = expect_link(http, stack, user, found["state"], hint)
            hint = "A link is good for five minutes. The token outlives it, so resume makes a new one: link(key)."
            expect(http.get(link).status, hint, what="the status at the link, 25 minutes later").equals(200)
        calls = cloud.calls("ApiFunction")[before:]
        stored = sorted({call.action for call in calls if call.action.startswith(STORES)})
        expect(stored, "The client keeps the state. Nothing needs to be stored.", what="what it has stored").equals([])

    @check(points=2, needs=goes_on_with_it, shares=SERVICE)
    def refuses_what_was_changed(cloud, stack, http, rng):
        """A token with one character changed, other facts or no signature is refused."""
        user, other = word(rng), word(rng)
        state = start(http, stack, user)["state"]
        hint = "Sign everything that you believe later, and compare signatures before you read anything."
        for lie in rewritten(state, {user: other}):
            expect_refused(http, stack, other, lie, "somebody else's name written into it", hint)
        for forged in [*changed(state, rng, 12), *rewritten(state, {}), *unsigned(state)]:
            if forged != state:
                expect_refused(http, stack, user, forged, f"{forged!r} in place of {state!r}", hint)

    @check(points=1, needs=goes_on_with_it, shares=SERVICE)
    def refuses_what_is_no_token(cloud, stack, http, rng):
        """What is no token at all is refused, too."""
        hint = "json.loads and base64 raise errors for such texts; compare the signature first."
        for text in ("", ".", "a.b.c", word(rng), "....", "{}", "é.ü"):
            expect_refused(http, stack, word(rng), text, repr(text), hint)

    @check(points=1, needs=goes_on_with_it, shares=SERVICE)
    def is_good_for_its_user_only(cloud, stack, http, rng):
        """A token that somebody else has got hold of is refused."""
        owner = word(rng)
        state = start(http, stack, owner)["state"]
        hint = "The user belongs into the token; compare with whoever asks now."
        expect_refused(http, stack, word(rng), state, "somebody else's token", hint)
        hint = "Compare the whole name: who is called ann does not go on with what anna has begun."
        for other in (owner[:-1], owner[1:]):
            expect_refused(http, stack, other, state, f"the token of {owner}, by {other}", hint)

    @check(points=1, needs=goes_on_with_it, shares=SERVICE)
    def ends_after_an_hour(cloud, stack, http, rng):
        """A token is good for an hour, and not longer."""
        user = word(rng)
        state = start(http, stack, user)["state"]
        cloud.clock.advance(minutes=VALID_MINUTES - 2)
        expect_link(http, stack, user, state, "VALID says for how many seconds it is good: an hour.")
        cloud.clock.advance(minutes=4)
        hint = "The end (time.time() + VALID) belongs into the token; compare it with now."
        expect_refused(http, stack, user, state, "a token of an hour ago", hint)

    @check(points=2, needs=goes_on_with_it)
    def has_a_key_that_nobody_wrote_down(cloud, deploy, http, rng):
        """Another stack of the same template does not believe this one's tokens."""
        ours, theirs, user = deploy("ours"), deploy("theirs"), word(rng)
        state = start(http, ours, user)["state"]
        hint = (
            "Whoever reads your template or your code can sign tokens. Let AWS make the key: GenerateSecretString, "
            "or a KMS key."
        )
        expect_refused(http, theirs, user, state, "a token of another stack", hint)
        expect_secret_key(cloud, ours.resources["ApiFunction"].physical_id)

    @check(points=1, needs=goes_on_with_it, shares=SERVICE)
    def fetches_its_key_once(cloud, stack, http, rng):
        """An environment fetches the key once, not for every request."""
        user = word(rng)
        start(http, stack, user)
        before = len(cloud.calls("ApiFunction"))
        for _ in range(2):
            expect_link(http, stack, user, start(http, stack, user)["state"], "See the second check.")
        fetched = [call.action for call in cloud.calls("ApiFunction")[before:] if call.action.startswith(KEPT)]
        hint = (
            "Each fetch makes a request slower, and costs. functools.cache, or a variable of the module, keeps the key."
        )
        expect(fetched, hint, what="what an environment that has served fetches in four more requests").equals([])

    @check(points=1, needs=goes_on_with_it, shares=SERVICE)
    def may_read_its_own_key_only(cloud, stack):
        """The function may read its key, and do no more with it; no other secret, and no other key."""
        for each in cloud.client("secretsmanager").list_secrets()["SecretList"]:
            for action in ("secretsmanager:PutSecretValue", "secretsmanager:DeleteSecret"):
                decision = cloud.may("ApiFunction", action, each["ARN"])
                hint = (
                    "It reads its key: secretsmanager:GetSecretValue, no star. Who can replace the key ends all tokens."
                )
                expect(decision.allowed, hint, what=f"whether it may {action} of its own key").is_false()
        secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:payroll-AbCdEf"
        key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
        hint = "Resource: !Ref of your secret, which is its ARN; or the ARN of your KMS key."
        for action in ("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"):
            decision = cloud.may("ApiFunction", action, secret)
            expect(decision.allowed, hint, what=f"whether it may {action} of another secret").is_false()
        for action in ("kms:Decrypt", "kms:GenerateMac", "kms:Sign"):
            decision = cloud.may("ApiFunction", action, key)
            expect(decision.allowed, hint, what=f"whether it may {action} with another key").is_false()
