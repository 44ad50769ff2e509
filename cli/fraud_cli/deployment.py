"""The deployed stack the operator's commands work on: the local one, or one on AWS.

These commands use AWS itself, not the API: the first key has to come from somewhere. On AWS that is
the deployer's own credentials; locally the emulator's, which open nothing else.

boto3 takes half a second to import, so only what needs it does, when it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fraud_cli.connection import state_dir
from fraud_cli.errors import CliError
from fraud_cli.local import LocalStack

if TYPE_CHECKING:
    import boto3

    from fraud.adapters.keys_table import KeysTable
    from fraud.adapters.usage_table import UsageTable

LOCAL_ENVIRONMENT = "local"
AWS_ENVIRONMENT = "live"


@dataclass(frozen=True)
class Deployment:
    """A stack's outputs, and a session that reaches it."""

    outputs: Mapping[str, str]
    session: boto3.Session
    endpoint_url: str | None
    key_environment: str

    def keys(self) -> KeysTable:
        """The stack's table of keys."""
        from fraud.adapters.keys_table import KeysTable  # noqa: PLC0415

        client = self.session.client("dynamodb", endpoint_url=self.endpoint_url)
        return KeysTable(client, self.outputs["ApiKeysTableName"])

    def usage(self) -> UsageTable | None:
        """What clients have used of their quotas; None for a stack from before there were any."""
        from fraud.adapters.usage_table import UsageTable  # noqa: PLC0415

        if "UsageTableName" not in self.outputs:
            return None
        client = self.session.client("dynamodb", endpoint_url=self.endpoint_url)
        return UsageTable(client, self.outputs["UsageTableName"])


def local_stack(project_dir: Path, port: int | None = None) -> LocalStack:
    """The stack on this machine, running or not."""
    return LocalStack(project_dir, port, state_dir(project_dir) / "local")


def local_deployment(project_dir: Path) -> Deployment:
    """The stack that `fraud up` runs.

    Raises
    ------
    LocalStackError
        When it is not running.
    """
    from fraud_cli.local.deploy import local_session  # noqa: PLC0415

    info = local_stack(project_dir).info()
    session = local_session(info.endpoint_url)
    return Deployment(info.outputs, session, info.endpoint_url, LOCAL_ENVIRONMENT)


def aws_deployment(stack_name: str) -> Deployment:
    """A stack on AWS, reached with the caller's own credentials and region.

    Raises
    ------
    CliError
        When it cannot be read.
    """
    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    session = boto3.Session()
    try:
        stacks = session.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    except (BotoCoreError, ClientError) as e:
        raise CliError(
            f"the stack {stack_name} cannot be read: {e}",
            "check the name, AWS_PROFILE and AWS_REGION",
        ) from None
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stacks[0].get("Outputs", [])}
    return Deployment(outputs, session, None, AWS_ENVIRONMENT)


def find_deployment(project_dir: Path, stack_name: str | None) -> Deployment:
    """The stack on AWS when one is named, else the local one."""
    return aws_deployment(stack_name) if stack_name else local_deployment(project_dir)
