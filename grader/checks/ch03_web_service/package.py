"""3.5: what ``sam package`` does, by hand."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.fault import from_invocation
from grader.checks.material import word

LEFTOVER = "sources/hello/__pycache__/app.cpython-313.pyc"  # Python makes it anew on each machine


def project(rng: Random) -> dict[str, str]:
    """A project of two functions, with a package, tests and leftovers of Python."""
    return {
        "sources/hello/app.py": (
            "from text.greeting import greeting\n\n\ndef lambda_handler(event, context):\n    return greeting()\n"
        ),
        "sources/hello/text/__init__.py": "",
        "sources/hello/text/greeting.py": f"def greeting():\n    return {word(rng)!r}\n",
        "sources/hello/tests/test_greeting.py": "def test_greeting():\n    assert True\n",
        "sources/hello/text/tests/test_more.py": "def test_more():\n    assert True\n",
        LEFTOVER: "not really",
        "sources/report/app.py": f"def lambda_handler(event, context):\n    return {word(rng)!r}\n",
    }


def serverless(code: str | None = None, **properties: Any) -> dict[str, Any]:
    """A function resource."""
    uri = {} if code is None else {"CodeUri": code}
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {**uri, "Handler": "app.lambda_handler", "Runtime": "python3.13", **properties},
    }


def sam_template(**resources: Any) -> dict[str, Any]:
    """A SAM template of these resources."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": "To be packaged",
        "Resources": resources,
    }


TWO = sam_template(HelloFunction=serverless("hello/", Timeout=7), ReportFunction=serverless("./report"))
BUCKET = "packages"
# Packages, and hands back the given template as it is afterwards beside the packaged one.
BESIDE = """import package


def packaged(template, folder, bucket):
    return {**package.package(template, folder, bucket), "given": template}
"""
PACKAGED = "packaged"  # checks that look at one packaged project, or at that beside a second


def packaged(
    cloud: Any,
    folder: Path,
    files: Mapping[str, str | bytes],
    template: dict[str, Any],
    year: int = 2026,
    by: str = "package.package",
    place: str = "sources",
) -> dict[str, Any]:
    """Have the template packaged by the answer; the project's files carry a date of that year, and lie at the place."""
    files = {name.replace("sources", place, 1): content for name, content in files.items()}
    s3 = cloud.client("s3")
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET)
    with TemporaryDirectory() as temporary:
        copy = Path(temporary) / "answer"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("project"))
        write_project(copy, files, datetime(year, 6, 1, tzinfo=UTC).timestamp())
        # cloud.run copies none of Python's own leftovers.
        left = {name: content for name, content in files.items() if name.endswith(".pyc")}
        called = cloud.run(copy, by, template, place, BUCKET, files=left)
    if called.error is not None:
        raise from_invocation("package(…)", called.error)
    expect(called.payload, "Hand back the packaged template: a dictionary.", what="package(…)").has_keys("Resources")
    return dict(called.payload)


def first_packaged(once: Any, cloud: Any, folder: Path, rng: Random) -> tuple[dict[str, str], dict[str, Any]]:
    """A project and its packaged template, the same for all checks of an account."""

    def make() -> tuple[dict[str, str], dict[str, Any]]:
        files = project(rng)
        return files, packaged(cloud, folder, files, TWO)

    found: tuple[dict[str, str], dict[str, Any]] = once("first", make)
    return found


