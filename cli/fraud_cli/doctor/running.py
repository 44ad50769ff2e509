"""The API that commands would talk to: whether it answers, to this key, with a model."""

from __future__ import annotations

from fraud_cli.answers import ApiError
from fraud_cli.client import ApiClient
from fraud_cli.connection import Connection
from fraud_cli.doctor.checks import Check, needed, optional
from fraud_cli.errors import KEY_REFUSED, CliError

START = "Start a stack with `fraud up`, or set FRAUD_API_URL and FRAUD_API_KEY."


def running_checks(connection: Connection | None) -> list[Check]:
    """Look at the API, if there is one.

    Parameters
    ----------
    connection
        Of the local stack or from the environment; None where neither names one.
    """
    if connection is None:
        return [optional("API", False, "none is known", START)]
    try:
        with ApiClient(connection) as client:
            client.status()
            answers = needed("API", True, connection.api_url, "")
            return [answers, _model(client)]
    except CliError as e:
        restart = "`fraud down` and `fraud up` start it again; or check FRAUD_API_URL."
        return [needed("API", False, e.message, restart)]


def _model(client: ApiClient) -> Check:
    try:
        health = client.health()
    except ApiError as e:
        if e.exit_code == KEY_REFUSED:
            return needed("key", False, e.message, "Check FRAUD_API_KEY, or make another key.")
        return needed("model", False, e.message, "See docs/operations.md.")
    if health is None:
        return optional("model", False, "none is enabled", "Train one: `fraud train LINK --wait`.")
    return optional("model", True, f"{health['modelname']}, {health['now']['state']}", "")
