"""A few rules of cfn-lint, small enough for this pipeline. It is given."""

ALIVE = {"python3.12", "python3.13", "python3.14"}


def lint(template):
    """Return what is wrong with the template's functions, as a list of texts."""
    found = []
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            if properties.get("Runtime") not in ALIVE:
                found.append(f"{name}: E2531 the runtime {properties.get('Runtime')} is not alive")
            if "Handler" not in properties:
                found.append(f"{name}: E3003 'Handler' is a required property")
    return found
