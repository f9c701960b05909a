"""CloudFront's API: distributions, origin access controls, invalidations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from grader.cloud.cloudfront.configuration import items
from grader.cloud.cloudfront.distributions import Distribution, Distributions, Invalidation, OriginAccessControl
from grader.cloud.door.responder import Action, ApiError, Parameters

ADDRESS = "https://cloudfront.amazonaws.com/2020-05-31"
SUMMARY = (
    "Aliases", "Origins", "OriginGroups", "DefaultCacheBehavior", "CacheBehaviors", "CustomErrorResponses", "Comment",
    "PriceClass", "Enabled", "ViewerCertificate", "Restrictions", "WebACLId", "HttpVersion", "IsIPV6Enabled", "Staging",
)  # fmt: skip
OPTIONAL: Mapping[str, Any] = {
    "Aliases": {"Quantity": 0},
    "CacheBehaviors": {"Quantity": 0},
    "CustomErrorResponses": {"Quantity": 0},
    "PriceClass": "PriceClass_All",
    "ViewerCertificate": {"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1"},
    "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
    "WebACLId": "",
    "HttpVersion": "http2",
    "IsIPV6Enabled": True,
    "Staging": False,
    "DefaultRootObject": "",
}


class CloudFrontApi:
    """The operations that are answered here; the others are refused by name.

    Parameters
    ----------
    distributions
        The account's.
    """

    def __init__(self, distributions: Distributions) -> None:
        self._held = distributions
        self.actions: dict[str, Action] = {
            "CreateDistribution": self._create,
            "CreateDistributionWithTags": self._create_with_tags,
            "GetDistribution": self._get,
            "GetDistributionConfig": self._get_config,
            "UpdateDistribution": self._update,
            "DeleteDistribution": self._delete,
            "ListDistributions": self._list,
            "CreateInvalidation": self._invalidate,
            "GetInvalidation": self._get_invalidation,
            "ListInvalidations": self._list_invalidations,
            "CreateOriginAccessControl": self._create_control,
            "GetOriginAccessControl": self._get_control,
            "GetOriginAccessControlConfig": self._get_control_config,
            "UpdateOriginAccessControl": self._update_control,
            "DeleteOriginAccessControl": self._delete_control,
            "ListOriginAccessControls": self._list_controls,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": self._tags,
        }

    def _create(self, given: Parameters) -> Mapping[str, Any]:
        return _shown(self._held.create(given["DistributionConfig"], {}))

    def _create_with_tags(self, given: Parameters) -> Mapping[str, Any]:
        both = given["DistributionConfigWithTags"]
        return _shown(self._held.create(both["DistributionConfig"], _tag_map(both["Tags"])))

    def _get(self, given: Parameters) -> Mapping[str, Any]:
        return _shown(self._held.get(given["Id"]))

    def _get_config(self, given: Parameters) -> Mapping[str, Any]:
        found = self._held.get(given["Id"])
        return {"DistributionConfig": {**OPTIONAL, **found.config}, "ETag": found.etag}

    def _update(self, given: Parameters) -> Mapping[str, Any]:
        return _shown(self._held.update(given["Id"], given["DistributionConfig"], given.get("IfMatch")))

    def _delete(self, given: Parameters) -> None:
        self._held.delete(given["Id"], given.get("IfMatch"))

    def _list(self, given: Parameters) -> Mapping[str, Any]:
        return {"DistributionList": _listed([_summary(each) for each in self._held.all.values()], given)}

    def _invalidate(self, given: Parameters) -> Mapping[str, Any]:
        name = given["DistributionId"]
        made = self._held.invalidate(name, given["InvalidationBatch"])
        where = f"{ADDRESS}/distribution/{name}/invalidation/{made.id}"
        return {"Location": where, "Invalidation": {**_invalidation(made), "Status": "InProgress"}}

    def _get_invalidation(self, given: Parameters) -> Mapping[str, Any]:
        made = self._held.get(given["DistributionId"]).invalidations
        found = next((each for each in made if each.id == given["Id"]), None)
        if found is None:
            raise ApiError("NoSuchInvalidation", "The specified invalidation does not exist.")
        return {"Invalidation": _invalidation(found)}

    def _list_invalidations(self, given: Parameters) -> Mapping[str, Any]:
        made = reversed(self._held.get(given["DistributionId"]).invalidations)
        lines = [{"Id": each.id, "CreateTime": each.made_at, "Status": "Completed"} for each in made]
        return {"InvalidationList": _listed(lines, given)}

    def _create_control(self, given: Parameters) -> Mapping[str, Any]:
        made = self._held.create_control(given["OriginAccessControlConfig"])
        return {**_control(made), "Location": f"{ADDRESS}/origin-access-control/{made.id}"}

    def _get_control(self, given: Parameters) -> Mapping[str, Any]:
        return _control(self._held.control(given["Id"]))

    def _get_control_config(self, given: Parameters) -> Mapping[str, Any]:
        found = self._held.control(given["Id"])
        return {"OriginAccessControlConfig": found.config, "ETag": found.etag}

    def _update_control(self, given: Parameters) -> Mapping[str, Any]:
        return _control(
            self._held.update_control(given["Id"], given["OriginAccessControlConfig"], given.get("IfMatch"))
        )

    def _delete_control(self, given: Parameters) -> None:
        self._held.delete_control(given["Id"], given.get("IfMatch"))

    def _list_controls(self, given: Parameters) -> Mapping[str, Any]:
        lines = [{"Id": each.id, "Description": "", **each.config} for each in self._held.controls.values()]
        return {"OriginAccessControlList": _listed(lines, given)}

    def _tag(self, given: Parameters) -> None:
        self._tagged(given).tags.update(_tag_map(given["Tags"]))

    def _untag(self, given: Parameters) -> None:
        for key in items(given["TagKeys"]):
            self._tagged(given).tags.pop(key, None)

    def _tags(self, given: Parameters) -> Mapping[str, Any]:
        pairs = [{"Key": key, "Value": value} for key, value in self._tagged(given).tags.items()]
        return {"Tags": {"Items": pairs}}

    def _tagged(self, given: Parameters) -> Distribution:
        found = next((each for each in self._held.all.values() if each.arn == given["Resource"]), None)
        if found is None:
            raise ApiError("NoSuchResource", "The specified resource does not exist.")
        return found


def _shown(held: Distribution) -> Mapping[str, Any]:
    shown = {
        **_identified(held),
        "InProgressInvalidationBatches": 0,
        "ActiveTrustedSigners": {"Enabled": False, "Quantity": 0},
        "ActiveTrustedKeyGroups": {"Enabled": False, "Quantity": 0},
        "DistributionConfig": {**OPTIONAL, **held.config},
    }
    return {"Distribution": shown, "ETag": held.etag, "Location": f"{ADDRESS}/distribution/{held.id}"}


def _identified(held: Distribution) -> dict[str, Any]:
    return {
        "Id": held.id, "ARN": held.arn, "Status": "Deployed", "LastModifiedTime": held.changed_at,
        "DomainName": held.domain,
    }  # fmt: skip


def _summary(held: Distribution) -> Mapping[str, Any]:
    config = {**OPTIONAL, **held.config}
    return {**_identified(held), **{name: config[name] for name in SUMMARY if name in config}}


def _invalidation(made: Invalidation) -> Mapping[str, Any]:
    created: datetime = made.made_at
    return {"Id": made.id, "Status": "Completed", "CreateTime": created, "InvalidationBatch": made.batch}


def _control(held: OriginAccessControl) -> Mapping[str, Any]:
    return {"OriginAccessControl": {"Id": held.id, "OriginAccessControlConfig": held.config}, "ETag": held.etag}


def _listed(lines: Sequence[Any], given: Parameters) -> Mapping[str, Any]:
    """One of the API's lists; an account has fewer than fit on a page."""
    held = {"Items": list(lines)} if lines else {}
    return {
        "Marker": given.get("Marker") or "", "MaxItems": 100, "IsTruncated": False, "Quantity": len(lines), **held,
    }  # fmt: skip


def _tag_map(given: Any) -> dict[str, str]:
    return {str(tag["Key"]): str(tag.get("Value") or "") for tag in items(given)}
