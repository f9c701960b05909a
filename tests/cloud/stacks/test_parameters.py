import pytest

from grader.cloud.errors import NotSupported
from grader.cloud.stacks import TemplateError, load
from grader.cloud.stacks.templates.parameters import reference_values, resolve_parameters, shown, with_stored

TEMPLATE = load("""\
Parameters:
  AppStage:
    Type: String
    Default: api
    AllowedPattern: "[a-z]+"
    MinLength: 2
    MaxLength: 10
  Size: {Type: Number, MinValue: 1, MaxValue: 5, Default: 2}
  Kind: {Type: String, AllowedValues: [small, large], Default: small}
  Zones: {Type: CommaDelimitedList, Default: "a, b"}
  Secret: {Type: String, NoEcho: true, Default: hidden}
  Mail: {Type: String, Default: x@y, AllowedPattern: ".+@.+", ConstraintDescription: an e-mail address}
Resources: {A: {Type: AWS::S3::Bucket}}
""")


def test_defaults_and_given_values_are_strings() -> None:
    values = resolve_parameters(TEMPLATE, {"Size": 3})
    assert values == {
        "AppStage": "api",
        "Size": "3",
        "Kind": "small",
        "Zones": "a, b",
        "Secret": "hidden",
        "Mail": "x@y",
    }
    assert reference_values(TEMPLATE, values)["Zones"] == ["a", "b"]
    assert shown(TEMPLATE, values)["Secret"] == "****"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"AppStage": "API"}, "Parameter 'AppStage' must match pattern [a-z]+"),
        ({"AppStage": "a"}, "Parameter 'AppStage' must contain at least 2 characters"),
        ({"AppStage": "a" * 11}, "Parameter 'AppStage' must contain at most 10 characters"),
        ({"Size": 6}, "Parameter 'Size' must be a number not greater than 5"),
        ({"Size": 0}, "Parameter 'Size' must be a number not less than 1"),
        ({"Size": "x"}, "Parameter 'Size' must be a number."),
        ({"Kind": "huge"}, "Parameter 'Kind' must be one of AllowedValues [small, large]"),
        ({"Mail": "none"}, "Parameter Mail failed to satisfy constraint: an e-mail address"),
        ({"Stage": "x", "Other": "y"}, "Parameters: [Other, Stage] do not exist in the template"),
    ],
    ids=str,
)
def test_a_broken_constraint_is_said_in_cloudformations_words(given: dict[str, object], words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        resolve_parameters(TEMPLATE, given)
    assert caught.value.what == words


def test_a_parameter_without_a_value_is_named_with_its_line() -> None:
    template = load("Parameters:\n  X: {Type: String}\nResources: {A: {Type: T}}\n")
    with pytest.raises(TemplateError) as caught:
        resolve_parameters(template, {})
    assert (caught.value.what, caught.value.where) == ("Parameters: [X] must have values", "template line 2, X")


def test_a_parameter_may_be_the_name_of_another_one_in_the_store() -> None:
    template = load("Parameters:\n  X: {Type: 'AWS::SSM::Parameter::Value<List<String>>'}\nResources: {A: {Type: T}}\n")
    values = with_stored(template, resolve_parameters(template, {"X": "/names"}), {"/names": "ann, bob"}.__getitem__)

    assert reference_values(template, values) == {"X": ["ann", "bob"]}


@pytest.mark.parametrize("kind", ["AWS::EC2::VPC::Id", "List<AWS::EC2::Subnet::Id>", "AWS::Route53::HostedZone::Id"])
def test_parameters_that_name_things_of_other_services_are_not_supported(kind: str) -> None:
    template = load(f"Parameters:\n  X: {{Type: '{kind}'}}\nResources: {{A: {{Type: T}}}}\n")
    with pytest.raises(NotSupported, match=kind):
        resolve_parameters(template, {"X": "name"})


def test_a_type_that_nobody_knows_is_an_error_of_the_template() -> None:
    template = load("Parameters:\n  X: {Type: Strong}\nResources: {A: {Type: T}}\n")
    with pytest.raises(TemplateError, match="Unrecognized parameter type: Strong"):
        resolve_parameters(template, {"X": "name"})


@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        ("MinLength: x", "[/Parameters/X/MinLength] must be a number."),
        ("MaxValue: !Ref Y", "[/Parameters/X/MaxValue] must be a number."),
        ("AllowedValues: 3", "[/Parameters/X/AllowedValues] must be a list of values."),
        ("AllowedPattern: [a]", "[/Parameters/X/AllowedPattern] must be a string."),
    ],
)
def test_a_constraint_that_is_none_is_refused_and_does_not_crash(constraint: str, words: str) -> None:
    template = load(f"Parameters:\n  X: {{Type: String, Default: a, {constraint}}}\nResources: {{A: {{Type: T}}}}\n")
    with pytest.raises(TemplateError) as caught:
        resolve_parameters(template, {})
    assert (caught.value.what, caught.value.line) == (f"Template format error: {words}", 2)


def test_a_pattern_that_would_never_end_is_stopped() -> None:
    template = load("Parameters:\n  X: {Type: String, AllowedPattern: '(a+)+b'}\nResources: {A: {Type: T}}\n")
    assert resolve_parameters(template, {"X": "aab"}) == {"X": "aab"}
    with pytest.raises(TemplateError, match="has an AllowedPattern that takes too long to match"):
        resolve_parameters(template, {"X": "a" * 60})


def test_a_pattern_that_is_none_is_named() -> None:
    template = load("Parameters:\n  X: {Type: String, AllowedPattern: '('}\nResources: {A: {Type: T}}\n")
    with pytest.raises(TemplateError, match="AllowedPattern that is no regular expression"):
        resolve_parameters(template, {"X": "a"})
