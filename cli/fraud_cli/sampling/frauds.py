"""What fraudsters do: take over an account, move its money to a mule, cash out there.

A case opens with a transfer out of a victim's account (sometimes cash straight out of it): all
of the balance, most of it, or a sum like anybody's. Some victims are robbed again in the following
hours. Every transfer goes to a mule, who takes the money out within hours, in one part or two.
"""

import numpy as np
from numpy.typing import NDArray

from fraud_cli.sampling.population import Accounts, Cents, Population
from fraud_cli.sampling.transactions import (
    MIN_CENTS,
    Kind,
    Transactions,
    concatenated,
    wished_amount,
)

_CANDIDATES = 16  # fraudsters look at this many accounts and take over the richest
_MULE_CANDIDATES = 6  # and send the money to the poorest of these
_WHOLE, _MOST = 0.5, 0.74  # cumulative: all of it, most of it, else a sum like anybody's
_DIRECT = 0.12  # cases that take cash straight from the victim
_AGAIN = 0.15  # victims robbed again
_SPLIT = 0.3  # mules who cash out in two parts
_EVERYTHING = 0.5  # mules who take out their own money too
_COUNTER_SHARE = 0.75  # no account on the other side that could be frozen
_MAX_DELAY = 6  # slots between one row of a case and the next
_ALL_CENTS = np.iinfo(np.int64).max

_NOTHING = np.empty(0, dtype=np.int64)

_FOLLOW_UP = np.dtype(
    [("due", np.int64), ("account", np.int64), ("cents", np.int64), ("is_mule", np.bool_)]
)
FollowUps = NDArray[np.void]


class FraudRing:
    """Commits a fixed number of frauds, each case's rows hours apart.

    Parameters
    ----------
    population : Population
        The accounts to rob.
    total : int
        Frauds to commit in the whole file.
    rng : numpy.random.Generator
        Source of chance.
    """

    def __init__(self, population: Population, total: int, rng: np.random.Generator) -> None:
        self.committed = 0
        self._population = population
        self._total = total
        self._rng = rng
        self._pending: FollowUps = np.empty(0, dtype=_FOLLOW_UP)

    def strike(self, slot: int, due: int) -> Transactions:
        """Return this batch's frauds: follow-ups whose time has come, and new cases.

        Parameters
        ----------
        slot : int
            The half hour of the month.
        due : int
            Frauds that should have been committed by now; new cases make up what is missing.
        """
        follow = self._follow_ups(slot)
        missing = max(0, due - self.committed - len(follow))
        if not len(follow) and not missing:
            return _frauds(Kind.TRANSFER, _NOTHING, _NOTHING, _NOTHING)
        again, mules = follow[~follow["is_mule"]], follow[follow["is_mule"]]
        victims = self._victims(missing)
        direct = self._rng.random(len(victims)) < _DIRECT
        robbed = np.concatenate([again["account"], victims[~direct]])
        parts = [
            self._cash_outs(mules["account"], mules["cents"]),
            self._cash_outs(victims[direct], self._loot(victims[direct])),
            self._transfers(robbed, slot),
        ]
        strike = concatenated(parts)
        self.committed += len(strike)
        return strike

    def _follow_ups(self, slot: int) -> FollowUps:
        ready = np.flatnonzero(self._pending["due"] <= slot)
        account = self._pending["account"][ready]
        # An account takes part once in a batch; its other follow-ups wait for the next one.
        once = ready[np.sort(np.unique(account, return_index=True)[1])]
        funded = self._population.balance[self._pending["account"][once]] >= MIN_CENTS
        chosen: FollowUps = self._pending[once[funded]][: self._total - self.committed]
        rest = np.ones(len(self._pending), dtype=np.bool_)
        rest[once] = False
        self._pending = self._pending[rest]
        self._population.take(chosen["account"])
        return chosen

    def _victims(self, count: int) -> Accounts:
        richest = self._pick(count, _CANDIDATES, sign=1)
        funded = self._population.balance[richest] >= MIN_CENTS
        return richest[funded]

    def _pick(self, count: int, candidates: int, *, sign: int) -> Accounts:
        drawn = self._population.draw_customers(count * candidates).reshape(count, candidates)
        best = np.argmax(sign * self._population.balance[drawn], axis=1)
        picked: Accounts = drawn[np.arange(count), best]
        self._population.release(drawn.ravel())
        self._population.take(picked)
        return picked

    def _loot(self, victims: Accounts) -> Cents:
        balance = self._population.balance[victims]
        chance = self._rng.random(len(victims))
        most = np.rint(balance * self._rng.uniform(0.5, 0.99, len(victims))).astype(np.int64)
        kind = np.full(len(victims), Kind.TRANSFER, dtype=np.int8)
        usual = wished_amount(kind, self._population.wealth[victims], self._rng)
        loot = np.where(chance < _WHOLE, balance, np.where(chance < _MOST, most, usual))
        return np.minimum(loot, balance)

    def _transfers(self, victims: Accounts, slot: int) -> Transactions:
        amount = self._loot(victims)
        mules = self._pick(len(victims), _MULE_CANDIDATES, sign=-1)
        again = self._rng.random(len(victims)) < _AGAIN
        self._schedule(victims[again], amount[again], self._later(slot, int(again.sum())))
        self._schedule_cash_outs(mules, amount, slot)
        return _frauds(Kind.TRANSFER, amount, victims, mules)

    def _schedule_cash_outs(self, mules: Accounts, amount: Cents, slot: int) -> None:
        split = self._rng.random(len(mules)) < _SPLIT
        share = np.where(split, self._rng.uniform(0.3, 0.7, len(mules)), 1.0)
        first = np.rint(amount * share).astype(np.int64)
        everything = ~split & (self._rng.random(len(mules)) < _EVERYTHING)
        first[everything] = _ALL_CENTS
        due = self._later(slot, len(mules))
        self._schedule(mules, first, due, is_mule=True)
        rest = (amount - first)[split]
        due = due[split] + self._later(0, len(rest))
        self._schedule(mules[split], rest, due, is_mule=True)

    def _later(self, slot: int, count: int) -> NDArray[np.int64]:
        return slot + self._rng.integers(1, _MAX_DELAY, count, endpoint=True)

    def _schedule(
        self,
        account: Accounts,
        cents: Cents,
        due: NDArray[np.int64],
        *,
        is_mule: bool = False,
    ) -> None:
        more = np.empty(len(account), dtype=_FOLLOW_UP)
        more["due"], more["account"], more["cents"] = due, account, cents
        more["is_mule"] = is_mule
        self._pending = np.concatenate([self._pending, more])

    def _cash_outs(self, accounts: Accounts, cents: Cents) -> Transactions:
        amount = np.maximum(np.minimum(cents, self._population.balance[accounts]), 1)
        places = self._population.draw_cash_points(len(accounts), counter_share=_COUNTER_SHARE)
        return _frauds(Kind.CASH_OUT, amount, accounts, places)


def _frauds(kind: Kind, amount: Cents, orig: Accounts, dest: Accounts) -> Transactions:
    kinds = np.full(len(amount), kind, dtype=np.int8)
    return Transactions(kinds, amount, orig, dest, np.ones(len(amount), dtype=np.bool_))
