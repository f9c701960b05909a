"""8.5: the signing function's role holds exactly what its grants need."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.forms import ask_for, error_code, post_form
from grader.checks.material import photograph

GATEKEEPER = "gatekeeper"  # the checks use one stack, one after the other
# What every function's role may do: write its log and, with Tracing: Active, its traces.
RUNNING = frozenset(
    [
        "logs:createloggroup",
        "logs:createlogstream",
        "logs:putlogevents",
        "xray:puttracesegments",
        "xray:puttelemetryrecords",
        "xray:getsamplingrules",
        "xray:getsamplingtargets",
        "xray:getsamplingstatisticsummaries",
    ]
)
TEMPTING = (
    ("s3:GetObject", "Uploads", "/uploads/x", "Nobody was promised to read uploads: only to write them."),
    ("s3:DeleteObject", "Uploads", "/uploads/x", "Nobody was promised to delete."),
    ("s3:PutObjectAcl", "Uploads", "/uploads/x", "S3WritePolicy brings it along; a grant to put needs s3:PutObject."),
    (
        "s3:PutLifecycleConfiguration",
        "Uploads",
        "",
        "S3WritePolicy and S3CrudPolicy bring it; it can delete all.",
    ),
    ("s3:ListBucket", "Uploads", "", "Nobody was promised to list."),
    ("s3:PutObject", "Thumbnails", "/uploads/x", "Thumbnails are written by the converter, not by browsers."),
    ("s3:DeleteObject", "Thumbnails", "/uploads/x", "Nobody was promised to delete."),
    ("s3:GetObjectAcl", "Thumbnails", "/uploads/x", "s3:Get* and s3:GetObject* bring more than s3:GetObject."),
    ("s3:GetObjectVersion", "Thumbnails", "/uploads/x", "The link is to the newest version: s3:GetObject."),
    ("s3:ListBucket", "Thumbnails", "", "S3ReadPolicy brings it along; a link to one thumbnail needs s3:GetObject."),
)


def both_grants(http: Any, stack: Any) -> dict[str, Any]:
    """What GET /grant answers."""
    return ask_for(http, stack.outputs["GrantUrl"])


@exercise(
    "8.5",
    "The modest gatekeeper",
    slug="8_5_gatekeeper",
    files=["template.yaml"],
    minutes=15,
    hints=[
        "Read app.py: which two things may the holder of the grants do? A grant is used with the rights of the role "
        "that signed it, at the moment it is used.",
        "One action on the objects of one bucket, another on the objects of the other. Objects have the ARN of the "
        "bucket with a slash and a key behind it: !Sub '${UploadsBucket.Arn}/uploads/*'.",
        "SAM's policy templates are made for functions that do a whole kind of work. Write the two statements "
        "yourself: s3:PutObject there, s3:GetObject here.",
    ],
    passed="Both grants work, and nothing else would. If a signature of this function were ever forged or leaked, "
    "its holder could do what you hand out anyway.",
)
class Gatekeeper:
    @check(points=1, shares=GATEKEEPER)
    def its_upload_grant_works(cloud, stack, http, rng):
        """A photo that is sent with the grant is stored."""
        answer = post_form(http, both_grants(http, stack)["upload"], photograph(rng), None)
        if answer.status not in (200, 201, 204):
            fail(
                "the photo is stored",
                f"{answer.status} {error_code(answer)}: {answer.body}",
                "Signing asks nobody. Using the grant asks IAM what the signer may do: s3:PutObject on the objects.",
                trace=answer.trace,
            )

    @check(points=1, shares=GATEKEEPER)
    def its_link_works(cloud, stack, http, rng):
        """The thumbnail can be fetched with the link, once it is there."""
        grants, photo = both_grants(http, stack), photograph(rng)
        expect(grants, what="the grants").has_keys("upload", "thumbnail")
        key = grants["upload"]["fields"]["key"]
        cloud.client("s3").put_object(Bucket=stack.outputs["ThumbnailsBucket"], Key=key, Body=photo)
        got = http.get(grants["thumbnail"])
        expect(
            got.status,
            "The link is used with the signer's rights: s3:GetObject on the thumbnails' objects.",
            what="the status of GET on the link",
            trace=got.trace,
        ).equals(200)

    @check(points=2, needs=(its_upload_grant_works, its_link_works), shares=GATEKEEPER)
    def may_do_nothing_else(cloud, stack):
        """The role holds no right that the grants do not need."""
        for action, name, path, hint in TEMPTING:
            resource = f"arn:aws:s3:::{stack.outputs[f'{name}Bucket']}{path}"
            expect(
                cloud.may("GrantFunction", action, resource).allowed,
                hint,
                what=f"whether GrantFunction may {action} on {name}Bucket{path}",
            ).is_false()
        needed = {"s3:putobject", "s3:getobject"} | RUNNING
        granted = {grant.action for grant in cloud.access("GrantFunction").granted}
        extra = sorted(one for one in granted if one.lower() not in needed)
        hint = "The two grants need s3:PutObject and s3:GetObject. Take the rest out; a log is only written."
        expect(extra, hint, what="other actions that the policies allow").equals([])

    @check(points=1, needs=(its_upload_grant_works, its_link_works), shares=GATEKEEPER)
    def stays_in_its_buckets(cloud, stack):
        """Other buckets are closed to it, and so are all keys but those under uploads/."""
        uploads, thumbnails = (f"arn:aws:s3:::{stack.outputs[f'{name}Bucket']}" for name in ("Uploads", "Thumbnails"))
        for action, resource in (
            ("s3:PutObject", "arn:aws:s3:::another-bucket/uploads/x"),
            ("s3:GetObject", "arn:aws:s3:::another-bucket/uploads/x"),
            ("s3:PutObject", f"{uploads}-of-others/uploads/x"),
            ("s3:GetObject", f"{thumbnails}-of-others/uploads/x"),
            ("s3:PutObject", f"{uploads}/index.html"),
            ("s3:PutObject", f"{uploads}/uploads.html"),
            ("s3:PutObject", f"{uploads}/private/uploads/x"),
            ("s3:GetObject", f"{thumbnails}/private/uploads/x"),
            ("s3:GetObject", f"{thumbnails}/private/x"),
        ):
            expect(
                cloud.may("GrantFunction", action, resource).allowed,
                "All grants are for keys under uploads/, in these two buckets: say so in Resource.",
                what=f"whether GrantFunction may {action} on {resource}",
            ).is_false()
