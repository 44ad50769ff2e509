"""The OpenAPI description of the whole API, from the handlers' own models.

The models say what is particular to them; `glossary` says what a field's name means wherever it
stands, `errors` what a refusal looks like, and `examples.json` holds one recorded exchange for each
operation. None of it is deployed but the document itself.
"""

from fraud_cli.api_description.document import describe_api, render

__all__ = ["describe_api", "render"]
