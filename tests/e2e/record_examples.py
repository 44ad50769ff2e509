"""Record the description's examples: successful exchanges of every operation, one for each form.

``uv run python tests/e2e/record_examples.py``, with a fresh stack that `fraud up` made; then
``uv run fraud openapi``. Needed when a route or an answer has changed.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).with_name("generated_client")))

import generating
from exchanges import example_of, operation_of, parts_of

from fraud_cli.api_description.examples import FILE
from fraud_cli.connection import find_connection
from fraud_cli.deployment import local_deployment
from fraud_cli.sampling import write_sample

MOST = 5


def main(project_dir: Path) -> None:
    """Run the loop twice with the generated client, the monitor in between."""
    connection = find_connection(project_dir)
    root_url = connection.api_url.removesuffix("/api/v1")
    deployment = local_deployment(project_dir)
    with tempfile.TemporaryDirectory(prefix="fraud-examples-") as name:
        directory = Path(name)
        generating.generate(directory)
        write_sample(directory / "sample.csv", 20_000, seed=31)
        run = (directory, root_url, str(connection.api_key), directory / "sample.csv")
        exchanges = generating.run_loop(*run)
        monitor = deployment.outputs["MonitorFunctionName"]
        deployment.session.client("lambda").invoke(FunctionName=monitor)
        exchanges += generating.run_loop(*run)
    text = json.dumps(_recorded(exchanges, root_url), indent=1, ensure_ascii=False)
    FILE.write_text(text + "\n", encoding="utf-8")


def _recorded(exchanges: list[dict[str, Any]], root_url: str) -> dict[str, Any]:
    """The newest exchange of every form that an operation's answers had, newest first."""
    document = json.loads((generating.PROJECT / "docs/openapi.json").read_text(encoding="utf-8"))
    recorded: dict[str, dict[frozenset[str], Any]] = {}
    for one in reversed(exchanges):
        if one["status"] < 300:
            forms = recorded.setdefault(operation_of(document, one)["operationId"], {})
            forms.setdefault(parts_of(one["answer"]), example_of(one, root_url))
    return {name: [*recorded[name].values()][:MOST] for name in sorted(recorded)}


if __name__ == "__main__":
    main(generating.PROJECT)
