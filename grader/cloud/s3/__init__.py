"""S3 beyond what moto does: today's defaults, encryption, CORS, form uploads and the website endpoint.

The door hands every S3 request to ``Storage``, and those to website endpoints to ``Website``; objects and settings stay
in moto.
"""

from grader.cloud.s3.storage import Storage, keys_in
from grader.cloud.s3.website import Website

__all__ = ["Storage", "Website", "keys_in"]
