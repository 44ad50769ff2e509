"""What a file becomes on disk, whatever its dress."""

from __future__ import annotations

import csv
import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fraud.domain.features import TYPE_CODES
from fraud_training.ingest import source as source_module
from fraud_training.ingest.spool import read_csv

SHARED = Path(__file__).parents[5] / "shared" / "data"
REAL = {
    "paysim1_first_19999.csv": (19_999, 81),
    "paysim1_sample_12651.csv": (12_651, 325),
}


def records(spool) -> np.ndarray:
    return np.concatenate(list(spool.chunks(rows=97)))


def test_basic_values_arrive_exactly(read, basic) -> None:
    spool = read(basic.bytes())
    assert (spool.form, spool.rows, spool.frauds) == ("basic", 400, 100)
    assert spool.columns == ("day_of_month", "type", "amount_log", "amount_dest")
    for record, row in zip(records(spool), csv.reader(basic.rows), strict=True):
        assert record["day_of_month"] == int(row[0])
        assert record["type"] == TYPE_CODES[row[1]]
        assert record["amount_log"] == float(row[2])
        assert record["amount_dest"] == float(row[3])
        assert record["label"] == int(row[4])


def test_paysim_values_arrive_exactly_in_any_column_order(read, paysim) -> None:
    spool = read(paysim.bytes())
    assert spool.columns == (
        "step", "type", "amount", "oldbalanceOrg", "newbalanceOrig", "oldbalanceDest",
        "newbalanceDest",
    )  # fmt: skip
    names = paysim.header.split(",")
    for record, row in zip(records(spool), csv.reader(paysim.rows), strict=True):
        by_name = dict(zip(names, row, strict=True))
        assert record["type"] == TYPE_CODES[by_name["type"]]
        for name in set(spool.columns) - {"type"}:
            assert record[name] == float(by_name[name])
    turned = [",".join(reversed(line.split(","))) for line in (paysim.header, *paysim.rows)]
    again = read(("\n".join(turned) + "\n").encode())
    assert (records(again) == records(spool)).all()


def quoted(data: bytes) -> bytes:
    return b"\n".join(
        b",".join(b'"%b"' % field for field in line.split(b",")) for line in data.splitlines()
    )


@pytest.mark.parametrize(
    "dress",
    [
        pytest.param(lambda data: data.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda data: b"\xef\xbb\xbf" + data, id="byte order mark"),
        pytest.param(lambda data: data.removesuffix(b"\n"), id="no last line end"),
        pytest.param(quoted, id="quoted"),
        pytest.param(lambda data: quoted(data).replace(b"\n", b"\r\n"), id="quoted CRLF"),
        pytest.param(lambda data: data.replace(b",C7,", b',"C7, ""the"" one",'), id="comma"),
        pytest.param(lambda data: data.replace(b",C7,", ",Größe,".encode()), id="umlaut"),
        pytest.param(lambda data: data.replace(b"\n", b"\n\n"), id="empty lines"),
        pytest.param(lambda data: b"\n\r\n" + data, id="empty lines first"),
        pytest.param(lambda data: data.replace(b",", b" , "), id="spaces"),
        pytest.param(gzip.compress, id="gzip"),
        pytest.param(
            lambda data: gzip.compress(data[:999]) + gzip.compress(data[999:]), id="two members"
        ),
    ],
)
def test_the_same_rows_give_the_same_records(read, paysim, dress) -> None:
    plain = records(read(paysim.bytes()))
    data = dress(paysim.bytes())
    spool = read(data)
    assert (records(spool) == plain).all()
    assert spool.sha256 == hashlib.sha256(data).hexdigest()


def test_numbers_may_be_written_in_several_ways(read, basic) -> None:
    ways = {"5": 5, "5.": 5, "5.0": 5, "+5": 5, "05": 5, "5e0": 5, ".5": 0.5, "-0.0": 0.0}
    rows = [f"1,DEBIT,1.5,{text},0" for text in ways]
    tail = records(read(basic.bytes([*basic.rows, *rows])))[-len(ways) :]
    assert tail["amount_dest"].tolist() == list(ways.values())
    assert not np.signbit(tail["amount_dest"]).any()
    assert len(set(tail["key"][:6].tolist())) == 1


