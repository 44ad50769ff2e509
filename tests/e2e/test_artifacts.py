"""What `sam build` made: small enough for Lambda, compiled, complete, and nothing twice."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from fraud_cli.local import tools
from fraud_cli.local.build import Build, local_architecture
from fraud_cli.sampling import write_sample

pytestmark = pytest.mark.e2e

MAX_FUNCTION_BYTES = 250_000_000  # Lambda allows 262,144,000 unpacked, layers included
MAX_PREDICT_BYTES = 125_000_000
UNCHECKED_HASH = 0b01
MAIN_PACKAGES = {
    "CoreLayer": ["aws_lambda_powertools.event_handler", "pydantic", "fraud.http.api"],
    "ServingLayer": ["numpy", "onnxruntime", "fraud_serving"],
    "TrainingLayer": ["sklearn.ensemble", "pandas", "joblib", "onnx", "fraud_training"],
}
ELF_MACHINES = {"x86_64": 62, "arm64": 183}


@pytest.fixture(scope="module")
def built(project_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    logs = tmp_path_factory.mktemp("build")
    build = Build(project_dir)
    build.run(tools.environment("http://127.0.0.1:9", logs), logs / "build.log")
    return build.template.parent


@pytest.fixture(scope="module")
def layers_of(built: Path) -> dict[str, list[str]]:
    """The layers of each function, in the built template."""
    template: dict[str, Any] = yaml.safe_load((built / "template.yaml").read_text(encoding="utf-8"))
    return {
        name: [layer["Ref"] for layer in resource["Properties"]["Layers"]]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def python_with(folders: list[Path], code: str) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter that sees the standard library and these folders only."""
    paths = "\n".join(f"sys.path.insert(0, {str(folder)!r})" for folder in folders)
    command = [sys.executable, "-S", "-I", "-B", "-c", f"import sys\n{paths}\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_function_with_its_layers_fits_into_lambda(
    built: Path, layers_of: dict[str, list[str]]
) -> None:
    sizes = {
        name: size(built / name) + sum(size(built / layer) for layer in layers)
        for name, layers in layers_of.items()
    }
    print("\n".join(f"{name:20} {total:>12,} B" for name, total in sizes.items()))  # noqa: T201
    assert {name: total for name, total in sizes.items() if total >= MAX_FUNCTION_BYTES} == {}
    assert sizes["PredictFunction"] < MAX_PREDICT_BYTES


@pytest.mark.parametrize("layer", list(MAIN_PACKAGES))
def test_layers_are_compiled_so_that_no_import_is_compiled_again(built: Path, layer: str) -> None:
    compiled = list((built / layer).rglob("*.pyc"))
    flags = {int.from_bytes(path.read_bytes()[4:8], "little") for path in compiled}
    assert flags == {UNCHECKED_HASH}
    for source in (built / layer).rglob("*.py"):
        assert (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").is_file(), source


@pytest.mark.parametrize("layer", list(MAIN_PACKAGES))
def test_layers_import_with_nothing_but_the_layers_beside_them(
    built: Path, layers_of: dict[str, list[str]], layer: str
) -> None:
    beside = min((layers for layers in layers_of.values() if layer in layers), key=len)
    folders = [built / name / "python" for name in beside]
    imports = "\n".join(f"import {name}" for name in MAIN_PACKAGES[layer])
    done = python_with(folders, imports)
    assert done.returncode == 0, done.stderr


def test_nothing_is_shipped_twice(built: Path) -> None:
    seen: dict[str, str] = {}
    for layer in MAIN_PACKAGES:
        for path in (built / layer / "python").glob("*.dist-info"):
            name = path.name.split("-")[0]
            assert name not in seen, f"{name} is in {seen[name]} and {layer}"
            seen[name] = layer


def test_libraries_are_for_this_machines_lambda(built: Path) -> None:
    machines = set()
    for layer in MAIN_PACKAGES:
        for library in (built / layer).rglob("*.so*"):
            machines.add(int.from_bytes(library.read_bytes()[18:20], "little"))
    assert machines == {ELF_MACHINES[local_architecture()]}


def test_a_model_is_trained_exported_and_scored_with_the_layers_alone(
    built: Path, layers_of: dict[str, list[str]], tmp_path: Path
) -> None:
    write_sample(tmp_path / "sample.csv", 20_000, seed=2)
    code = f"""
import hashlib, joblib
from pathlib import Path
from fraud_serving.scorer import load_scorer
from fraud_training.fit import FitOptions, fit
out = Path({str(tmp_path)!r})
made = fit(out / "sample.csv", out / "artifacts", FitOptions(), lambda stage, progress: None)
files = {{name: path.read_bytes() for name, path in made.files.items()}}
load_scorer(files, {{name: hashlib.sha256(data).hexdigest() for name, data in files.items()}})
joblib.load(made.files["model.joblib"])
assert made.card.metrics.f1 > 0.4
"""
    folders = [built / layer / "python" for layer in layers_of["TrainerFunction"]]
    done = python_with(folders, code)
    assert done.returncode == 0, done.stderr
