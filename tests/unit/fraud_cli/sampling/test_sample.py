"""The generated file: counts, balances, rhythm, frauds, reproducibility."""

import gzip
import hashlib
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import train_test_split

from fraud_cli.sampling import SampleSummary, write_sample
from fraud_cli.sampling.population import MAX_ACCOUNTS, Population

COLUMNS = [
    "step",
    "type",
    "amount",
    "nameOrig",
    "oldbalanceOrg",
    "newbalanceOrig",
    "nameDest",
    "oldbalanceDest",
    "newbalanceDest",
    "isFraud",
    "isFlaggedFraud",
]
KINDS = ["CASH_IN", "CASH_OUT", "DEBIT", "PAYMENT", "TRANSFER"]
MONEY = [name for name in COLUMNS if name == "amount" or "balance" in name]
ROWS = 30_000


def cents(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns((pl.col(MONEY) * 100).round().cast(pl.Int64))


def balances_by_account(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per appearance of a customer: the balance before and after, in file order."""
    row = frame.with_row_index("row")
    sides = [
        row.select("row", "step", pl.col(name).alias("name"), before=old, after=new)
        for name, old, new in [
            ("nameOrig", "oldbalanceOrg", "newbalanceOrig"),
            ("nameDest", "oldbalanceDest", "newbalanceDest"),
        ]
    ]
    return pl.concat(sides).filter(pl.col("name").str.starts_with("C")).sort("row")


def broken_links(frame: pl.DataFrame) -> int:
    """Appearances whose balance is not the one the account was left with."""
    previous = pl.col("after").shift(1).over("name")
    return balances_by_account(frame).filter(pl.col("before") != previous).height


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[SampleSummary, pl.DataFrame]:
    path = tmp_path_factory.mktemp("sample") / "transactions.csv"
    summary = write_sample(path, ROWS, seed=7)
    return summary, pl.read_csv(path)


@pytest.fixture(scope="module")
def frame(sample: tuple[SampleSummary, pl.DataFrame]) -> pl.DataFrame:
    return sample[1]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_has_paysims_columns_in_order(frame: pl.DataFrame) -> None:
    assert frame.columns == COLUMNS


def test_summary_tells_what_the_file_holds(sample: tuple[SampleSummary, pl.DataFrame]) -> None:
    summary, frame = sample
    assert summary.rows == frame.height == ROWS
    assert summary.frauds == frame["isFraud"].sum() == 300
    assert summary.path.exists()
    assert summary.seconds > 0


def test_money_has_two_decimals(sample: tuple[SampleSummary, pl.DataFrame]) -> None:
    text = pl.read_csv(sample[0].path, infer_schema=False)
    for name in MONEY:
        assert text[name].str.contains(r"^\d+\.\d\d$").all(), name


def test_is_sorted_and_spans_the_month(frame: pl.DataFrame) -> None:
    step = frame["step"]
    assert step.is_sorted()
    assert 1 <= step.min() <= 3  # type: ignore[operator]
    assert 740 <= step.max() <= 743  # type: ignore[operator]
    assert step.n_unique() > 700


def test_types_come_in_paysims_shares(frame: pl.DataFrame) -> None:
    share = dict(frame["type"].value_counts(normalize=True).iter_rows())
    expected = {
        "CASH_IN": 0.22,
        "CASH_OUT": 0.35,
        "DEBIT": 0.01,
        "PAYMENT": 0.34,
        "TRANSFER": 0.08,
    }
    assert share == pytest.approx(expected, abs=0.035)


def test_every_balance_follows_from_the_accounts_last_one(frame: pl.DataFrame) -> None:
    assert balances_by_account(cents(frame)).filter(pl.col("name").is_duplicated()).height > ROWS
    assert broken_links(cents(frame)) == 0


def test_replay_notices_a_single_wrong_cent(frame: pl.DataFrame) -> None:
    wrong = cents(frame).with_row_index("row")
    busy = wrong.filter(pl.col("nameOrig").is_duplicated()).row(0, named=True)["row"]
    cent = pl.when(pl.col("row") == busy).then(1).otherwise(0)
    tampered = wrong.with_columns(pl.col("newbalanceOrig") + cent).drop("row")
    assert broken_links(tampered) == 1


def test_both_sides_of_a_row_move_by_its_amount(frame: pl.DataFrame) -> None:
    sign = pl.when(pl.col("type") == "CASH_IN").then(1).otherwise(-1)
    out_of_step = cents(frame).filter(
        (pl.col("newbalanceOrig") - pl.col("oldbalanceOrg") != sign * pl.col("amount"))
        | (
            pl.col("nameDest").str.starts_with("C")
            & (pl.col("newbalanceDest") - pl.col("oldbalanceDest") != -sign * pl.col("amount"))
        )
    )
    assert out_of_step.is_empty()


def test_nobody_overdraws_and_every_amount_is_positive(frame: pl.DataFrame) -> None:
    assert frame.select(pl.col(MONEY).min()).min_horizontal().item() >= 0
    assert frame["amount"].min() >= 0.01  # type: ignore[operator]


def test_merchants_show_no_balance_and_take_all_payments(frame: pl.DataFrame) -> None:
    merchant = frame["nameDest"].str.starts_with("M")
    assert frame.filter(merchant)["newbalanceDest"].max() == 0
    assert frame.filter(merchant)["oldbalanceDest"].max() == 0
    assert merchant.filter(frame["type"] == "PAYMENT").all()
    assert not merchant.filter(frame["type"].is_in(["TRANSFER", "DEBIT"])).any()
    assert frame["nameOrig"].str.contains(r"^C\d{10}$").all()
    assert frame["nameDest"].str.contains(r"^[CM]\d{10}$").all()
    assert not (frame["nameOrig"] == frame["nameDest"]).any()


def test_nights_and_weekends_are_quieter(frame: pl.DataFrame) -> None:
    hour = (frame["step"] - 1) % 24
    day = (frame["step"] - 1) // 24
    night = ((hour >= 1) & (hour <= 5)).sum() / 5
    evening = ((hour >= 16) & (hour <= 20)).sum() / 5
    assert night * 5 < evening
    weekend = (day % 7 >= 5).sum() / (day.unique() % 7 >= 5).sum()
    workday = (day % 7 < 5).sum() / (day.unique() % 7 < 5).sum()
    assert weekend < 0.9 * workday


def test_frauds_are_transfers_and_cash_outs_only(frame: pl.DataFrame) -> None:
    count = dict(frame.filter(pl.col("isFraud") == 1)["type"].value_counts().iter_rows())
    assert set(count) == {"TRANSFER", "CASH_OUT"}
    assert min(count.values()) > 75


def test_frauds_are_spread_over_the_month(frame: pl.DataFrame) -> None:
    week = (frame.filter(pl.col("isFraud") == 1)["step"] - 1) // (24 * 7)
    assert week.value_counts()["count"].head(4).min() > 20  # type: ignore[operator]


def test_most_mules_cash_out_within_hours(frame: pl.DataFrame) -> None:
    fraud = frame.with_row_index("row").filter(pl.col("isFraud") == 1)
    into = fraud.filter(pl.col("type") == "TRANSFER").select("row", "step", mule="nameDest")
    out = fraud.filter(pl.col("type") == "CASH_OUT").select(
        pl.col("row").alias("row_out"), pl.col("step").alias("step_out"), mule="nameOrig"
    )
    chain = into.join(out, on="mule").filter(
        (pl.col("row_out") > pl.col("row")) & (pl.col("step_out") - pl.col("step") <= 6)
    )
    assert chain["row"].n_unique() > 0.85 * into.height


def test_frauds_drain_some_accounts_and_not_others(frame: pl.DataFrame) -> None:
    stolen = frame.filter((pl.col("isFraud") == 1) & (pl.col("type") == "TRANSFER"))
    drained = (stolen["newbalanceOrig"] == 0).mean()
    assert 0.3 < drained < 0.8  # type: ignore[operator]


def test_honest_customers_empty_accounts_at_night_and_move_fortunes_too(
    frame: pl.DataFrame,
) -> None:
    honest = frame.filter((pl.col("isFraud") == 0) & pl.col("type").is_in(["TRANSFER", "CASH_OUT"]))
    emptied = honest.filter(pl.col("newbalanceOrig") == 0)
    assert emptied.height > 300  # more than there are frauds
    assert ((emptied["step"] - 1) % 24 < 6).any()
    median_loot = frame.filter(pl.col("isFraud") == 1)["amount"].median()
    assert (honest["amount"] > median_loot).any()


def test_flags_are_rare_large_transfers(tmp_path: Path) -> None:
    write_sample(tmp_path / "many.csv", 6_000, fraud_rate=0.5)
    frame = pl.read_csv(tmp_path / "many.csv")
    flagged = frame.filter(pl.col("isFlaggedFraud") == 1)
    assert 0 < flagged.height < 0.1 * frame["isFraud"].sum()
    assert (flagged["type"] == "TRANSFER").all()
    assert (flagged["isFraud"] == 1).all()
    assert flagged["amount"].min() > 200_000  # type: ignore[operator]


def test_frauds_can_be_learned_but_not_from_one_column(frame: pl.DataFrame) -> None:
    y_true = frame["isFraud"].to_numpy()
    columns = {
        "day_of_month": np.ceil(frame["step"].to_numpy() / 24),
        "type": frame["type"].cast(pl.Enum(KINDS)).to_physical().to_numpy(),
        "amount_log": np.log1p(frame["amount"].to_numpy()),
        "amount_dest": (frame["newbalanceDest"] - frame["oldbalanceDest"]).abs().to_numpy(),
    }
    for name in ["amount", "step", *[name for name in MONEY if name != "amount"]]:
        auc = roc_auc_score(y_true, frame[name])
        assert max(auc, 1 - auc) < 0.97, name
    X = np.column_stack(list(columns.values()))
    assert len(np.unique(X, axis=1).T) == 4
    X_train, X_test, y_train, y_test = train_test_split(
        X, y_true, test_size=0.4, stratify=y_true, random_state=0
    )
    model = HistGradientBoostingClassifier(categorical_features=[1], max_iter=60, random_state=0)
    y_score = model.fit(X_train, y_train).predict_proba(X_test)[:, 1]
    assert 0.5 < average_precision_score(y_test, y_score) < 0.92


@pytest.mark.parametrize("fraud_rate", [0.0, 0.001, 0.013, 0.5])
def test_realises_the_fraud_rate_exactly(tmp_path: Path, fraud_rate: float) -> None:
    summary = write_sample(tmp_path / "rate.csv", 2_000, fraud_rate=fraud_rate)
    frame = pl.read_csv(tmp_path / "rate.csv")
    assert frame.height == summary.rows == 2_000
    assert frame["isFraud"].sum() == summary.frauds == round(2_000 * fraud_rate)
    assert broken_links(cents(frame)) == 0


@settings(max_examples=10, deadline=None)
@given(
    rows=st.integers(1, 500),
    seed=st.integers(0, 2**63),
    fraud_rate=st.floats(0, 0.5),
    shift=st.floats(0, 1),
)
def test_adds_up_whatever_the_arguments(
    tmp_path_factory: pytest.TempPathFactory,
    rows: int,
    seed: int,
    fraud_rate: float,
    shift: float,
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.csv"
    summary = write_sample(path, rows, seed=seed, fraud_rate=fraud_rate, shift=shift)
    frame = pl.read_csv(path)
    assert frame.height == summary.rows == rows
    assert frame["isFraud"].sum() == summary.frauds
    assert abs(summary.frauds - round(rows * fraud_rate)) <= max(1, 0.01 * rows * fraud_rate)
    assert broken_links(cents(frame)) == 0


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.csv" for index in range(3)]
    for index, seed in enumerate([3, 3, 4]):
        np.random.seed(index)  # must not matter
        write_sample(paths[index], 1_500, seed=seed)
    assert digest(paths[0]) == digest(paths[1])
    assert digest(paths[0]) != digest(paths[2])


def test_shift_moves_amounts_hours_and_types(tmp_path: Path) -> None:
    write_sample(tmp_path / "usual.csv", 8_000)
    write_sample(tmp_path / "moved.csv", 8_000, shift=1.0)
    usual, moved = (pl.read_csv(tmp_path / f"{name}.csv") for name in ("usual", "moved"))

    def facts(frame: pl.DataFrame) -> tuple[float, float, float]:
        cash_in = frame.filter(pl.col("type") == "CASH_IN")["amount"].median()
        night = ((frame["step"] - 1) % 24 < 5).mean()
        transfers = (frame["type"] == "TRANSFER").mean()
        return cash_in, night, transfers  # type: ignore[return-value]

    for before, after in zip(facts(usual), facts(moved), strict=True):
        assert after > 1.8 * before


def test_reports_progress_up_to_the_last_row(tmp_path: Path) -> None:
    seen: list[int] = []
    write_sample(tmp_path / "a.csv", 70_000, on_progress=seen.append)
    assert len(seen) >= 2
    assert seen == sorted(seen)
    assert seen[-1] == 70_000


def test_memory_stops_growing_with_the_population_cap() -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    population = Population(10**9, scale=1.0, rng=rng)
    assert population.accounts == MAX_ACCOUNTS
    assert population.names.n_unique() == len(population.names) == len(population.balance)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rows": 0}, "rows must be at least 1, not 0"),
        ({"seed": -1}, "seed must be 0 or more, not -1"),
        ({"fraud_rate": 0.51}, r"fraud_rate must be from 0 to 0\.5, not 0\.51"),
        ({"fraud_rate": -0.1}, "fraud_rate"),
        ({"fraud_rate": math.nan}, "fraud_rate"),
        ({"shift": 1.5}, r"shift must be from 0 \(none\) to 1, not 1\.5"),
        ({"shift": math.nan}, "shift"),
    ],
)
def test_refuses_arguments_out_of_range(
    tmp_path: Path, arguments: dict[str, float], message: str
) -> None:
    path = tmp_path / "never.csv"
    with pytest.raises(ValueError, match=message):
        write_sample(path, **{"rows": 10, **arguments})  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_gz_holds_the_same_rows_and_is_reproducible(tmp_path: Path) -> None:
    plain, zipped, other = (tmp_path / name for name in ("a.csv", "a.csv.gz", "b.csv.gz"))
    for path in (plain, zipped, other):
        write_sample(path, 700)
    assert gzip.decompress(zipped.read_bytes()) == plain.read_bytes()
    assert digest(zipped) == digest(other)
