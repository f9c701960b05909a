"""11.3: a static site that everybody reads and nobody else changes, with types and with what may be kept."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from grader.checks import check, exercise, expect
from grader.checks.material import word
from grader.checks.reading import output

ASSETS = {
    "assets/app.4f1c09.js": ("text/javascript", "application/javascript"),
    "assets/style.8a2e51.css": ("text/css",),
    "assets/icon.51c0de.svg": ("image/svg+xml",),
}
UNASKED = ("/", "/?versions", "/?policy", "/index.html?acl", "/index.html?tagging")  # nobody needs to read these
MONTH, MINUTE = 30 * 24 * 3600, 60  # seconds
# Somebody else's distribution in front of the answer's bucket.
STRANGER = """
Resources:
  Access:
    Type: AWS::CloudFront::OriginAccessControl
    Properties:
      OriginAccessControlConfig:
        {{Name: stranger, OriginAccessControlOriginType: s3, SigningBehavior: always, SigningProtocol: sigv4}}
  Cdn:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins:
          - Id: site
            DomainName: {bucket}.s3.us-east-1.amazonaws.com
            OriginAccessControlId: !GetAtt Access.Id
            S3OriginConfig: {{}}
        DefaultCacheBehavior:
          TargetOriginId: site
          ViewerProtocolPolicy: allow-all
          CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad
Outputs:
  Url: {{Value: !Sub "https://${{Cdn.DomainName}}"}}
"""
VISITED = "visited"  # the checks visit one site, one after the other, and change nothing in it


def visit(http: Any, stack: Any, path: str = "/") -> Any:
    """What a visitor gets."""
    return http.get(site_of(stack) + path, follow_redirects=True)


def site_of(stack: Any) -> str:
    """The site's address, without a slash at its end."""
    address = output(stack, "SiteUrl")
    hint = "Addresses begin with https://, or http:// for a website endpoint. WebsiteURL does, DomainName does not."
    expect(re.match("https?://", address) is not None, hint, what=f"whether {address!r} is an address").is_true()
    return address.rstrip("/")


def write_through(http: Any, method: str, address: str) -> Any:
    """What a stranger gets who writes to an address, or to the one that it redirects to."""
    body = b"mine" if method == "PUT" else None
    answer = http.request(method, address, body=body)
    where = answer.headers.get("location", "")
    return http.request(method, where, body=body) if 300 <= answer.status < 400 and where else answer


def plain_type(page: Any) -> str:
    """The media type, without its parameters."""
    return str(page.headers.get("content-type", "")).partition(";")[0].strip().lower()


def kept_seconds(page: Any) -> int:
    """For how long a browser keeps an answer without asking; -1 when nothing says so and browsers guess."""
    said = str(page.headers.get("cache-control", "")).lower()
    if "no-cache" in said or "no-store" in said:
        return 0
    found = re.search(r"max-age=(\d+)", said)
    return int(found[1]) if found else -1


def expect_site(page: Any, file: Path, hint: str) -> None:
    """The page is this file."""
    expect(page.status, hint, what="the status of the front page", trace=page.trace).equals(200)
    expect(
        page.content == file.read_bytes(), "Store the files' bytes as they are.", what="whether it is site/index.html"
    ).is_true()


