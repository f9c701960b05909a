"""Reference pages of the pocket AWS, made from its own tables: ``python -m grader.cloud.reference [--check]``."""
