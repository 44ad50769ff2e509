"""Every finding, by a file that has it and is otherwise in order."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from fraud.domain.errors import DatasetError
from fraud.domain.findings import Level
from fraud_training.ingest.findings import LEVELS, DatasetRejected
from fraud_training.ingest.problems import MAX_BAD_ROWS


@pytest.fixture
def rejected(read):
    """The error of a file that must not be trained on."""

    def _rejected(data: bytes, **options: object) -> DatasetRejected:
        with pytest.raises(DatasetRejected) as caught:
            read(data, **options)
        return caught.value

    return _rejected


def codes(findings) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "empty_file", "empty"),
        (b"\xef\xbb\xbf", "empty_file", "empty"),
        (b" \r\n\n", "empty_file", "empty"),
        (b"<!DOCTYPE html><html>Sign in</html>", "html_page", "log-in"),
        (b"\n  <HTML><body>404</body>", "html_page", "link of the file itself"),
        (b"PK\x03\x04rest", "not_csv", "zip archive or an Excel workbook"),
        (b"PAR1rest", "not_csv", "Parquet"),
        (b'{"rows": []}', "not_csv", "JSON"),
        (b"step,type\0\0\0", "not_csv", "binary"),
        (b"x" * 70_000 + b"\n1\n", "not_csv", "first line is longer"),
        (b'step,"type\n1,2\n', "not_csv", "header line is not valid CSV"),
        ("step,type\n".encode("utf-16"), "wrong_encoding", "UTF-16"),
        ("step,type\n1,DEBIT\n".encode("utf-16-le"), "wrong_encoding", "UTF-16"),
        ("step,größe\n1,2\n".encode("latin-1"), "wrong_encoding", "byte 7"),
        (b"step,type\r1,DEBIT\r", "wrong_line_ends", "LF or CRLF"),
        (b"a,b,c\n1,2,3\n", "missing_columns", "must be a header"),
        (b"step;type;amount\n1;DEBIT;2\n", "missing_columns", "semicolons"),
    ],
)
def test_what_is_not_a_dataset_is_named(rejected, data, code, says) -> None:
    error = rejected(data)
    assert error.code == code
    assert says in error.message


def test_missing_columns_are_listed(rejected, paysim) -> None:
    error = rejected(paysim.without("amount", "newbalanceDest"))
    assert error.code == "missing_columns"
    assert "lacks amount, newbalanceDest;" in error.message


def test_missing_and_doubled_columns_are_reported_together(rejected) -> None:
    error = rejected(b"step,step,type,amount,isFraud\n")
    assert codes(error.findings) == ["duplicate_headers", "missing_columns"]
    assert error.findings[0].column == "step"


@pytest.mark.parametrize(
    ("row", "code", "column", "says"),
    [
        ("1,DEBIT,2.5,100", "ragged_rows", None, "first in line 9 (4 fields)"),
        ("1,DEBIT,2.5,100,0,0", "ragged_rows", None, "first in line 9 (6 fields)"),
        ('1,"DEBIT,2.5,100,0', "ragged_rows", None, "quotes are not closed"),
        ('1,DEBIT,"2\n5",100,0', "ragged_rows", None, "quotes are not closed"),
        ("1,DEBIT,,100,0", "missing_values", "amount_log", "line 9"),
        ("1,DEBIT,NaN,100,0", "missing_values", "amount_log", "line 9"),
        ("1,,2.5,100,0", "unknown_types", "type", "('')"),
        ("1,DEBIT,2.5,100,", "missing_values", "is_fraud", "line 9"),
        ("1,DEBIT,2.5,1_000,0", "unparseable_numbers", "amount_dest", "line 9 ('1_000')"),
        ("1,DEBIT,2.5,1.2.3,0", "unparseable_numbers", "amount_dest", "('1.2.3')"),
        ("1,DEBIT,.,100,0", "unparseable_numbers", "amount_log", "('.')"),
        ("1,DEBIT,٣,100,0", "unparseable_numbers", "amount_log", "('٣')"),
        ("1,DEBIT,0x1A,100,0", "unparseable_numbers", "amount_log", "('0x1A')"),
        ("1,DEBIT,2.5," + "9" * 100 + ",0", "values_out_of_range", "amount_dest", "1 row"),
        ("1,DEBIT,2.5,-Infinity,0", "infinite_values", "amount_dest", "line 9"),
        ("1,DEBIT,2.5,1e999,0", "infinite_values", "amount_dest", "('1e999')"),
        ("1,DEBIT,2.5,-0.01,0", "negative_values", "amount_dest", "('-0.01')"),
        ("1,DEBIT,35,100,0", "values_out_of_range", "amount_log", "to 34.5388"),
        ("32,DEBIT,2.5,100,0", "values_out_of_range", "day_of_month", "days from 1 to 31"),
        ("0,DEBIT,2.5,100,0", "values_out_of_range", "day_of_month", "('0')"),
        ("-3,DEBIT,2.5,100,0", "values_out_of_range", "day_of_month", "('-3')"),
        ("1.5,DEBIT,2.5,100,0", "values_out_of_range", "day_of_month", "whole days"),
        ("1,debit,2.5,100,0", "unknown_types", "type", "('debit')"),
        ("1,TRANSFERS,2.5,100,0", "unknown_types", "type", "CASH_IN, DEBIT"),
        ("1,DEBIT,2.5,100,2", "bad_labels", "is_fraud", "('2')"),
        ("1,DEBIT,2.5,100,True", "bad_labels", "is_fraud", "('True')"),
    ],
)
def test_a_bad_row_gives_its_one_finding(rejected, basic, row, code, column, says) -> None:
    error = rejected(basic.with_row(row))
    errors = [f for f in error.findings if f.level is Level.ERROR]
    assert [(f.code, f.column) for f in errors if f.code != "ragged_rows" or column is None] == [
        (code, column)
    ]
    assert error.code == errors[0].code
    assert says in errors[0].message


def test_a_file_that_is_bad_in_three_ways_gets_three_findings(rejected, paysim) -> None:
    rows = list(paysim.rows)
    rows[3] = rows[3].replace(",0,0", ",0,0,7").replace(",1,0", ",1,0,7")
    rows[10] = "744,WIRE,1.00,C1,0,0,M1,0,0,0,0"
    rows[11] = "744,DEBIT,-1.00,C1,0,0,M1,0,0,0,0"
    rows[12] = "744,DEBIT,-2.00,C1,0,0,M1,0,0,0,0"
    error = rejected(paysim.bytes(rows))
    assert [(f.code, f.column, f.rows) for f in error.findings] == [
        ("ragged_rows", None, 1),
        ("unknown_types", "type", 1),
        ("negative_values", "amount", 2),
    ]
    assert error.code == "ragged_rows"
    assert error.message.endswith("Also found: unknown_types, negative_values.")
    assert isinstance(error, DatasetError)


def test_unknown_types_are_listed(rejected, basic) -> None:
    rows = [*basic.rows, "1,WIRE,2.5,100,0", "1,CARD,2.5,100,0", "1,WIRE,2.5,100,0"]
    (found,) = (f for f in rejected(basic.bytes(rows)).findings if f.code == "unknown_types")
    assert "('WIRE', 'CARD')" in found.message
    assert found.rows == 3


def test_latin_1_bytes_are_located(rejected, paysim) -> None:
    row = paysim.rows[7].replace(",C7,", ",Größe,")
    data = paysim.with_row(row).decode().encode("latin-1")
    error = rejected(data)
    assert error.code == "wrong_encoding"
    assert "1 row not UTF-8, first in line 9" in error.message


def test_a_negative_amount_is_an_error_and_an_overdraft_is_not(read, rejected, paysim) -> None:
    overdrawn = read(paysim.with_row("744,DEBIT,1.00,C1,-5.25,-6.25,M1,0,0,0,0"))
    found = [(f.code, f.level, f.column) for f in overdrawn.findings]
    assert ("negative_balances", Level.WARNING, "oldbalanceOrg") in found
    assert rejected(paysim.with_row("744,DEBIT,-1,C1,0,0,M1,0,0,0,0")).code == "negative_values"
    below = rejected(paysim.with_row("744,DEBIT,1,C1,-1e16,0,M1,0,0,0,0"))
    assert below.code == "values_out_of_range"


def test_too_little_data_is_refused(rejected, basic) -> None:
    few = rejected(basic.bytes(basic.rows[:99]))
    assert codes(few.findings)[:2] == ["too_few_rows", "too_few_of_a_class"]
    legitimate = [row for row in basic.rows if row.endswith(",0")]
    frauds = [row for row in basic.rows if row.endswith(",1")]
    one_class = rejected(basic.bytes(legitimate))
    assert one_class.code == "single_class"
    assert "no frauds" in one_class.message
    assert rejected(basic.bytes([*legitimate, *frauds[:49]])).code == "too_few_of_a_class"
    assert "49 frauds" in rejected(basic.bytes([*legitimate, *frauds[:49]])).message
    assert rejected(basic.bytes([])).code == "too_few_rows"


def test_fifty_frauds_are_enough(read, basic) -> None:
    legitimate = [row for row in basic.rows if row.endswith(",0")]
    frauds = [row for row in basic.rows if row.endswith(",1")][:50]
    assert read(basic.bytes([*legitimate, *frauds])).frauds == 50


def test_extra_columns_are_ignored_with_a_warning(read, basic) -> None:
    data = b"".join(
        line + (b",city\n" if i == 0 else b",Ulm\n")
        for i, line in enumerate(basic.bytes().splitlines())
    )
    (found,) = read(data).findings
    assert (found.code, found.level, found.column) == ("extra_columns", Level.WARNING, "city")


def test_names_and_flag_of_paysim_may_be_absent(read, paysim) -> None:
    spool = read(paysim.without("nameOrig", "nameDest", "isFlaggedFraud"))
    assert spool.rows == 400
    (found,) = spool.findings
    assert (found.code, found.level) == ("absent_columns", Level.INFO)
    assert "nameOrig, nameDest, isFlaggedFraud" in found.message


def test_constant_doubled_and_repeated_data_are_warned_of(read, paysim) -> None:
    rows = []
    for row in paysim.rows:
        f = row.split(",")
        f[5], f[7] = f[4], "7"
        rows.append(",".join(f))
    spool = read(paysim.bytes([*rows, *rows[:8]]))
    assert [(f.code, f.column, f.rows) for f in spool.findings] == [
        ("constant_column", "oldbalanceDest", None),
        ("duplicate_column", "newbalanceOrig", None),
        ("duplicated_rows", None, 8),
    ]


def test_a_fraud_rate_that_drifts_is_warned_of_with_both_rates(read, basic) -> None:
    rows = [
        re.sub(r"\d$", str(int(i % (20 if i < 200 else 2) == 0)), row)
        for i, row in enumerate(basic.rows)
    ]
    (found,) = read(basic.bytes(rows)).findings
    assert found.code == "fraud_rate_drift"
    assert re.search(r"\d\.\d+% in day_of_month 1 to", found.message)
    assert "split by time" in found.message


def test_a_clean_file_has_no_findings(read, basic, paysim) -> None:
    assert read(basic.bytes()).findings == ()
    assert read(paysim.bytes()).findings == ()


def test_gzip_faults_are_told_apart(rejected, basic) -> None:
    packed = gzip.compress(basic.bytes())
    assert rejected(packed[:-20]).code == "gzip_damaged"
    assert rejected(packed[:-8] + bytes(8)).code == "gzip_damaged"
    assert rejected(gzip.compress(packed)).code == "gzip_nested"
    assert rejected(packed, max_bytes=1000).code == "gzip_too_large"


def test_a_bomb_of_zeros_is_refused_at_once(rejected) -> None:
    assert rejected(gzip.compress(bytes(50_000_000))).code in {"not_csv", "empty_file"}


def test_garbage_stops_the_reading_long_before_its_end(rejected, paysim, tmp_path: Path) -> None:
    seen: list[float] = []
    rows = ["garbage,garbage"] * (120 * MAX_BAD_ROWS)
    error = rejected(paysim.bytes(rows), on_progress=seen.append)
    assert error.code == "ragged_rows"
    assert seen[-1] < 1
    assert not (tmp_path / "spool").exists()


def test_an_endless_line_stops_the_reading(rejected, paysim) -> None:
    data = paysim.bytes() + b"x" * 40_000_000
    assert rejected(data).code == "not_csv"


def test_every_code_in_the_table_is_covered_here() -> None:
    here = Path(__file__)
    shards = here.parents[1] / "shards" / "test_weighing.py"
    tests = "".join(file.read_text() for file in (here, here.with_name("test_leaks.py"), shards))
    assert [code for code in LEVELS if f'"{code}"' not in tests] == []
