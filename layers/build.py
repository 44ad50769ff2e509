"""Build one Lambda layer: a package of ours and the locked dependencies it needs.

``python layers/build.py LAYER ARTIFACTS_DIR``; ``layers/LAYER/Makefile`` calls it in ``sam build``.

- Versions and hashes come from uv.lock, one dependency group per layer. What an earlier layer of
  the same function carries is left out, so that nothing is shipped twice.
- Bytecode is compiled here, because /var/task and /opt are read-only in Lambda: without it every
  cold start compiles each import again. The pycs are unchecked-hash: a zip does not keep the
  modification times that the default kind compares.
- ``ARCHITECTURE`` (x86_64 or arm64) picks the wheels; like the template's parameter of that name,
  which SAM does not pass on, it is x86_64 by default. AL2023, under Lambda's python3.13, has glibc
  2.34, so manylinux_2_28 wheels run there.
- Installed dependencies are kept in ``.aws-sam/layers`` under a digest of all that decides them;
  a build whose lock, group and architecture did not change only links them.
"""

import argparse
import compileall
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory

import service_models
from elf import strip_symbols

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".aws-sam" / "layers"

PACKAGES = {"core": "fraud", "serving": "fraud_serving", "training": "fraud_training"}
# The layers that stand beside a layer in every function that has it.
BELOW = {"core": [], "serving": ["core"], "training": ["core", "serving"]}

PLATFORMS = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}
DEFAULT_ARCHITECTURE = "x86_64"

# Asked for by a dependency, but never imported by what we call of it.
NOT_NEEDED = {"tzdata"}
TRIM_DIRS = ("tests", "test")
TRIM_SUFFIXES = (".pyi", ".pyx", ".pxd", ".pxi", ".h", ".hpp", ".c", ".cc", ".cpp", ".a", ".cmake",
                 ".proto", ".tp", ".in", ".build")  # fmt: skip
TRIM_PATHS = (
    "bin",
    # CPU dispatch and C extensions that only the libraries' own tests load.
    "numpy/_core/_simd.*.so",
    "numpy/_core/*_tests.*.so",
    "onnx/backend",
    "onnx/reference",
    "onnxruntime/backend",
    # The same code is linked into onnxruntime_pybind11_state.
    "onnxruntime/capi/libonnxruntime.so*",
    "onnxruntime/datasets",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/transformers",
    # Sub-packages that scikit-learn and pandas never import.
    "scipy/cluster",
    "scipy/datasets",
    "scipy/differentiate",
    "scipy/fftpack",
    "scipy/io",
    "scipy/odr",
    "scipy/signal",
    "scipy/stats/_sobol_direction_numbers.npz",
    "scipy/stats/_unuran/unuran_wrapper.*.so",
    "sklearn/datasets",
)
# These ship as bytecode alone, module.pyc where module.py was, without docstrings (`python -OO`):
# 45 MB of the limit that serve tracebacks and help(). joblib reads sources at run time.
SOURCELESS = ("narwhals", "numpy", "pandas", "scipy", "sklearn")
# They only attach docstrings to what is written in C.
EMPTIED = ("numpy/_core/_add_newdocs.py", "numpy/_core/_add_newdocs_scalars.py")
# importlib.metadata reads versions from METADATA; licences go where the code goes.
KEEP_DIST_INFO = re.compile(r"(METADATA|licen[cs]e.*|copying.*|notice.*)$", re.IGNORECASE)


def architecture() -> str:
    """Return the Lambda architecture to build for."""
    name = os.environ.get("ARCHITECTURE") or DEFAULT_ARCHITECTURE
    if name not in PLATFORMS:
        raise SystemExit(f"ARCHITECTURE is {name!r}; it must be one of {', '.join(PLATFORMS)}")
    return name


def exported(layer: str) -> dict[str, str]:
    """Return the locked requirements of a layer's group, hashes included, by package name."""
    command = ["uv", "export", "--frozen", "--only-group", layer, "--no-header", "--no-annotate"]
    text = subprocess.run(  # noqa: S603 - the arguments are this file's own
        [*command, "--project", str(ROOT)], check=True, capture_output=True, text=True
    ).stdout
    lines = text.replace("\\\n", " ").splitlines()
    return {re.split(r"[=<>~ ;\[]", line, maxsplit=1)[0]: line for line in lines if line.strip()}


def requirements(layer: str) -> str:
    """Return what this layer installs: its group without what the layers below it carry."""
    carried = {name for below in BELOW[layer] for name in exported(below)} | NOT_NEEDED
    return "\n".join(line for name, line in exported(layer).items() if name not in carried) + "\n"


