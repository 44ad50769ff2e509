"""A feature that gives the label away is found, and only that."""

from __future__ import annotations

import numpy as np

from fraud.domain.features import BASIC, TRANSACTION
from fraud_training.ingest.leaks import LeakRates, draw_for_leaks, leak_findings


def found_in(spool, feature_set):
    rates = LeakRates.reaching(spool.rows, spool.frauds)
    return leak_findings(draw_for_leaks(spool, 1, rates), feature_set)


def test_features_without_a_leak_give_no_warning(read, basic, paysim) -> None:
    assert found_in(read(basic.bytes()), BASIC) == []
    assert found_in(read(paysim.bytes()), TRANSACTION) == []


def test_a_feature_that_orders_the_labels_is_named_with_its_auc(read, basic) -> None:
    rows = []
    for row in basic.rows:
        day, kind, _, dest, label = row.split(",")
        rows.append(f"{day},{kind},{20 - 10 * int(label) + float(dest) / 1e6:.4f},{dest},{label}")
    (found,) = found_in(read(basic.bytes(rows)), BASIC)
    assert (found.code, found.column) == ("label_giveaway", "amount_log")
    assert "ROC AUC 1.000 by itself" in found.message
    assert "after the transaction" in found.message


def test_frauds_between_two_bounds_are_found_by_the_tree(read, paysim) -> None:
    rows = []
    for row in paysim.rows:
        f = row.split(",")
        # Frauds empty the account; others hold more or less than they send.
        f[4] = f[2] if f[9] == "1" else f[4]
        rows.append(",".join(f))
    (found,) = found_in(read(paysim.bytes(rows)), TRANSACTION)
    assert found.column == "origin_shortfall"
    assert "1.000 with a decision tree" in found.message


def test_a_type_that_is_always_fraud_gives_the_label_away(read, basic) -> None:
    rows = [
        ",".join([f[0], "TRANSFER" if f[4] == "1" else "PAYMENT", *f[2:]])
        for f in (row.split(",") for row in basic.rows)
    ]
    (found,) = found_in(read(basic.bytes(rows)), BASIC)
    assert found.column == "type"


def test_overdrawn_accounts_do_not_disturb_the_search(read, paysim) -> None:
    rows = [*paysim.rows, *["700,DEBIT,5,C1,-900,-905,M1,-3,2,0,0"] * 3]
    with np.errstate(all="raise"):
        assert found_in(read(paysim.bytes(rows)), TRANSACTION) == []
