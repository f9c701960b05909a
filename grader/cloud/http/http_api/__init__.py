"""HTTP APIs: API Gateway's second kind, with payload 2.0, built-in CORS and JWT authorizers."""