def test_blocks_leave_no_trace(read, paysim, monkeypatch) -> None:
    whole = read(paysim.bytes())
    expected = records(whole)
    for size in (700, 1009, 4096):
        monkeypatch.setattr(source_module, "BLOCK_BYTES", size)
        spool = read(paysim.bytes())
        assert (records(spool) == expected).all()
        assert spool.findings == whole.findings


def test_rows_in_another_order_keep_their_keys(read, paysim) -> None:
    keys = records(read(paysim.bytes()))["key"]
    shuffled = np.random.default_rng(3).permutation(400)
    again = records(read(paysim.bytes([paysim.rows[i] for i in shuffled])))["key"]
    assert (again == keys[shuffled]).all()
    assert len(np.unique(keys)) == 400


def test_ten_shards_have_the_keys_of_one_file(read, paysim) -> None:
    rows = [_varied(row, copy).strip() for copy in range(10) for row in paysim.rows]
    whole = records(read(paysim.bytes(rows)))["key"]
    shuffled = np.random.default_rng(3).permutation(len(rows)).reshape(10, -1)
    shards = [records(read(paysim.bytes([rows[i] for i in shard])))["key"] for shard in shuffled]
    assert (np.sort(np.concatenate(shards)) == np.sort(whole)).all()


def test_any_changed_value_changes_the_key(read, paysim) -> None:
    base = "5,DEBIT,10,C1,20,30,M1,40,50,0,0"
    changes = [
        "6,DEBIT,10,C1,20,30,M1,40,50,0,0",
        "5,PAYMENT,10,C1,20,30,M1,40,50,0,0",
        "5,DEBIT,10.01,C1,20,30,M1,40,50,0,0",
        "5,DEBIT,10,C1,30,20,M1,40,50,0,0",
        "5,DEBIT,10,C1,20,30,M1,50,40,0,0",
        "5,DEBIT,10,C1,20,30,M1,40,50,1,0",
    ]
    keys = records(read(paysim.bytes([*paysim.rows, base, *changes])))["key"][-7:]
    assert len(set(keys.tolist())) == 7


def test_progress_rises_to_one(read, paysim, monkeypatch) -> None:
    monkeypatch.setattr(source_module, "BLOCK_BYTES", 2048)
    seen: list[float] = []
    read(paysim.bytes(), on_progress=seen.append)
    assert seen == sorted(seen)
    assert len(seen) > 3
    assert seen[-1] == 1


def test_a_missing_file_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_csv(tmp_path / "none.csv", tmp_path / "spool")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", REAL)
def test_real_files_arrive_exactly(name, tmp_path: Path) -> None:
    file = SHARED / name
    if not file.exists():
        pytest.skip(f"{file} is absent")
    spool = read_csv(file, tmp_path / "spool")
    assert (spool.rows, spool.frauds) == REAL[name]
    assert spool.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    with file.open(newline="") as lines:
        expected = list(csv.DictReader(lines))
    found = records(spool)
    for column in set(spool.columns) - {"type"}:
        assert found[column].tolist() == [float(row[column]) for row in expected]
    assert found["type"].tolist() == [TYPE_CODES[row["type"]] for row in expected]
    assert found["label"].tolist() == [int(row["isFraud"]) for row in expected]


PEAKS = """
import resource, sys
from pathlib import Path
from fraud_training.ingest.spool import read_csv
for file in sys.argv[1:]:
    read_csv(Path(file), Path(file + ".spool"))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_file(paysim, tmp_path: Path) -> None:
    files = []
    for copies in (700, 1400):
        file = tmp_path / f"{copies}.csv"
        with file.open("wb") as out:
            out.write(paysim.bytes())
            for copy in range(copies):
                out.write("".join(_varied(row, copy) for row in paysim.rows).encode())
        files.append(str(file))
    command = [sys.executable, "-c", PEAKS, *files]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    once, twice = map(int, done.stdout.split())
    assert twice < 1.1 * once


def _varied(row: str, copy: int) -> str:
    """The row with another amount, so that the copies differ."""
    step, kind, _, rest = row.split(",", 3)
    return f"{step},{kind},{copy}.25,{rest}\n"