@exercise(
    "11.3",
    "A site without a server",
    slug="11_3_website",
    files=["template.yaml", "web/publish.py"],
    minutes=20,
    hints=[
        "Two ways: a bucket with WebsiteConfiguration, which has to be public; or a private bucket, a CloudFront "
        "distribution in front of it, and an origin access control between them. The second is what AWS recommends.",
        "CloudFront needs four things: OriginAccessControl, Distribution (DefaultRootObject, Origins, "
        "DefaultCacheBehavior, CustomErrorResponses), and a BucketPolicy for the service cloudfront.amazonaws.com on "
        "the condition AWS:SourceArn. S3 says 403 for a missing file; visitors should see 404.html and 404.",
        "put_object(…, ContentType=mimetypes.guess_type(key)[0], CacheControl=…): 'public, max-age=31536000, "
        "immutable' for assets/, 'no-cache' for pages. Keys are file.relative_to(SITE).as_posix().",
    ],
    passed="Your front end costs no function any more, arrives from next door, and a new release is seen at once, "
    "while what never changes is fetched once a year.",
    next="11.4",
)
class Website:
    @check(points=2, shares=VISITED)
    def shows_the_front_page(cloud, stack, http, folder):
        """The address of the site shows its front page, as HTML."""
        page = visit(http, stack)
        hint = (
            "Is the page stored as index.html, does the address lead to it (DefaultRootObject, IndexDocument), and "
            "may the world read it?"
        )
        expect_site(page, folder / "web/site/index.html", hint)
        expect(
            plain_type(page), "ContentType: without it browsers download a page instead of showing it.",
            what="its Content-Type",
        ).equals("text/html")  # fmt: skip

    @check(points=2, needs=shows_the_front_page, shares=VISITED)
    def says_what_its_files_are(cloud, stack, http):
        """Scripts, styles and pictures come with their types, and may be kept for long."""
        for path, types in ASSETS.items():
            page = visit(http, stack, f"/{path}")
            expect(page.status, "Keys are paths below site/.", what=f"the status of /{path}").equals(200)
            hint = "Browsers run no script and use no style that does not say what it is: mimetypes.guess_type."
            expect(plain_type(page), hint, what=f"the Content-Type of /{path}").is_in(types)
            kept = "A change gives these files another name, so browsers may keep them: max-age of a year, immutable."
            expect(kept_seconds(page), kept, what=f"seconds for which /{path} is kept").is_at_least(MONTH)

    @check(points=2, needs=shows_the_front_page)
    def shows_the_next_release_at_once(cloud, stack, http, folder, rng):
        """What has been deployed anew is what visitors see, a few minutes later."""
        first = visit(http, stack)
        hint = "The front page names the assets of this release, so nobody may keep it without asking: no-cache."
        expect(kept_seconds(first), hint, what="seconds for which the front page is kept").satisfies(
            f"0 to {MINUTE}", lambda seconds: 0 <= seconds <= MINUTE
        )
        missing = visit(http, stack, "/404.html")
        expect(
            kept_seconds(missing), "Only files in assets/ get another name with another content.",
            what="seconds for which 404.html is kept",
        ).is_at_most(MINUTE)  # fmt: skip
        words = word(rng)
        with tempfile.TemporaryDirectory() as changed:
            project = Path(shutil.copytree(folder, Path(changed, "project")))
            page = project / "web/site/index.html"
            page.write_text(page.read_text().replace("choose a photograph", words))
            cloud.deploy(project / "template.yaml", name="answer")
        cloud.clock.advance(minutes=2)
        expect(words in visit(http, stack).body, hint, what="whether the next release is shown").is_true()

    @check(points=1, needs=shows_the_front_page, shares=VISITED)
    def says_what_is_missing(cloud, stack, http, rng):
        """A page that is not there is answered with 404, and with a page for people."""
        page = visit(http, stack, f"/{word(rng)}.html")
        hint = (
            "CustomErrorResponses: 403 becomes 404 with /404.html. For a website: ErrorDocument, and a bucket policy, "
            "as ACLs say nothing about what is not there."
        )
        expect(page.status, hint, what="the status of a missing page", trace=page.trace).equals(404)
        expect("The front page" in page.body, hint, what="whether site/404.html is shown").is_true()

    @check(points=2, needs=shows_the_front_page, shares=VISITED)
    def belongs_to_nobody_else(cloud, stack, http, rng):
        """Strangers can neither write, nor delete, nor list, nor put a site of their own in front of it."""
        bucket = stack.outputs["SiteBucket"]
        base = f"https://{bucket}.s3.us-east-1.amazonaws.com"
        hint = "The world may do s3:GetObject on the files, and nothing else: no star, no s3:ListBucket, no ACL."
        writes = (("PUT", "/index.html"), ("DELETE", "/index.html"), ("PUT", f"/{word(rng)}"))
        for method, path in (*writes, *(("GET", path) for path in UNASKED)):
            answer = write_through(http, method, base + path)
            expect(answer.status, hint, what=f"the status of a stranger's {method} {path}").equals(403)
        for method, path in writes:
            address = site_of(stack) + path
            answer = write_through(http, method, address)
            hint = "CloudFront hands on what AllowedMethods names, signed: let it do s3:GetObject, and nothing else."
            expect(answer.status, hint, what=f"the status of a stranger's {method} {address}").is_at_least(400)
        if http.get(f"{base}/index.html").status == 200:  # a public website
            return
        theirs = cloud.deploy(STRANGER.format(bucket=bucket), name="stranger")
        expect(
            http.get(theirs.outputs["Url"] + "/index.html").status,
            "Condition: StringEquals: AWS:SourceArn: your distribution's ARN. Without it every distribution of every "
            "account may read the bucket.",
            what="the status at a stranger's distribution in front of your bucket",
        ).equals(403)
