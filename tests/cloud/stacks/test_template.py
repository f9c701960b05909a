from pathlib import Path

import pytest

from grader.cloud.stacks import TemplateError, load

GOOD = """\
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "${AWS::StackName}-t"
      Tags: [{Key: a, Value: !GetAtt Other.Arn}]
  Other:
    Type: AWS::S3::Bucket
    Condition: Never
"""


def refusal(text: str, **options: bool) -> tuple[str, str | None]:
    with pytest.raises(TemplateError) as caught:
        load(text, **options)
    return caught.value.what, caught.value.where


def test_short_tags_become_their_long_forms() -> None:
    properties = load(GOOD).body["Resources"]["Table"]["Properties"]
    assert properties == {
        "TableName": {"Fn::Sub": "${AWS::StackName}-t"},
        "Tags": [{"Key": "a", "Value": {"Fn::GetAtt": ["Other", "Arn"]}}],
    }


def test_everything_has_its_line() -> None:
    template = load(GOOD)
    assert template.line_of("Resources", "Other") == 7
    assert template.line_of("Resources", "Table", "Properties", "Tags", 0) == 6
    assert template.line_of("Resources", "Table", "Properties", "KeySchema") == 4
    assert template.where("Resources", "Other", "Condition") == "template line 9, Other"


def test_dates_times_and_yes_are_read_as_cloudformation_reads_them() -> None:
    body = load("Resources: {A: {Type: T, Properties: {a: 2012-10-17, b: 1:30, c: yes, d: 3, e: null}}}\n").body
    assert body["Resources"]["A"]["Properties"] == {"a": "2012-10-17", "b": "1:30", "c": True, "d": 3, "e": None}


def test_json_is_a_template_too() -> None:
    assert load('{"Resources": {"A": {"Type": "T"}}}').body == {"Resources": {"A": {"Type": "T"}}}
    assert load({"Resources": {"A": {"Type": "T"}}}).line_of("Resources", "A") == 3


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]")
    what, where = refusal("\n".join(lines) + "\n")
    assert what == "The template has more than 50,000 values once its aliases are expanded."
    assert where == "template line 1"


def test_aliases_are_expanded_for_the_command_line_and_refused_by_the_api() -> None:
    text = "Resources:\n  A: &a {Type: T}\n  B: *a\n"
    assert load(text).resources == {"A": {"Type": "T"}, "B": {"Type": "T"}}
    what, where = refusal(text, aliases=False)
    assert what == "Template error: YAML aliases are not allowed in CloudFormation templates"
    assert where == "template line 3"


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        (
            "a: !!python/object/apply:os.system [ls]\n",
            "The YAML tag !!python/object/apply:os.system is not allowed in a template.",
            "template line 1",
        ),
        (
            "Resources:\n  A: {Type: X}\n  A: {Type: Y}\n",
            "Template format error: the key 'A' occurs twice in the same map.",
            "template line 3",
        ),
        (
            "[" * 100_000 + "\n",
            "Template format error: YAML not well-formed (exceeded maximum nesting depth).",
            "template line 1",
        ),
        ("a: " + "[" * 70 + "]" * 70 + "\n", "The template is nested deeper than 60 levels.", "template line 1"),
        ("a: &a [*a]\n", "A YAML alias contains itself.", "template line 1"),
        ("Resources:\n  A: !Foo x\n", "The YAML tag !Foo is not allowed in a template.", "template line 2"),
        (
            "Resources: {}\n",
            "Template format error: At least one Resources member must be defined.",
            "template",
        ),
        (
            "Resource:\n  A: {Type: T}\n",
            "Invalid template property or properties [Resource]",
            "template line 1",
        ),
        (
            "Resources:\n  my-table: {Type: T}\n",
            "Template format error: Resources name my-table is non alphanumeric.",
            "template line 2, my-table",
        ),
        ("hello\nworld\n", "Template format error: the template is not a map of sections.", "template line 1"),
        (
            "a: \x00\n",
            "Template format error: YAML not well-formed (it holds a character that is not text).",
            "template",
        ),
    ],
    ids=lambda value: value[:20].strip() if isinstance(value, str) else None,
)
def test_what_is_no_template_is_refused_with_its_line(text: str, what: str, where: str) -> None:
    assert refusal(text) == (what, where)


def test_a_tab_is_named() -> None:
    with pytest.raises(TemplateError) as caught:
        load("Resources:\n\tA: 1\n")
    assert caught.value.next_step == "YAML is indented with spaces, not with tabs."
    assert caught.value.line == 2


def test_a_bare_star_is_to_be_quoted() -> None:
    with pytest.raises(TemplateError) as caught:
        load("Resources:\n  Api:\n    HttpMethod: *\n    Path: /\n")
    assert caught.value.line == 3
    assert "quote it" in (caught.value.next_step or "")


def test_a_missing_file_and_a_huge_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="There is no template at"):
        load(tmp_path / "template.yaml")
    (tmp_path / "template.yaml").write_text("#" * 1_000_001)
    with pytest.raises(TemplateError, match="larger than 1,000,000 bytes"):
        load(tmp_path)
