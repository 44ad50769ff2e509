"""Imports point one way, handlers stay thin, and layers carry only what they may."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "fraud": PROJECT / "layers/core/fraud",
    "fraud_serving": PROJECT / "layers/serving/fraud_serving",
    "fraud_training": PROJECT / "layers/training/fraud_training",
    "fraud_cli": PROJECT / "cli/fraud_cli",
}
# What the Lambda runtime brings (boto3 and what comes with it) is not in any layer.
RUNTIME = {"boto3", "botocore", "s3transfer", "urllib3"}
STUBS = {"mypy_boto3_dynamodb", "mypy_boto3_s3", "mypy_boto3_sqs", "mypy_boto3_stepfunctions"}
CORE = {"fraud", "pydantic", "pydantic_core", "aws_lambda_powertools"} | RUNTIME | STUBS
SERVING = CORE | {"fraud_serving", "numpy", "onnxruntime"}
TRAINING = SERVING | {
    "fraud_training", "joblib", "onnx", "pandas", "scipy", "sklearn", "threadpoolctl",
}  # fmt: skip
ALLOWED = {"fraud": CORE, "fraud_serving": SERVING, "fraud_training": TRAINING}
MAX_MODULE_LINES = 250
MAX_HANDLER_LINES = 60


def imports_of(path: Path) -> set[str]:
    """Full names of what a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {node.module}
    return found


def third_party(path: Path) -> set[str]:
    import sys  # noqa: PLC0415

    return {name.split(".")[0] for name in imports_of(path)} - set(sys.stdlib_module_names)


def modules(package: str) -> list[Path]:
    found = sorted(PACKAGES[package].rglob("*.py"))
    assert found
    return found


def ids(path: Path) -> str:
    return str(path.relative_to(PROJECT))


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_its_layers_carry(package: str) -> None:
    for path in modules(package):
        assert third_party(path) <= ALLOWED[package], ids(path)


def test_the_domain_imports_the_standard_library_and_pydantic() -> None:
    for path in modules("fraud"):
        if path.parent.name == "domain":
            assert third_party(path) <= {"fraud", "pydantic", "pydantic_core"}, ids(path)
            ours = {name for name in imports_of(path) if name.startswith("fraud")}
            assert all(name.startswith("fraud.domain") for name in ours), ids(path)


@pytest.mark.parametrize(
    ("room", "never"),
    [
        ("adapters", ("fraud.services", "fraud.http", "fraud.wiring")),
        ("services", ("fraud.http", "fraud.wiring", "boto3", "botocore")),
        ("http", ("fraud.services", "fraud.wiring", "boto3", "botocore")),
    ],
)
def test_rooms_of_the_core_import_one_way(room: str, never: tuple[str, ...]) -> None:
    for path in modules("fraud"):
        if path.parent.name == room:
            wrong = {name for name in imports_of(path) if name.startswith(never)}
            assert not wrong, f"{ids(path)} imports {wrong}"


@pytest.mark.parametrize("path", sorted(PROJECT.glob("functions/*/app.py")), ids=ids)
def test_handlers_are_thin(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_HANDLER_LINES
    allowed = {"aws_lambda_powertools", "pydantic", "fraud", "fraud_serving", "fraud_training"}
    assert third_party(path) <= allowed
    assert "os" not in imports_of(path)


@pytest.mark.parametrize(
    "path", [p for package in PACKAGES for p in sorted(PACKAGES[package].rglob("*.py"))], ids=ids
)
def test_modules_hold_one_concept(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES
    assert path.stem not in {"utils", "helpers", "common", "manager", "misc"}


def test_nothing_that_serves_unpickles() -> None:
    for package in ("fraud", "fraud_serving"):
        for path in modules(package):
            assert not imports_of(path) & {"pickle", "joblib", "shelve", "marshal"}, ids(path)
