"""Function URLs: an HTTPS address of a function's own, without an API in front of it."""
