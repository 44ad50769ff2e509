"""However a dataset is cut and ordered, the model and all that is said of it stay the same."""

from __future__ import annotations

import gzip
import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fraud.domain.errors import DatasetError
from fraud_training.fit import FitOptions, FitResult, fit
from fraud_training.shards.local import fit_files

SHARED = Path(__file__).parents[5] / "shared" / "data"


def digest(result: FitResult) -> str:
    return sha256(result.files["model.onnx"].read_bytes()).hexdigest()


def card_of(result: FitResult) -> dict:
    """The card but for times, the name made of one, and the digest of the bytes, which differ."""
    card = json.loads(result.files["card.json"].read_text(encoding="utf-8"))
    del card["name"], card["created_at"], card["metrics"]["time"], card["dataset"]["sha256"]
    return card


def deals(source: Path, count: int, seed: int) -> tuple[str, list[list[str]]]:
    """A file's rows shuffled and dealt out."""
    header, *rows = source.read_text(encoding="utf-8").splitlines()
    rows = list(np.random.default_rng(seed).permutation(rows))
    return header, [rows[i::count] for i in range(count)]


def trained_on(files, out_dir, *, quick=True, shard_bytes=1 << 30, **options) -> FitResult:
    made = FitOptions(quick=quick, **options)
    return fit_files(files, out_dir, made, lambda *_: None, shard_bytes)


@pytest.fixture(scope="module")
def one(source, tmp_path_factory) -> FitResult:
    return fit(source, tmp_path_factory.mktemp("one"), FitOptions(), lambda *_: None)


@pytest.fixture(scope="module")
def quick_one(source, tmp_path_factory) -> FitResult:
    out_dir = tmp_path_factory.mktemp("quick")
    return fit(source, out_dir, FitOptions(quick=True), lambda *_: None)


def test_ten_files_give_the_model_card_and_findings_of_one(one, source, tmp_path, write_files):
    files = write_files(tmp_path / "ten", *deals(source, 10, seed=1))
    ten = trained_on(files, tmp_path / "out", quick=False)
    assert digest(ten) == digest(one)
    assert card_of(ten) == card_of(one)
    assert ten.findings == one.findings
    assert ten.files.keys() == one.files.keys()
    assert ten.files["golden.json"].read_bytes() == one.files["golden.json"].read_bytes()


def test_byte_ranges_of_one_file_give_its_model_card_and_findings(quick_one, source, tmp_path):
    cut = trained_on([source], tmp_path, shard_bytes=source.stat().st_size // 7)
    assert digest(cut) == digest(quick_one)
    assert card_of(cut) == card_of(quick_one)
    assert cut.findings == quick_one.findings


@given(count=st.integers(1, 30), seed=st.integers(0, 2**32), zipped=st.sets(st.integers(0, 29)))
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_dealing_and_order_gives_the_same_card(
    quick_one, source, tmp_path_factory, count, seed, zipped, write_files
):
    directory = tmp_path_factory.mktemp("dealt")
    files = write_files(directory, *deals(source, count, seed))
    for i in zipped & set(range(count)):
        files[i].write_bytes(gzip.compress(files[i].read_bytes()))
    dealt = trained_on(files[::-1], directory / "out")
    assert digest(dealt) == digest(quick_one)
    assert card_of(dealt) == card_of(quick_one)
    assert dealt.findings == quick_one.findings


def test_an_other_seed_gives_another_model(quick_one, source, tmp_path):
    assert digest(trained_on([source], tmp_path, seed=2)) != digest(quick_one)


def test_the_digest_of_a_dataset_depends_on_its_files_and_not_on_their_names(
    source, tmp_path, write_files
):
    header, rows = deals(source, 3, seed=1)
    shas = []
    for name, dealt in (("a", rows), ("b", rows[::-1]), ("c", [*rows[:2], rows[2][1:]])):
        files = write_files(tmp_path / name, header, dealt)
        shas.append(trained_on(files, tmp_path / name / "out").card.dataset.sha256)
    assert shas[0] == shas[1] != shas[2]


def test_a_corrupt_row_is_named_with_its_file_and_line(source, tmp_path, write_files):
    header, dealt = deals(source, 4, seed=1)
    dealt[2][70] = dealt[2][70].replace(",", ",oops", 2)
    files = write_files(tmp_path / "files", header, dealt)
    # Line 72 is the header's and 70 rows' next; pieces of a file count from its start.
    for shard_bytes in (1 << 30, 4_000):
        with pytest.raises(DatasetError) as raised:
            trained_on(files, tmp_path / "out", shard_bytes=shard_bytes)
        assert f"first in line 72 of {files[2]}" in raised.value.message
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("name", ["paysim1_first_19999.csv", "paysim1_sample_12651.csv"])
def test_ten_shards_of_the_public_paysim_files_give_the_model_of_one(name, tmp_path, write_files):
    source = SHARED / name
    if not source.exists():
        pytest.skip(f"{source} is not there")
    one = fit(source, tmp_path / "one", FitOptions(quick=True), lambda *_: None)
    ten = trained_on(write_files(tmp_path / "ten", *deals(source, 10, seed=1)), tmp_path / "out")
    assert digest(ten) == digest(one)
    assert card_of(ten) == card_of(one)