def digest(layer: str, arch: str, wanted: str) -> str:
    """Return a digest of everything that decides a layer's installed dependencies."""
    magic = importlib.util.MAGIC_NUMBER.hex()
    code = (path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))
    parts = [layer, arch, magic, wanted, *code]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def install(target: Path, arch: str, wanted: str) -> None:
    """Install the requirements for Lambda, whatever machine this is."""
    listing = target.with_suffix(".txt")
    listing.write_text(wanted, encoding="utf-8")
    command = ["uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--target", str(target), "--requirement", str(listing)]
    command += ["--python-platform", PLATFORMS[arch], "--python-version", "3.13"]
    # Copies, because the files are changed below, and links would change uv's cache.
    command += ["--only-binary", ":all:", "--link-mode", "copy"]
    subprocess.run(command, check=True)  # noqa: S603 - the arguments are this file's own
    listing.unlink()


def install_service_models(target: Path) -> None:
    """Install what botocore needs to know of our services; botocore itself is Lambda's."""
    (botocore,) = (line for name, line in exported("emulator").items() if name == "botocore")
    with TemporaryDirectory() as scratch:
        site = Path(scratch) / "python"
        install(site, architecture(), botocore)
        service_models.write_service_models(site / "botocore" / "data", target)


def superfluous(site: Path) -> Iterator[Path]:
    """Yield what a running function never reads."""
    for pattern in TRIM_PATHS:
        yield from site.glob(pattern)
    for path in site.rglob("*"):
        if path.is_dir():
            if path.name in TRIM_DIRS or path.name == "__pycache__":
                yield path
        elif path.suffix in TRIM_SUFFIXES or path.name in {".lock", "py.typed", "conftest.py"}:
            yield path
    for info in site.glob("*.dist-info"):
        yield from (p for p in info.iterdir() if not KEEP_DIST_INFO.match(p.name))


def trim(site: Path) -> None:
    """Remove what a running function never reads."""
    for path in list(superfluous(site)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def compile_all(tree: Path, *, keep_sources: bool = True) -> None:
    """Byte-compile a tree below ``python/`` under the name that it has in Lambda.

    Without sources the pycs take their place, and carry no docstrings.
    """
    layer = next(path for path in (tree, *tree.parents) if path.name == "python").parent
    done = compileall.compile_dir(
        tree,
        quiet=1,
        stripdir=str(layer),
        prependdir="/opt",
        legacy=not keep_sources,
        optimize=0 if keep_sources else 2,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    if not done:
        raise SystemExit(f"byte-compiling {tree} failed")
    if not keep_sources:
        for source in tree.rglob("*.py"):
            source.unlink()


def dependencies(layer: str) -> Path:
    """Return the layer's installed, trimmed and compiled dependencies, made if need be."""
    arch, wanted = architecture(), requirements(layer)
    kept = CACHE / f"{layer}-{arch}-{digest(layer, arch, wanted)}"
    if kept.is_dir():
        return kept
    partial = CACHE / f"{kept.name}.{os.getpid()}"
    site = partial / "python"
    site.mkdir(parents=True)
    install(site, arch, wanted)
    trim(site)
    if layer == "core":
        install_service_models(site / "aws_service_models")
    for library in site.rglob("*.so*"):
        strip_symbols(library)
    for path in filter(Path.is_file, (site / name for name in EMPTIED)):
        path.write_bytes(b"")
    for package in filter(Path.is_dir, (site / name for name in SOURCELESS)):
        compile_all(package, keep_sources=False)
    compile_all(site)
    for old in CACHE.glob(f"{layer}-{arch}-*"):
        if old != partial:
            shutil.rmtree(old, ignore_errors=True)
    partial.rename(kept)
    return kept


def link_or_copy(source: str, target: str) -> None:
    """Hard-link a file: a layer is 150 MB and nothing writes into a build afterwards."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def build(layer: str, artifacts: Path) -> None:
    """Put a layer's dependencies and package into the directory that SAM zips."""
    shutil.rmtree(artifacts / "python", ignore_errors=True)
    shutil.copytree(dependencies(layer), artifacts, copy_function=link_or_copy, dirs_exist_ok=True)
    package = PACKAGES[layer]
    # Compiled beside the dependencies' directory, so that only our own files are compiled again.
    staging = artifacts / "staging" / "python"
    shutil.copytree(
        ROOT / "layers" / layer / package,
        staging / package,
        ignore=shutil.ignore_patterns("__pycache__", "*.pyc"),
    )
    compile_all(staging)
    (staging / package).rename(artifacts / "python" / package)
    shutil.rmtree(artifacts / "staging")


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("layer", choices=sorted(PACKAGES))
    parser.add_argument("artifacts", type=Path)
    arguments = parser.parse_args()
    build(arguments.layer, arguments.artifacts.resolve())


if __name__ == "__main__":
    main()
