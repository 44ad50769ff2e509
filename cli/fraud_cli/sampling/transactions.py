"""What a transaction is, what legitimate customers do, and how money is posted.

Inside one batch an account takes part at most once, so a whole batch is posted at once and yet
every balance in the file follows from the one before it.

Nobody overdraws. Who has less than `MIN_CENTS` pays cash in, whatever the plan was; who wants
to spend more than there is empties the account or spends part of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from fraud_cli.sampling.population import Accounts, Cents, Population


class Kind(IntEnum):
    """PaySim's transaction types."""

    CASH_IN = 0
    CASH_OUT = 1
    DEBIT = 2
    PAYMENT = 3
    TRANSFER = 4


Kinds = NDArray[np.int8]

MIN_CENTS = 100
# Chosen so that, with those who must pay in first, shares come out near PaySim1's (CASH_IN 22 %,
# CASH_OUT 35 %, DEBIT 1 %, PAYMENT 34 %, TRANSFER 8 %); in the order of `Kind`.
_MIX = np.array([0.21, 0.355, 0.012, 0.338, 0.085])
_SHIFTED_MIX = np.array([0.18, 0.29, 0.05, 0.24, 0.24])
# Logarithm of the median amount in cents, and spread, before the customer's own wealth.
_MU = np.log(np.array([150_000_00, 80_000_00, 2_500_00, 6_000_00, 150_000_00]))
_SIGMA = np.array([0.8, 0.7, 1.0, 1.0, 0.8])
_COUNTER_SHARE = 0.45
_CLEAR_OUT = 0.008  # honest people close accounts too
_EMPTIES_WHEN_SHORT = 0.4


@dataclass(frozen=True)
class Transactions:
    """A batch before posting: parallel arrays, amounts in cents."""

    kind: Kinds
    amount: Cents
    orig: Accounts
    dest: Accounts
    is_fraud: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.kind)


@dataclass(frozen=True)
class Posted:
    """A batch with the balances before and after it, in cents."""

    transactions: Transactions
    old_orig: Cents
    new_orig: Cents
    old_dest: Cents
    new_dest: Cents


def wished_amount(kind: Kinds, wealth: NDArray[np.float64], rng: np.random.Generator) -> Cents:
    """Draw log-normal amounts (cents) that customers of that wealth would like to move."""
    noise = rng.standard_normal(len(kind))
    wish = np.exp(_MU[kind] + _SIGMA[kind] * noise) * wealth
    return np.maximum(np.rint(wish).astype(np.int64), MIN_CENTS)


def legitimate(
    population: Population, count: int, *, shift: float, rng: np.random.Generator
) -> Transactions:
    """Return what `count` honest customers do next.

    Parameters
    ----------
    population : Population
        Draws who takes part; everybody drawn stays taken until the batch ends.
    count : int
        Rows.
    shift : float
        0 for PaySim's mix of types, 1 for one with three times the transfers.
    rng : numpy.random.Generator
        Source of chance.
    """
    mix = np.cumsum((1 - shift) * _MIX + shift * _SHIFTED_MIX)
    kind = np.searchsorted(mix / mix[-1], rng.random(count), side="right").astype(np.int8)
    orig = population.draw_customers(count)
    balance = population.balance[orig]
    kind[balance < MIN_CENTS] = Kind.CASH_IN
    wish = wished_amount(kind, population.wealth[orig], rng)
    amount = np.where(kind == Kind.CASH_IN, wish, _affordable(kind, wish, balance, rng))
    dest = _destinations(population, kind, amount)
    return Transactions(kind, amount, orig, dest, np.zeros(count, dtype=np.bool_))


def _affordable(kind: Kinds, wish: Cents, balance: Cents, rng: np.random.Generator) -> Cents:
    part = np.rint(balance * rng.uniform(0.05, 0.95, len(wish))).astype(np.int64)
    chance = rng.random(len(wish))
    when_short = np.where(chance < _EMPTIES_WHEN_SHORT, balance, part)
    amount = np.where(wish > balance, when_short, wish)
    leaves = ((kind == Kind.CASH_OUT) | (kind == Kind.TRANSFER)) & (chance > 1 - _CLEAR_OUT)
    return np.maximum(np.where(leaves, balance, amount), 1)


def _destinations(population: Population, kind: Kinds, amount: Cents) -> Accounts:
    dest = population.draw_merchants(len(kind))
    transfer = kind == Kind.TRANSFER
    dest[transfer] = population.draw_customers(int(transfer.sum()))
    cash = np.flatnonzero(~transfer & (kind != Kind.PAYMENT))
    # Debits go to banks, which have an account.
    counter_share = np.where(kind[cash] == Kind.DEBIT, 0.0, _COUNTER_SHARE)
    place = population.draw_cash_points(len(cash), counter_share=counter_share)
    # An agent whose float does not cover a cash-in sends the customer to a counter.
    broke = (kind[cash] == Kind.CASH_IN) & (population.balance[place] < amount[cash])
    dest[cash] = np.where(broke, dest[cash], place)
    return dest


def post(population: Population, transactions: Transactions) -> Posted:
    """Move the money of one batch and return it with the balances before and after."""
    orig, dest = transactions.orig, transactions.dest
    leaving = np.where(transactions.kind == Kind.CASH_IN, -transactions.amount, transactions.amount)
    old_orig, old_dest = population.balance[orig], population.balance[dest]
    new_orig = old_orig - leaving
    new_dest = np.where(dest < population.accounts, old_dest + leaving, 0)
    population.balance[orig] = new_orig
    population.balance[dest] = new_dest
    return Posted(transactions, old_orig, new_orig, old_dest, new_dest)


def joined(batches: Sequence[Posted]) -> Posted:
    """Put posted batches one after the other."""
    return Posted(
        concatenated([batch.transactions for batch in batches]),
        old_orig=np.concatenate([batch.old_orig for batch in batches]),
        new_orig=np.concatenate([batch.new_orig for batch in batches]),
        old_dest=np.concatenate([batch.old_dest for batch in batches]),
        new_dest=np.concatenate([batch.new_dest for batch in batches]),
    )


def concatenated(parts: Sequence[Transactions]) -> Transactions:
    """Put batches one after the other."""
    return Transactions(
        kind=np.concatenate([part.kind for part in parts]),
        amount=np.concatenate([part.amount for part in parts]),
        orig=np.concatenate([part.orig for part in parts]),
        dest=np.concatenate([part.dest for part in parts]),
        is_fraud=np.concatenate([part.is_fraud for part in parts]),
    )


def shuffled(batch: Transactions, rng: np.random.Generator) -> Transactions:
    """Return the rows in random order."""
    order = rng.permutation(len(batch))
    return Transactions(
        kind=batch.kind[order],
        amount=batch.amount[order],
        orig=batch.orig[order],
        dest=batch.dest[order],
        is_fraud=batch.is_fraud[order],
    )
