import csv
import io
import json

import numpy as np
import pytest

from fraud.domain.errors import DatasetError
from fraud.domain.transactions import BasicTransaction, RawTransaction
from fraud_serving.model_inputs import model_inputs
from fraud_training.ingest.problems import MAX_BAD_ROWS
from fraud_training.scoring.file_scoring import FileScoring
from fraud_training.scoring.rows import PIECE_BYTES, read_rows
from fraud_training.scoring.scored_columns import scored_layout

RAW_FIELDS = ("oldbalanceOrg", "newbalanceOrig", "oldbalanceDest", "newbalanceDest")


def scored(scoring: FileScoring, *blocks: bytes) -> tuple[list[dict[str, str]], str, dict]:
    """The result as a reader of CSV sees it, the refused rows, and the counts."""
    found = list(scoring.score(blocks))
    text = (scoring.header + b"".join(block.scored for block in found)).decode()
    refused = b"".join(block.refused for block in found).decode()
    (counts,) = [block.counts for block in found] if len(found) == 1 else [None]
    return list(csv.DictReader(io.StringIO(text))), refused, counts.model_dump() if counts else {}


def text_of(rows) -> bytes:
    return "".join(f"{row}\n" for row in rows).encode()


@pytest.mark.parametrize("feature_set", ["basic", "transaction"])
def test_a_row_gets_what_the_api_would_answer(models, rows, header, feature_set) -> None:
    model = models[feature_set]
    found, refused, counts = scored(FileScoring(model, header), text_of(rows))
    assert refused == ""
    transactions = [
        RawTransaction(
            step=int(row["step"]),
            type=row["type"],
            amount=float(row["amount"]),
            **{name: float(row[name]) for name in RAW_FIELDS},
        )
        for row in found
    ]
    inputs = model_inputs(transactions, model.feature_set)
    expected = model.decider.decide(model.scorer.score(inputs.X)[1])
    assert [float(row["fraud_probability"]) for row in found] == expected.probability
    assert [int(row["fraud_risk_score"]) for row in found] == expected.risk_score
    assert [row["fraud_outcome"] for row in found] == expected.outcome
    assert len(set(expected.outcome)) == 3
    assert counts["outcomes"] == {o: expected.outcome.count(o) for o in set(expected.outcome)}


def test_the_four_features_are_scored_as_they_are_in_any_order(models) -> None:
    header, row = "amount_dest,note,type,day_of_month,amount_log", "10.5,x,TRANSFER,3,12.25"
    found, _, _ = scored(FileScoring(models["basic"], header), text_of([row]))
    sent = BasicTransaction(day_of_month=3, type="TRANSFER", amount_log=12.25, amount_dest=10.5)
    X = model_inputs([sent], models["basic"].feature_set).X
    probability = models["basic"].decider.decide(models["basic"].scorer.score(X)[1]).probability
    assert [float(found[0]["fraud_probability"])] == probability
    assert found[0]["note"] == "x"


def test_columns_of_the_input_are_kept_as_they_are(models, rows, header) -> None:
    for end in ("\n", "\r\n"):
        text = "".join(row + end for row in rows).encode()
        (block,) = FileScoring(models["basic"], header).score([text])
        for before, after in zip(rows, block.scored.decode().split("\n"), strict=False):
            assert after.startswith((before + ",0.", before + ",1."))


def test_what_a_block_is_changes_nothing(models, rows, header) -> None:
    scoring = FileScoring(models["transaction"], header)
    (whole,) = scoring.score([text_of(rows)])
    pieces = list(scoring.score(text_of(rows[i : i + 7]) for i in range(0, len(rows), 7)))
    assert b"".join(piece.scored for piece in pieces) == whole.scored
    assert type(whole.counts).total(piece.counts for piece in pieces) == whole.counts


def test_bad_rows_here_and_there_change_nothing_in_the_others(models, rows, header) -> None:
    scoring = FileScoring(models["basic"], header)
    mixed = rows * 15
    for at, bad in ((17, "x"), (2_500, ""), (2_501, "1,GIFT" + rows[0][1:]), (5_999, "y,z")):
        mixed[at] = bad
    text = text_of(mixed)
    assert len(text) > 3 * PIECE_BYTES
    (block,) = scoring.score([text])
    pieces = list(scoring.score(text_of(mixed[i : i + 500]) for i in range(0, len(mixed), 500)))
    assert block.scored == b"".join(piece.scored for piece in pieces)
    assert block.refused == b"".join(piece.refused for piece in pieces)
    assert (block.counts.rows, block.counts.refused_rows) == (5_999, 3)


def test_rows_that_cannot_be_scored_are_refused_with_their_reason(models, rows, header) -> None:
    bad = {
        3: ("1,TRANSFER,,C1,1,1,M1,1,1,0,0", "missing_values amount"),
        5: ("1,TRANSFER,1e400,C1,1,1,M1,1,1,0,0", "infinite_values amount"),
        9: ("1,GIFT,5,C1,1,1,M1,1,1,0,0", "unknown_types type"),
        11: ("1,TRANSFER,-5,C1,1,1,M1,1,1,0,0", "negative_values amount"),
        12: ("1,TRANSFER,5", "ragged_rows"),
        13: ("1,TRANSFER,five,C1,1,1,M1,1,1,0,0", "unparseable_numbers amount"),
        14: ('1,TRANSFER,5,"C1,1,1,M1,1,1,0,0', "ragged_rows"),
        15: ("0,TRANSFER,5,C1,1,1,M1,1,1,0,0", "values_out_of_range step"),
    }
    mixed = [bad[i][0] if i in bad else row for i, row in enumerate(rows)]
    found, refused, counts = scored(FileScoring(models["basic"], header), text_of(mixed))
    good = FileScoring(models["basic"], header)
    expected, _, _ = scored(good, text_of(row for i, row in enumerate(rows) if i not in bad))
    assert found == expected
    assert [*csv.reader(io.StringIO(refused))] == [[reason, row] for row, reason in bad.values()]
    assert sum(counts["refused"].values()) == len(bad)
    assert counts["refused"]["ragged_rows"] == 2


