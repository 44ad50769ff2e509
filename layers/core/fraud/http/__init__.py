"""The HTTP boundary: resolver, strict JSON, error form."""
