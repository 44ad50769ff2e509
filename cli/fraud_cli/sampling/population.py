"""Who transacts: customers, agents and merchants, and the money in their accounts."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Accounts = NDArray[np.int64]
Cents = NDArray[np.int64]

MAX_ACCOUNTS = 500_000
_MIN_ACCOUNTS = 400
_ROWS_PER_ACCOUNT = 4
_AGENT_SHARE = 5  # one account in five belongs to an agent
_MERCHANT_SHARE = 10
_MEDIAN_BALANCE = 300_000_00
_MEDIAN_FLOAT = 1_500_000_00  # agents keep more, to pay others out
_BALANCE_SIGMA = 1.5  # few are rich, and those are the ones worth robbing
_WEALTH_SIGMA = 0.6
# i -> i * step mod prime is one-to-one, so names are unique and do not betray the index.
_NAME_PRIME = 1_000_000_007
_NAME_STEP = 387_420_489
_NAME_BASE = 1_000_000_000


class Population:
    """Accounts by index: customers first, then agents, then merchants.

    Balances are whole cents. A merchant's balance is not known and stays 0, as in PaySim.

    Parameters
    ----------
    rows : int
        Rows of the file; sets the number of accounts, up to `MAX_ACCOUNTS`.
    scale : float
        Factor on everybody's money.
    rng : numpy.random.Generator
        Source of chance.
    """

    def __init__(self, rows: int, *, scale: float, rng: np.random.Generator) -> None:
        accounts = min(max(rows // _ROWS_PER_ACCOUNT, _MIN_ACCOUNTS), MAX_ACCOUNTS)
        agents = accounts // _AGENT_SHARE
        self.accounts = accounts
        self.customers = accounts - agents
        self.merchants = accounts // _MERCHANT_SHARE
        self._rng = rng
        self.wealth = scale * rng.lognormal(0.0, _WEALTH_SIGMA, accounts)
        spread = rng.lognormal(0.0, _BALANCE_SIGMA, accounts)
        median = np.where(np.arange(accounts) < self.customers, _MEDIAN_BALANCE, _MEDIAN_FLOAT)
        self.balance: Cents = np.zeros(accounts + self.merchants, dtype=np.int64)
        self.balance[:accounts] = np.rint(median * self.wealth * spread)
        self.names = self._names(int(rng.integers(_NAME_PRIME)))
        self._taken = np.zeros(accounts, dtype=np.bool_)
        self._claim = np.zeros(accounts, dtype=np.int64)
        self._taken_now: list[Accounts] = []

    def _names(self, offset: int) -> pl.Series:
        index = np.arange(self.accounts + self.merchants, dtype=np.int64)
        number = pl.Series(_NAME_BASE + (index * _NAME_STEP + offset) % _NAME_PRIME)
        prefix = pl.when(pl.Series(index < self.accounts)).then(pl.lit("C")).otherwise(pl.lit("M"))
        return pl.select(prefix + number.cast(pl.String)).to_series()

    def draw_customers(self, count: int) -> Accounts:
        """Return `count` distinct customers who have not taken part yet, the active more often."""
        return self._draw(count, 0, self.customers)

    def draw_merchants(self, count: int) -> Accounts:
        """Return `count` merchants; one may come several times, for it keeps no balance."""
        return self.accounts + _skewed(self._rng, count, self.merchants)

    def draw_cash_points(
        self, count: int, *, counter_share: float | NDArray[np.float64]
    ) -> Accounts:
        """Return where cash changes hands: a merchant's counter or a distinct agent's account."""
        place = self.draw_merchants(count)
        agent = self._rng.random(count) >= counter_share
        place[agent] = self._draw(int(agent.sum()), self.customers, self.accounts)
        return place

    def take(self, accounts: Accounts) -> None:
        """Keep `accounts` from being drawn until `release_all`."""
        self._taken[accounts] = True
        self._taken_now.append(accounts)

    def release(self, accounts: Accounts) -> None:
        """Let `accounts` be drawn again at once."""
        self._taken[accounts] = False

    def release_all(self) -> None:
        """End a batch: every account may take part again."""
        for accounts in self._taken_now:
            self._taken[accounts] = False
        self._taken_now.clear()

    def _draw(self, count: int, low: int, high: int) -> Accounts:
        found: list[Accounts] = [np.empty(0, dtype=np.int64)]
        missing = count
        while missing > 0:
            drawn = low + _skewed(self._rng, missing + missing // 3 + 4, high - low)
            drawn = drawn[~self._taken[drawn]]
            # Whoever's claim is left standing is the one draw of that account that counts.
            order = np.arange(len(drawn))
            self._claim[drawn] = order
            distinct = drawn[self._claim[drawn] == order][:missing]
            self.take(distinct)
            found.append(distinct)
            missing -= len(distinct)
        return np.concatenate(found)


def _skewed(rng: np.random.Generator, count: int, size: int) -> Accounts:
    # u ** 1.5 makes low indexes likelier: some accounts are much more active than others.
    u = rng.random(count)
    index: Accounts = (u * np.sqrt(u) * size).astype(np.int64)
    return index
