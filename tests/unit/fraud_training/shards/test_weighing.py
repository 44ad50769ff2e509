"""What is found in shards adds up to what is found in the whole."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fraud.domain.errors import DatasetError
from fraud.domain.findings import Finding
from fraud_training.ingest import spool as ingest
from fraud_training.ingest.duplicates import DuplicateCounter
from fraud_training.ingest.findings import DatasetRejected, finding
from fraud_training.shards.found import Found
from fraud_training.shards.shard import DatasetFile, Shard, shards_of
from fraud_training.shards.weighing import weigh

HEADER = "day_of_month,type,amount_log,amount_dest,is_fraud"
BAD = {
    3: "x,DEBIT,1.5,2,0",
    40: "1,DEBIT,,2,0",
    77: "1,DEBIT,1.5,2",
    120: "1,NONE,1.5,2,0",
    160: "1,DEBIT,1.5,-2,0",
    161: "1,DEBIT,1.5,-3,0",
    230: "1,DEBIT,inf,2,0",
}


def rows(count: int = 400) -> list[str]:
    return [f"{i * 30 // count + 1},DEBIT,{5 + i / 100},7,{int(i % 4 == 0)}" for i in range(count)]


def found_in(files: list[Path], directory: Path) -> list[Finding]:
    """What is found in files that are read one by one, through what is written down of each."""
    shards = shards_of(DatasetFile(str(f), f.stat().st_size, f.read_bytes()[:2]) for f in files)
    written = []
    for shard in shards:
        path = directory / shard.part
        try:
            diagnostics, sha256 = ingest.survey(Path(shard.file), directory / "records")
        except DatasetRejected as e:
            Found(rejected=e.findings).write(path)
        else:
            Found(sha256, diagnostics).write(path)
        written.append((shard, Found.read(path)))
    try:
        return list(weigh(written).findings)
    except DatasetRejected as e:
        return list(e.findings)


def counts(findings: list[Finding]) -> set[tuple[str, str | None, int | None]]:
    return {(f.code, f.column, f.rows) for f in findings}


@given(cuts=st.sets(st.integers(1, 399), max_size=9), repeated=st.integers(0, 30))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_findings_of_shards_are_those_of_one_file(tmp_path_factory, cuts, repeated, write_files):
    directory = tmp_path_factory.mktemp("cut")
    whole = [BAD.get(i, row) for i, row in enumerate(rows())]
    whole[300 : 300 + repeated] = [whole[10]] * repeated
    edges = [0, *sorted(cuts), len(whole)]
    deals = [whole[a:b] for a, b in itertools.pairwise(edges)]
    one = found_in(write_files(directory / "one", HEADER, [whole]), directory)
    many = found_in(write_files(directory / "many", HEADER, deals), directory)
    assert counts(many) == counts(one)
    assert {f.code for f in one} >= {"missing_values", "ragged_rows", "unknown_types"}


def test_shards_without_a_fraud_are_no_finding_where_the_dataset_has_some(tmp_path, write_files):
    ordered = sorted(rows(), key=lambda row: row[-1])
    deals = [ordered[:200], ordered[200:300], ordered[300:]]
    found = found_in(write_files(tmp_path, HEADER, deals), tmp_path)
    assert {f.level for f in found} == {"warning"}


def test_too_few_frauds_are_counted_over_all_shards(tmp_path, write_files):
    legit = [row[:-1] + "0" for row in rows()]
    frauds = [row[:-1] + "1" for row in rows(40)]
    found = found_in(write_files(tmp_path, HEADER, [legit, frauds]), tmp_path)
    assert "There are only 40 frauds in the dataset" in " ".join(f.message for f in found)


def test_every_unreadable_file_is_named_beside_what_is_wrong_in_the_others(tmp_path, write_files):
    files = write_files(tmp_path, HEADER, [[*rows(), "1,DEBIT,,2,0"], [], []])
    files[1].write_text("<html>Sign in</html>")
    files[2].write_bytes(b"\x1f\x8b\x08\x00damaged")
    found = found_in(files, tmp_path)
    by_code = {f.code: f.message for f in found if f.level == "error"}
    assert by_code["html_page"].startswith(f"{files[1]}: The file is a web page")
    assert by_code["gzip_damaged"].startswith(f"{files[2]}: ")
    assert f"first in line 402 of {files[0]}" in by_code["missing_values"]


def test_files_of_two_forms_are_refused(tmp_path, write_files):
    (first,) = write_files(tmp_path / "1", HEADER, [rows()])
    paysim = "step,type,amount,oldbalanceOrg,newbalanceOrig,oldbalanceDest,newbalanceDest,isFraud"
    (second,) = write_files(tmp_path / "2", paysim, [["5,DEBIT,10,20,30,40,50,0"]])
    found = found_in([first, second], tmp_path)
    (mixed,) = [f for f in found if f.code == "mixed_forms"]
    assert str(second) in mixed.message


def test_merged_counters_of_repeated_rows_answer_as_one_that_saw_all():
    rng = np.random.default_rng(1)
    keys = rng.integers(0, 2**64, 40_000, dtype=np.uint64, endpoint=False)
    keys = np.concatenate([keys, keys[:9_000]])
    one = DuplicateCounter(max_keys=1_024)
    one.add(keys)
    parts = [DuplicateCounter(max_keys=1_024) for _ in range(5)]
    for i, part in enumerate(parts):
        part.add(keys[i::5])
    first, *others = parts
    for part in others:
        first.merge(part)
    assert first.duplicated() == one.duplicated()
    assert not one.duplicated()[1]


def test_a_shard_that_was_given_up_is_called_out(write_files, tmp_path):
    files = write_files(tmp_path, HEADER, [rows(), rows()])
    first, second = shards_of(DatasetFile(str(f), 1, b"d") for f in files)
    diagnostics, sha256 = ingest.survey(files[0], tmp_path / "records")
    weighed = weigh([(first, Found(sha256, diagnostics)), (second, None)])
    said = {f.code: f.message for f in weighed.findings}
    assert said["lost_shards"].startswith("1 shard could not be read")
    assert weighed.rows == 400


def shard(number: int) -> Shard:
    return Shard(number=number, file=f"s3://b/{number}.csv", start=0, end=9, size_bytes=9)


def test_of_thousands_of_bad_files_the_first_are_named_and_the_others_counted():
    def refused(code: str, number: int) -> tuple[Shard, Found]:
        return shard(number), Found(rejected=(finding(code, "It is of no use."),))

    found = [refused("missing_columns", n) for n in range(1_300)]
    found += [refused("html_page", n) for n in range(1_300, 1_320)]
    with pytest.raises(DatasetRejected, match=r"s3://b/0\.csv: It is of no use\.") as raised:
        weigh(found)
    told = [f.message for f in raised.value.findings if f.code == "missing_columns"]
    assert told[18:] == ["s3://b/18.csv: It is of no use.", "The same is so of 1,281 files more."]
    pages = [f.message for f in raised.value.findings if f.code == "html_page"]
    assert [p.partition(":")[2].partition(":")[0] for p in pages] == [
        f"//b/{n}.csv" for n in range(1_300, 1_320)
    ]


def test_a_dataset_of_which_no_shard_could_be_read_says_so():
    with pytest.raises(DatasetError, match="None of the dataset's shards") as raised:
        weigh([(shard(0), None), (shard(1), None)])
    assert raised.value.code == "lost_shards"
