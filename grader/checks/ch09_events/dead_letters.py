"""9.3: failed events are kept, and told."""

from __future__ import annotations

from grader.checks import check, exercise, expect
from grader.checks.ch09_events.uploads import RETRIES_OVER_MINUTES, bury, clear, expect_thumbnail, letters, upload
from grader.checks.material import photograph, word

SERVICE = "service"  # checks use one service, one after the other, each for letters of its own
BEFORE_ANY_RETRY_S = 30


def follow(kept: int) -> str:
    """What to look at when not exactly one letter of a failure was kept."""
    if kept > 1:
        return "One failure, and several letters: is it told twice, by a dead-letter target and by a destination?"
    return (
        "Follow the letter: function → topic (DeadLetterQueue, Type: SNS) → subscription (Protocol: sqs) → queue. Does "
        "the queue's policy let the topic send?"
    )


@exercise(
    "9.3",
    "Dead letters",
    slug="9_3_dead_letters",
    files=["template.yaml"],
    minutes=20,
    hints=[
        "A function has one dead-letter target. Two readers, a queue and a person, so the target must be something "
        "that can tell several: which service fans out?",
        "Four pieces: DeadLetterQueue (Type: SNS) on the function, the topic, a subscription to the queue, and a queue "
        "policy that lets sns.amazonaws.com send. The e-mail subscription carries a Condition.",
        'Conditions: ContactGiven: !Not [!Equals [!Ref ContactEmail, ""]], and Condition: ContactGiven on the '
        "AWS::SNS::Subscription with Protocol: email, beside Type, not among the Properties.",
    ],
    passed="No failed upload is lost: the queue keeps it for two weeks, and a person hears of it at once if you "
    "named one. Now somebody can mend the cause and send the letters again.",
    next="9.4",
)
class DeadLetters:
    @check(points=1, shares=SERVICE)
    def converts_what_is_good(cloud, stack, rng):
        """Good pictures are converted, and nobody is told."""
        clear(cloud, stack.outputs["FailedQueue"])
        upload(cloud, stack, "good.jpg", photograph(rng))
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        expect_thumbnail(cloud, stack, "good.jpg")
        expect(
            letters(cloud, stack.outputs["FailedQueue"]),
            what="letters after a good upload",
            hint="Only failures belong there.",
        ).equals([])

    @check(points=2, shares=SERVICE)
    def keeps_failed_uploads(cloud, stack, rng):
        """What could not be converted waits in the queue after the last retry, and not before."""
        clear(cloud, stack.outputs["FailedQueue"])
        upload(cloud, stack, "broken one.jpg", b"this is no picture")
        cloud.clock.advance(seconds=BEFORE_ANY_RETRY_S)
        expect(
            letters(cloud, stack.outputs["FailedQueue"]),
            what=f"letters after {BEFORE_ANY_RETRY_S} seconds",
            hint="Lambda first retries, after one minute and after two more.",
        ).equals([])
        cloud.clock.advance(minutes=RETRIES_OVER_MINUTES)
        kept = letters(cloud, stack.outputs["FailedQueue"])
        expect(
            kept,
            what="letters after the last retry",
            hint=follow(len(kept)),
        ).has_length(1)
        expect(kept[0], what="the letter", hint="It must carry the event.").contains("broken+one.jpg")

    @check(points=1, needs=keeps_failed_uploads, shares=SERVICE)
    def takes_letters_from_this_topic_only(cloud, stack):
        """Another topic cannot write into the queue."""
        sns, sqs = cloud.client("sns"), cloud.client("sqs")
        asked = {"QueueUrl": stack.outputs["FailedQueue"], "AttributeNames": ["QueueArn"]}
        queue = sqs.get_queue_attributes(**asked)["Attributes"]["QueueArn"]
        topic = sns.create_topic(Name="a-stranger")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
        sns.publish(TopicArn=topic, Message="no letter of yours")
        cloud.run_until_idle()
        found = [letter for letter in letters(cloud, stack.outputs["FailedQueue"]) if "no letter of yours" in letter]
        sns.delete_topic(TopicArn=topic)
        cloud.clock.advance(minutes=2)  # a queue can be emptied once a minute
        expect(
            found,
            what="letters of a topic that is none of this stack's",
            hint="The queue's policy lets every topic in. Its Condition names this one: ArnEquals, aws:SourceArn.",
        ).equals([])

    @check(points=2, needs=keeps_failed_uploads)
    def writes_to_the_contact(cloud, deploy, rng):
        """If an address was given, the failure is told by e-mail as well."""
        address = f"{word(rng)}@example.com"
        stack = deploy(name="contact", parameters={"ContactEmail": address})
        bury(cloud, stack, "told.jpg")
        addressees = [mail.to for mail in cloud.outbox]
        expect(
            addressees,
            what="who got e-mail",
            hint="One target for each function: send to a topic, and let both the "
            "queue and the address subscribe to it, the address as !Ref ContactEmail.",
        ).equals([address])
        expect(
            letters(cloud, stack.outputs["FailedQueue"]),
            what="letters in the queue, beside the e-mail",
            hint="The queue must get it as well.",
        ).has_length(1)
        expect(
            sorted(entry["Protocol"] for entry in cloud.client("sns").list_subscriptions()["Subscriptions"]),
            what="how the topic's subscribers are told",
            hint="The queue must hear of it from the topic, by a subscription (Protocol: sqs), and not beside it.",
        ).contains("sqs")

    @check(points=1, needs=keeps_failed_uploads, shares=SERVICE)
    def writes_to_nobody_unless_asked(cloud, stack):
        """If no address was given there is no e-mail subscription."""
        subscriptions = cloud.client("sns").list_subscriptions()["Subscriptions"]
        mailed = [entry["Endpoint"] for entry in subscriptions if entry["Protocol"].startswith("email")]
        expect(
            mailed,
            what="e-mail subscriptions of a stack without a contact",
            hint="Give the subscription a Condition that is true only when ContactEmail is not empty.",
        ).equals([])
