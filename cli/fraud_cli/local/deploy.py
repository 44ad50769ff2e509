"""Run `sam deploy` on the emulator, and read what the stack has become."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.exceptions import ClientError

from fraud_cli.local import tools
from fraud_cli.local.build import local_architecture
from fraud_cli.local.errors import LocalStackError


class LocalSession(boto3.Session):
    """A session whose clients talk to the emulator, whatever the user's own AWS settings are.

    No profile, configuration or credentials of the user's is read. The endpoint is given to every
    client, because environment variables such as AWS_ENDPOINT_URL_SQS outrank a session's.
    """

    def __init__(self, endpoint_url: str) -> None:
        nothing: Any = {
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
        super().__init__(
            aws_access_key_id=tools.LOCAL_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=tools.LOCAL_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=tools.REGION,
            botocore_session=botocore.session.Session(session_vars=nothing),
        )
        self._endpoint_url = endpoint_url

    def client(self, service_name: Any, **options: Any) -> Any:  # type: ignore[override]
        """Return a client for the emulator."""
        return super().client(service_name, **{**options, "endpoint_url": self._endpoint_url})

    def resource(self, service_name: Any, **options: Any) -> Any:  # type: ignore[override]
        """Return a resource for the emulator."""
        return super().resource(service_name, **{**options, "endpoint_url": self._endpoint_url})


def local_session(endpoint_url: str) -> boto3.Session:
    """Return a session for an emulator."""
    return LocalSession(endpoint_url)


class Deployment:
    """The stack of samconfig.toml's [local]."""

    def __init__(self, project_dir: Path) -> None:
        self._project_dir = project_dir

    def settings(self) -> dict[str, Any]:
        """Return samconfig.toml's settings for a local deployment."""
        with (self._project_dir / "samconfig.toml").open("rb") as file:
            settings: dict[str, Any] = tomllib.load(file)["local"]["deploy"]["parameters"]
        return settings

    def run(self, template: Path, env: Mapping[str, str], log: Path) -> None:
        """Deploy a built template.

        Raises
        ------
        LocalStackError
            When `sam deploy` fails.
        """
        # On the command line parameters replace those of samconfig.toml, so all are repeated.
        parameters = [
            *self.settings()["parameter_overrides"],
            f"Architecture={local_architecture()}",
        ]
        config = self._project_dir / "samconfig.toml"  # sought beside the template otherwise
        command = ["sam", "deploy", "--config-file", str(config), "--config-env", "local"]
        command += ["--template-file", str(template), "--no-progressbar"]
        command += ["--parameter-overrides", *parameters]
        tools.run(command, self._project_dir, env, log, "sam deploy")

    def outputs(self, endpoint_url: str) -> dict[str, str]:
        """Return the stack's outputs.

        Raises
        ------
        LocalStackError
            When there is no such stack.
        """
        name = self.settings()["stack_name"]
        client = local_session(endpoint_url).client("cloudformation")
        try:
            stack = client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as e:
            raise LocalStackError(
                f"The emulator has no stack {name}: {e}.", "Run `fraud up` to deploy it."
            ) from e
        return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
