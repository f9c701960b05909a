"""CloudFront: distributions before buckets and APIs, with a cache on the clock.

a viewer's request → edge (protocol, method) → behaviour by path → cache → origin (signed, where an origin access
control says so) → cache → response headers policy → the viewer

There is one edge location, and a distribution is deployed at once.
"""

from grader.cloud.cloudfront.api import CloudFrontApi
from grader.cloud.cloudfront.distributions import Distributions
from grader.cloud.cloudfront.edge import Edge
from grader.cloud.cloudfront.origins import Origins

__all__ = ["CloudFrontApi", "Distributions", "Edge", "Origins"]