def test_no_text_is_no_row(models, header) -> None:
    layout = scored_layout(header, models["basic"].feature_set)
    assert read_rows(b"", layout).lines == []


def test_a_block_without_a_sound_row_is_refused_whole(models, header) -> None:
    (block,) = FileScoring(models["basic"], header).score([b"a,b\n\n1,2\n"])
    assert block.scored == b""
    assert block.counts.model_dump() == {"outcomes": {}, "refused": {"ragged_rows": 2}}


def test_however_many_lines_are_bad_the_sound_rows_behind_them_are_scored(
    models, rows, header
) -> None:
    text = text_of([*rows, *["x"] * (MAX_BAD_ROWS + 1), *rows])
    more = text_of(rows * 30)
    scored_blocks = list(FileScoring(models["basic"], header).score([more, text]))
    counts = scored_blocks[-1].counts
    assert counts.refused == {"ragged_rows": MAX_BAD_ROWS + 1}
    assert sum(counts.outcomes.values()) == 2 * len(rows)


def test_what_overflows_the_models_inputs_is_refused(models, header) -> None:
    row = "1,TRANSFER,1,C1,1e300,1,M1,1,1,0,0"
    (block,) = FileScoring(models["transaction"], header).score([text_of([row])])
    assert sum(block.counts.refused.values()) == 1
    assert block.scored == b""


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+A1", "'+A1"),
        ("-A1", "'-A1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ('"=1+1"', "'=1+1"),
        ('"=HYPERLINK(""http://x"",1)"', '\'=HYPERLINK("http://x",1)'),
        ("-12.5", "-12.5"),
        ("+1e5", "+1e5"),
        ("plain", "plain"),
    ],
)
def test_no_cell_is_a_formula(models, rows, header, cell: str, shown: str) -> None:
    first, *others = rows
    fields = first.split(",")
    fields[3] = cell
    found, _, _ = scored(FileScoring(models["basic"], header), text_of([",".join(fields), *others]))
    assert found[0]["nameOrig"] == shown
    assert found[1]["nameOrig"] == "C1"
    leading = f"note,{header}"
    found, _, _ = scored(FileScoring(models["basic"], leading), text_of([f"{cell},{first}"]))
    assert found[0]["note"] == shown


def test_a_row_with_a_very_long_cell_is_scored_like_any_other(models, rows, header) -> None:
    for note in ("x" * 200_000, f'"{"x," * 100_000}"'):
        text = text_of([f"{note},-1,{rows[0]}", f"y,=1+1,{rows[1]}"])
        for block in (text, text + b"\n"):  # read at once, and line by line
            found, refused, _ = scored(FileScoring(models["basic"], f"note,more,{header}"), block)
            assert refused == ""
            assert [len(row["note"]) for row in found] == [len(note.strip('"')), 1]
            assert [row["more"] for row in found] == ["-1", "'=1+1"]


def test_a_refused_row_is_no_formula_either(models, header) -> None:
    (block,) = FileScoring(models["basic"], header).score([b"=1+1,x\n"])
    assert block.refused == b'ragged_rows,"\'=1+1,x"\n'


def test_reasons_are_those_of_the_api(models, rows, header) -> None:
    model = models["basic"]
    scoring = FileScoring(model, header, with_reasons=True)
    found, _, _ = scored(scoring, text_of(rows[:20]))
    plain, _, _ = scored(FileScoring(model, header), text_of(rows[:20]))
    for with_reasons, without in zip(found, plain, strict=True):
        reasons = with_reasons.pop("fraud_reasons").split("; ")
        assert len(reasons) == 3
        assert all("odds of fraud" in reason for reason in reasons)
        score = float(with_reasons.pop("fraud_probability"))
        assert score == pytest.approx(float(without.pop("fraud_probability")), abs=1e-6)
        assert (
            abs(int(with_reasons.pop("fraud_risk_score")) - int(without.pop("fraud_risk_score")))
            < 2
        )


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("type,amount", "lacks step"),
        ("step,type,amount,amount,oldbalanceDest,newbalanceDest", "2 times"),
        (
            "step,type,amount,oldbalanceDest,newbalanceDest,fraud_outcome",
            "has a column 'fraud_outcome' already",
        ),
    ],
)
def test_a_file_that_cannot_be_scored_says_why(models, header: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        FileScoring(models["basic"], header)


def test_a_damaged_file_ends_the_scoring_instead_of_being_refused_row_by_row(
    models, rows, header
) -> None:
    noise = np.random.default_rng(1).integers(32, 127, 1_000_000, dtype=np.uint8)
    noise[::50] = ord("\n")
    scoring = FileScoring(models["basic"], header)
    with pytest.raises(DatasetError, match="the file is damaged"):
        list(scoring.score([text_of(rows), noise.tobytes()]))


def test_counts_are_json_and_back(models, rows, header) -> None:
    (block,) = FileScoring(models["basic"], header).score([text_of([*rows, "x"])])
    again = type(block.counts).model_validate(json.loads(block.counts.model_dump_json()))
    assert again == block.counts
    assert again.rows == len(rows) + 1