def write_project(folder: Path, files: Mapping[str, str | bytes], modified: float) -> None:
    """Write the files, all with one date."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (modified, modified))


def uri_of(template: Mapping[str, Any], logical_id: str) -> str:
    """A function's CodeUri as s3://bucket/key, in whichever of SAM's spellings it is written."""
    code = template["Resources"].get(logical_id, {}).get("Properties", {}).get("CodeUri")
    if isinstance(code, dict) and {"Bucket", "Key"} <= set(code):
        code = f"s3://{code['Bucket']}/{code['Key']}"
    hint = "CodeUri takes s3://‹bucket›/‹key›; a web address (https://…) is not understood."
    expect(code, hint, what=f"CodeUri of {logical_id}").is_text().starts_with(f"s3://{BUCKET}/")
    return str(code)


def zip_of(cloud: Any, template: Mapping[str, Any], logical_id: str) -> dict[str, bytes]:
    """The files in the zip that a function's CodeUri points to."""
    uri = uri_of(template, logical_id)
    s3 = cloud.client("s3")
    try:
        body = s3.get_object(Bucket=BUCKET, Key=uri.removeprefix(f"s3://{BUCKET}/"))["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(item.file_size for item in archive.infolist()) > 1_000_000:
                fail("a small zip: the project is small", f"{len(body):,} bytes", "Only the code folder belongs in.")
            return {item.filename: archive.read(item) for item in archive.infolist() if not item.is_dir()}
    except s3.exceptions.NoSuchKey:
        fail(f"an object at {uri}", "no such object", "Upload first, then write its place into the template.")
    except zipfile.BadZipFile:
        fail(f"a zip at {uri}", f"{len(body):,} bytes that are no zip", "Close the ZipFile before you read its bytes.")


def judge_names(names: Mapping[str, bytes], wanted: set[str]) -> None:
    """The zip's names must be relative to the code folder."""
    if not names:
        hint = (
            "Look for the files where folder says, and below it: the project may have any name, and lie anywhere. "
            "Only folders below the code's own are left out, not one that the whole project lies in."
        )
        fail(f"files called {', '.join(sorted(wanted))}", "an empty zip", hint)
    ends = {name.rpartition("/")[2] for name in names}
    if all(name.rpartition("/")[2] not in ends for name in wanted - set(names)) and not wanted <= set(names):
        fail(
            f"files called {', '.join(sorted(wanted))}",
            f"files called {', '.join(sorted(names))}",
            "Every file belongs in, whatever its name and its ending, those of the folders below it included. Only "
            "folders that are called tests or __pycache__, no more and no less, stay at home.",
        )
    if not wanted <= set(names):
        fail(
            f"files called {', '.join(sorted(wanted))}",
            f"files called {', '.join(sorted(names)) or 'nothing'}",
            "Lambda unpacks the zip and looks for app.py at its top. The names in it must be relative to the code "
            "folder: archive.write(path, path.relative_to(folder)), folders below it included.",
        )


@exercise(
    "3.5",
    "Packaging by hand",
    slug="3_5_package",
    files=["package.py"],
    minutes=20,
    hints=[
        "Do one function first: collect the files below its folder, write them into a zip in memory, upload it, write "
        "its place into a copy of the template. Then put a loop around that.",
        "folder.rglob('*') finds files at any depth; path.relative_to(folder) is the name in the zip; "
        "path.relative_to(folder).parts tells whether a folder on the way is called tests. "
        "Hash the names and contents, not the zip: a zip also holds the files' dates.",
        "memory = io.BytesIO(); with zipfile.ZipFile(memory, 'w') as archive: archive.writestr(name, content); then "
        "put_object(Bucket=bucket, Key=hashlib.sha256(…).hexdigest(), Body=memory.getvalue()), and "
        "properties['CodeUri'] = f's3://{bucket}/{key}'.",
    ],
    passed="This is what `sam package` does. CloudFormation notices new code because the key is its fingerprint. "
    "You will never again wonder why a deployment changed nothing.",
)
class Package:
    @check(points=1, shares=PACKAGED)
    def uploads_a_zip_for_each_function(cloud, folder, once, rng):
        """Each function's CodeUri points to a zip in the bucket with the function's own files."""
        files, template = first_packaged(once, cloud, folder, rng)
        hello, report = (zip_of(cloud, template, name) for name in ("HelloFunction", "ReportFunction"))
        judge_names(hello, {"app.py", "text/__init__.py", "text/greeting.py"})
        judge_names(report, {"app.py"})
        for names, path in ((hello, "sources/hello/app.py"), (report, "sources/report/app.py")):
            hint = "Each function has a folder of its own: its zip, its key, its CodeUri."
            expect(names["app.py"].decode(), hint, what="app.py in the zip").equals(files[path])

    @check(points=2, needs=uploads_a_zip_for_each_function, shares=PACKAGED)
    def can_be_deployed(cloud, folder, once, rng):
        """CloudFormation accepts the packaged template, and the functions run."""
        files, template = first_packaged(once, cloud, folder, rng)
        stack = cloud.deploy(template, name="packaged")
        for name, path in (
            ("HelloFunction", "sources/hello/text/greeting.py"),
            ("ReportFunction", "sources/report/app.py"),
        ):
            called = cloud.invoke(stack.resources[name].physical_id, {})
            expect(called.error, "The zip lacks something that the function imports.", what=name).is_none()
            expect(repr(called.payload), what=f"the answer of {name}").equals(files[path].split("return ")[1].strip())

    @check(points=1, needs=uploads_a_zip_for_each_function, shares=PACKAGED)
    def leaves_tests_at_home(cloud, folder, once, rng):
        """Folders called tests and __pycache__ stay at home, at any depth."""
        names = zip_of(cloud, first_packaged(once, cloud, folder, rng)[1], "HelloFunction")
        shipped = sorted(name for name in names if {"tests", "__pycache__"} & set(name.split("/")))
        hint = "Tests are for you, not for production: they cost size, and so cold starts. The build leaves them out."
        expect(shipped, hint, what="files that should have stayed at home").equals([])

    @check(points=2, needs=uploads_a_zip_for_each_function, shares=PACKAGED)
    def changes_the_key_with_the_code(cloud, folder, once, rng):
        """New code gets a new key, so that a deployment notices it."""
        files, old = first_packaged(once, cloud, folder, rng)
        changed = project(rng)
        del changed["sources/report/app.py"]
        changed["sources/report/report.py"] = files["sources/report/app.py"]
        new = packaged(cloud, folder, changed, TWO)
        hint = (
            "CloudFormation compares templates, not zips. With the same key for changed code the template "
            "looks the same, "
            "and the deployment does nothing. Make the key from a hash of the content, and of the files' names."
        )
        moved = {name.replace("/text/", "/words/"): text for name, text in files.items()}
        other = uri_of(packaged(cloud, folder, moved, TWO), "HelloFunction")
        what = "CodeUri of HelloFunction after a folder's new name"
        expect(other, hint, what=what).differs_from(uri_of(old, "HelloFunction"))
        for name, what in (("HelloFunction", "after its code changed"), ("ReportFunction", "after a file's new name")):
            expect(uri_of(new, name), hint, what=f"CodeUri of {name} {what}").differs_from(uri_of(old, name))

    @check(points=1, needs=changes_the_key_with_the_code, shares=PACKAGED)
    def keeps_the_key_of_unchanged_code(cloud, folder, once, rng):
        """The same code gets the same key, even if the files were copied anew."""
        files, old = first_packaged(once, cloud, folder, rng)
        report = project(rng)["sources/report/app.py"]
        copied = {**files, "sources/report/app.py": report, LEFTOVER: word(rng)}
        cloud.clock.advance(hours=5)  # a zip that is made now says so
        new = packaged(cloud, folder, copied, TWO, year=2027, place="copies/tests/sources")
        judge_names(zip_of(cloud, new, "HelloFunction"), {"app.py", "text/__init__.py", "text/greeting.py"})
        hint = (
            "Nothing changed but the time, the place of the project, the dates of the files, which are inside the zip "
            "too, and what Python left in __pycache__, which stays at home. Hash the names within the code folder and "
            "the contents of what is in the zip, and nothing else, or every deployment updates every function."
        )
        expect(uri_of(new, "HelloFunction"), hint, what="CodeUri of HelloFunction").equals(uri_of(old, "HelloFunction"))
        other = {name: text for name, text in project(rng).items() if "/hello/" in name}
        new = packaged(cloud, folder, {**files, **other}, TWO)
        hint = "Only the other function's code changed. Begin a new hash, and a new zip, for each function."
        expect(uri_of(new, "ReportFunction"), hint, what="CodeUri of ReportFunction").equals(
            uri_of(old, "ReportFunction")
        )

    @check(points=1, needs=uploads_a_zip_for_each_function, shares=PACKAGED)
    def leaves_the_rest_alone(cloud, folder, rng):
        """What needs no packaging comes back as it was."""
        template = sam_template(
            HelloFunction=serverless("hello/", Timeout=7),
            ReportFunction=serverless("report/"),
            Elsewhere=serverless(f"s3://other-bucket/{word(rng)}"),
            Inline=serverless(InlineCode="def lambda_handler(event, context): return 1"),
            Photos={"Type": "AWS::S3::Bucket"},
            Odd={"Type": "Custom::Report", "Properties": {"ServiceToken": word(rng), "CodeUri": "hello/"}},
        )
        found = packaged(cloud, folder, {**project(rng), "beside.py": BESIDE}, template, by="beside.packaged")
        hint = "Change a copy. A plain copy shares the dictionaries within, and you write into those: copy.deepcopy."
        expect(found.pop("given"), hint, what="the template that was given, afterwards").equals(template)
        hint = "Only functions whose CodeUri is a local folder are packaged; code in S3 or in the template stays."
        for part in ("Elsewhere", "Inline", "Photos", "Odd"):
            expect(found["Resources"].get(part), hint, what=part).equals(template["Resources"][part])
        hello = found["Resources"]["HelloFunction"]
        there = {**hello, "Properties": {**hello["Properties"], "CodeUri": "hello/"}}
        expect(there, "Change CodeUri and nothing else.", what="HelloFunction, but for its CodeUri").equals(
            template["Resources"]["HelloFunction"]
        )
        rest = {key: value for key, value in found.items() if key != "Resources"}
        wanted = {key: value for key, value in template.items() if key != "Resources"}
        expect(rest, "The template's other parts belong to it as well.", what="the rest of the template").equals(wanted)
