"""README and guide name what there is, and nothing else; the API's description is current."""

import re
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
import typer
from botocore import xform_name

from fraud.domain.access import ROUTES
from fraud_cli.api_description import describe_api, render
from fraud_cli.main import app

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
GUIDE = (PROJECT / "docs/operations.md").read_text(encoding="utf-8")
TEMPLATE = (PROJECT / "template.yaml").read_text(encoding="utf-8")
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
COMMANDS = "".join(re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)).replace("\\\n", "")
# Of the AWS CLI itself, not of an operation.
AWS_OPTIONS = {"query", "output", "max-items", "cli-read-timeout"}
AWS_OWN_COMMANDS = {
    ("logs", "tail"): {"since"},
    ("dynamodb", "wait"): {"table-name"},
    ("lambda", "wait"): {"function-name", "qualifier"},
}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_the_readme_names_every_route(route: object) -> None:
    assert f"{route.method} {route.path}" in README  # type: ignore[attr-defined]


def test_the_readme_names_every_command() -> None:
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        names = [f"{name} {sub}" for sub in getattr(command, "commands", {})] or [name]
        for full in names:
            assert f"fraud {full}" in README, full


def test_the_readme_names_every_setting_of_the_template() -> None:
    template = (PROJECT / "template.yaml").read_text(encoding="utf-8")
    declared = set(re.findall(r"^          ([A-Z][A-Z_]+): ", template, flags=re.MULTILINE))
    ours = {name for name in declared if not name.startswith(("POWERTOOLS", "OPENBLAS"))}
    assert ours
    for name in ours:
        assert f"`{name}`" in README, name


def test_the_openapi_description_is_what_the_handlers_say() -> None:
    committed = (PROJECT / "docs/openapi.json").read_text(encoding="utf-8")
    assert committed == render(describe_api(PROJECT / "functions"))


def test_the_description_has_exactly_the_routes_of_the_api() -> None:
    described = {
        (method.upper(), path)
        for path, operations in describe_api(PROJECT / "functions")["paths"].items()
        for method in operations
    }
    documented = {(r.method, r.path) for r in ROUTES if r.path.startswith("/api/")}
    assert described == documented


def test_the_template_has_exactly_the_routes_of_the_api() -> None:
    template = (PROJECT / "template.yaml").read_text(encoding="utf-8")
    path = r'"?((?:/(?:\{\w+\}|[\w.-]+))+)'
    deployed = set(re.findall(r"Method: (\w+)[,\n]\s*Path: " + path, template))
    assert deployed == {(r.method, r.path) for r in ROUTES}


def test_the_guide_explains_every_alarm() -> None:
    alarms = re.findall(r"^  (\w+):\n    Type: AWS::CloudWatch::Alarm$", TEMPLATE, re.MULTILINE)
    assert len(alarms) == TEMPLATE.count("Type: AWS::CloudWatch::Alarm") > 0
    for alarm in alarms:
        assert re.search(rf"^\|.*`{alarm}`.*\|.+\|$", GUIDE, re.MULTILINE), alarm
    named = set(re.findall(r"`(\w+Alarm)`", GUIDE))
    assert named == set(alarms)


def test_the_guide_names_every_metric() -> None:
    emitted = set(re.findall(r"MetricName: (ModelNotLoaded)", TEMPLATE))
    for path in (PROJECT / "layers").rglob("*_metrics.py"):
        source = path.read_text(encoding="utf-8")
        for arguments in re.findall(r"Measurement\(([^,]+),", source):
            emitted |= set(re.findall(r'"(\w+)"', arguments))
    assert {"ScorePsi", "TrainingFailed", "TrainingSucceeded", "ModelNotLoaded"} <= emitted
    for name in emitted:
        assert f"`{name}`" in GUIDE, name


def test_the_guide_names_every_table_and_parameters_that_exist() -> None:
    for table in re.findall(r"^  (\w+):\n    Type: AWS::DynamoDB::Table$", TEMPLATE, re.MULTILINE):
        assert f"| `{table}` |" in GUIDE, table
    for name in re.findall(r"`([A-Z][A-Za-z]+)=", GUIDE) + re.findall(r" ([A-Z]\w+)=", COMMANDS):
        if not name.isupper() and "_" not in name:
            assert f"\n  {name}:\n" in TEMPLATE, name


def test_the_guide_asks_for_outputs_that_exist() -> None:
    asked = set(re.findall(r"\$\((?:out|arn) (\w+)\)", COMMANDS))
    tables = re.search(r"for t in ([\w ]+);", COMMANDS)
    assert tables
    asked |= {f"{table}TableName" for table in tables[1].split()}
    assert len(asked) > 10
    for name in asked:
        assert f"\n  {name}:\n    Description:" in TEMPLATE, name


def test_the_guides_commands_of_ours_exist() -> None:
    group = typer.main.get_command(app)
    used = re.findall(r"uv run fraud (.+)", COMMANDS)
    assert used
    for line in used:
        name, second, *_ = [*line.split(), ""]
        command = group.commands[name]  # type: ignore[attr-defined]
        command = getattr(command, "commands", {}).get(second, command)
        known = {option for p in command.params for option in p.opts}
        assert set(re.findall(r"(?<!\S)--?[a-z-]+", line)) <= known, line


def _aws_commands() -> Iterator[tuple[str, str, set[str]]]:
    found = re.split(r"\baws (?=[a-z])", COMMANDS)[1:]
    assert found
    for text in found:
        service, operation = text.split()[:2]
        first_line = text.split("\n$ ")[0]
        yield service, operation, set(re.findall(r"(?<!\S)--([a-z][a-z-]*)", first_line))


def test_the_guides_commands_of_the_aws_cli_exist() -> None:
    session = botocore.session.get_session()
    for service, operation, options in _aws_commands():
        if (service, operation) in AWS_OWN_COMMANDS:
            assert options <= AWS_OWN_COMMANDS[service, operation] | AWS_OPTIONS
            continue
        model = session.get_service_model("s3" if service == "s3api" else service)
        names = {xform_name(name, "-"): name for name in model.operation_names}
        assert operation in names, operation
        shape = model.operation_model(names[operation]).input_shape
        members = {xform_name(m, "-") for m in shape.members} if shape else set()
        required = {xform_name(m, "-") for m in shape.required_members} if shape else set()
        assert options <= members | AWS_OPTIONS, (operation, options)
        assert required <= options, (operation, required)


def test_the_guides_costs_are_what_the_script_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PROJECT / "tests/benchmarks")
    import cost  # noqa: PLC0415

    alarms = TEMPLATE.count("Type: AWS::CloudWatch::Alarm")
    months = [cost.month(n, cost.PREDICT_MS, alarms) for n in cost.MONTHS]
    for name in months[0]:
        row = " | ".join(f"{month[name]:,.2f}" for month in months)
        assert f" | {row} |" in GUIDE, (name, row)
    total = " | ".join(f"**{sum(month.values()):,.2f}**" for month in months)
    assert f" | {total} |" in GUIDE, total


def _anchors(page: str) -> set[str]:
    """Where links into a page may point to: its headings, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_paths_of_a_page_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not link.startswith("https://"):
            place, _, anchor = link.partition("#")
            target = (page.parent / place).resolve() if place else page
            assert target.exists(), link
            assert not anchor or anchor in _anchors(target.read_text(encoding="utf-8")), link
    folders = r"docs|tests|cli|layers|functions|events|\.ci|\.github"
    for path in re.findall(rf"`((?:{folders})/[\w./-]+)`", text):
        assert (PROJECT / path).exists(), path
