"""What any validated API function on Lambda imports, and predict's AWS calls with boto3."""

import light_imports  # noqa: F401
from aws_calls import handler  # noqa: F401
