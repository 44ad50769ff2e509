"""The README names every route, command and setting, and the API's description is current."""

import re
from pathlib import Path

import pytest
import typer

from fraud.domain.access import ROUTES
from fraud_cli.api_description import describe_api, render
from fraud_cli.main import app

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


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
