"""Layers as the emulator gets them."""

import zipfile
from pathlib import Path

import yaml

from fraud_cli.local.packing import LAYER, pack

TEMPLATE = {
    "Resources": {
        "Core": {"Type": LAYER, "Properties": {"ContentUri": "Core", "Description": "kept"}},
        "Status": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"CodeUri": "Status", "Layers": [{"Ref": "Core"}]},
        },
    }
}


def built(folder: Path, content: str) -> Path:
    (folder / "Core" / "python").mkdir(parents=True, exist_ok=True)
    (folder / "Core" / "python" / "module.py").write_text(content, encoding="utf-8")
    template = folder / "template.yaml"
    template.write_text(yaml.safe_dump(TEMPLATE), encoding="utf-8")
    return template


def test_layers_become_zips_and_nothing_else_changes(tmp_path: Path) -> None:
    packed = yaml.safe_load(pack(built(tmp_path, "x = 1")).read_text(encoding="utf-8"))
    core = packed["Resources"]["Core"]["Properties"]
    assert core == {"ContentUri": "Core.zip", "Description": "kept"}
    assert packed["Resources"]["Status"] == TEMPLATE["Resources"]["Status"]
    with zipfile.ZipFile(tmp_path / "Core.zip") as archive:
        assert archive.read("python/module.py") == b"x = 1"


def test_equal_content_makes_equal_zips(tmp_path: Path) -> None:
    zips = []
    for name, content in (("a", "x = 1"), ("b", "x = 1"), ("c", "x = 2")):
        pack(built(tmp_path / name, content))
        zips.append((tmp_path / name / "Core.zip").read_bytes())
    assert zips[0] == zips[1] != zips[2]
