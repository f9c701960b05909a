"""What only a grader with the solutions asks: other pictures, other versions, other values."""

from __future__ import annotations

import json

from grader.checks import check, expect, hidden
from grader.checks.ch10_components.application import ARN, component_function, inner_stacks, publish
from grader.checks.ch10_components.layer import answer_of
from grader.checks.ch10_components.metadata import published
from grader.checks.ch10_components.pin import edition
from grader.checks.ch10_components.pin import publish as publish_editions
from grader.checks.material import photograph


@hidden("10.1")
class LayerHidden:
    @check(points=1)
    def describes_any_picture(cloud, stack, rng):
        """Any picture is described, whatever its kind and size."""
        for kind in ("PNG", "JPEG"):
            width, height = rng.randrange(20, 700), rng.randrange(20, 700)
            answer = answer_of(cloud, "DescribeFunction", photograph(rng, kind, width, height))
            expect(answer, what="the description").equals({"width": width, "height": height, "format": kind})


@hidden("10.2")
class PinHidden:
    @check(points=1)
    def any_version_can_be_chosen(cloud, deploy, rng):
        """Any published version can be chosen."""
        count = rng.randrange(10, 20)
        publish_editions(cloud, *(f"edition {number}" for number in range(1, count + 1)))
        number = rng.randrange(9, count + 1)
        deploy(parameters={"ImagingVersion": number})
        expect(edition(cloud), what=f"the edition with ImagingVersion {number}").equals(f"edition {number}")


@hidden("10.3")
class MetadataHidden:
    @check(points=1)
    def somebody_can_use_it(cloud, folder, rng):
        """Somebody who finds it can deploy it, with a size of their own."""
        version, side = published(cloud, folder), rng.randrange(20, 400)
        outer = {
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": {
                "Part": {
                    "Type": "AWS::Serverless::Application",
                    "Properties": {
                        "Location": {
                            "ApplicationId": version.application_id,
                            "SemanticVersion": version.semantic_version,
                        },
                        "Parameters": {"LongestSide": side},
                    },
                }
            },
            "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Part", "Outputs.ThumbnailFunction"]}}},
        }
        stack = cloud.deploy(json.dumps(outer), name="user")
        variables = cloud.functions.registry.resolve(stack.outputs["Name"]).variables
        expect(variables.get("LONGEST_SIDE"), what="LONGEST_SIDE of the deployed component").equals(str(side))


@hidden("10.4")
class ApplicationHidden:
    @check(points=1)
    def a_later_version_changes_nothing(cloud, deploy, folder):
        """When the component's authors publish again, the application stays as it is."""
        publish(cloud, folder)
        name = component_function(cloud, deploy())
        latest = cloud.applications.version(ARN)
        cloud.applications.add_version(ARN, "2.1.0", latest.template)
        again = deploy()
        nested = inner_stacks(cloud, again)
        expect([one.name for one in nested], what="nested stacks").has_length(1)
        tags = nested[0].tags
        expect(tags.get("serverlessrepo:semanticVersion"), what="the version in use").equals("1.0.0")
        expect(component_function(cloud, again), what="the function in use").equals(name)
