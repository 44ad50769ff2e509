"""What a scikit-learn service imports, and predict's AWS calls with boto3."""

import heavy_imports  # noqa: F401
from aws_calls import handler  # noqa: F401
