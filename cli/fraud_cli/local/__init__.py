"""The stack on this machine: the real template, built and deployed by SAM on an AWS emulator.

>>> stack = LocalStack(project_dir)
>>> info = stack.up(print)
>>> info.api_url
'http://127.0.0.1:4566/_aws/execute-api/1f2e3d4c/live/api/v1'
>>> stack.down()
"""

from fraud_cli.local.errors import LocalStackError, NotUp
from fraud_cli.local.stack import (
    DEFAULT_PORT,
    LocalStack,
    LocalStatus,
    StackInfo,
    default_port,
)
from fraud_cli.local.stages import OnStage, Stage

__all__ = [
    "DEFAULT_PORT",
    "LocalStack",
    "LocalStackError",
    "LocalStatus",
    "NotUp",
    "OnStage",
    "StackInfo",
    "Stage",
    "default_port",
]
