"""A handler that only imports what any validated API function on Lambda does."""

import boto3  # noqa: F401
from aws_lambda_powertools.event_handler import APIGatewayRestResolver  # noqa: F401
from empty import handler  # noqa: F401
from pydantic import BaseModel  # noqa: F401
