"""Zip layers without compression for the emulator.

`sam deploy` would compress 230 MB, single-threaded, at every deployment, and every Lambda worker
would expand them again; on one machine neither saves anything. The template is SAM's, but for the
layers' ContentUri, which names a zip instead of a folder.
"""

import zipfile
from pathlib import Path
from typing import Any

import yaml

LAYER = "AWS::Serverless::LayerVersion"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say: equal content makes equal zips


def pack(built_template: Path) -> Path:
    """Zip the built layers, and write a template that names the zips.

    Returns
    -------
    Path
        That template, beside the built one.
    """
    folder = built_template.parent
    template: dict[str, Any] = yaml.safe_load(built_template.read_text(encoding="utf-8"))
    for resource in template["Resources"].values():
        if resource["Type"] == LAYER:
            properties = resource["Properties"]
            source = folder / properties["ContentUri"]
            properties["ContentUri"] = zipped(source).name
    packed = folder / "packed.yaml"
    packed.write_text(yaml.safe_dump(template, sort_keys=False), encoding="utf-8")
    return packed


def zipped(folder: Path) -> Path:
    """Zip a folder's files, uncompressed, to `<folder>.zip`."""
    target = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(folder)), EPOCH)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    return target
