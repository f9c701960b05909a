"""REST APIs: API Gateway's first kind, with everything that it can do for a method."""
