"""The API, as the commands use it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from fraud.domain.prediction_ids import PredictionId
from fraud_cli.answers import ApiError, read_answer, retry_after_s
from fraud_cli.connection import Connection
from fraud_cli.errors import CliError, NoAnswer

TIMEOUT_S = 60.0  # a cold start on a small machine takes seconds
UPLOAD_TIMEOUT_S = 600.0
NOT_TAKEN = frozenset({503, 504})  # the second one is API Gateway's, for a function's
RETRY_AFTER_S = 1.0
LONGEST_WAIT_S = 30.0
MAX_PAGE = 100


class ApiClient:
    """Calls the API and turns its errors into `CliError`."""

    def __init__(
        self, connection: Connection, transport: httpx.BaseTransport | None = None
    ) -> None:
        try:
            self._http = httpx.Client(
                base_url=connection.api_url,
                headers={"X-Api-Key": connection.api_key} if connection.api_key else {},
                timeout=TIMEOUT_S,
                transport=transport,
                trust_env=False,
            )
        except (httpx.InvalidURL, UnicodeEncodeError) as e:
            what = "key has characters that no key has" if isinstance(e, ValueError) else str(e)
            raise CliError(
                f"the API's address or key cannot be used: {what}",
                "check FRAUD_API_URL and FRAUD_API_KEY",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def status(self) -> dict[str, Any]:
        """GET /status."""
        return self._call("GET", "/status")

    def train(self, request: dict[str, Any]) -> int:
        """POST /training; returns the training's id."""
        return int(self._begin("/training", request))

    def training(self, training_id: int) -> dict[str, Any]:
        """GET /training/{id}."""
        return self._call("GET", f"/training/{training_id}")

    def trainings(self, limit: int) -> dict[str, Any]:
        """GET /training, the newest ones."""
        return self._call("GET", f"/training?limit={limit}")

    def predict(self, transaction: dict[str, Any]) -> dict[str, Any]:
        """POST /model/predict."""
        return self._call("POST", "/model/predict", transaction)

    def predictions(self, limit: int, filters: Mapping[str, str | None]) -> list[dict[str, Any]]:
        """GET /predictions, following its pages until there are `limit` or no more.

        Parameters
        ----------
        filters
            Parameters of the route by name; None for those that are not set.
        """
        query = {name: value for name, value in filters.items() if value is not None}
        rows: list[dict[str, Any]] = []
        while True:
            query["limit"] = str(min(limit - len(rows), MAX_PAGE))
            page = self._call("GET", "/predictions", params=query)
            rows += page["predictions"]
            if page["next"] is None or len(rows) >= limit:
                return rows
            query["next"] = page["next"]

    def label(
        self, prediction_id: PredictionId, is_fraud: bool, labelled_at: str | None = None
    ) -> dict[str, Any]:
        """POST /predictions/{prediction_id}/label."""
        body = {"is_fraud": is_fraud} | ({"labelled_at": labelled_at} if labelled_at else {})
        return self._call("POST", f"/predictions/{prediction_id}/label", body)

    def health(self) -> dict[str, Any] | None:
        """GET /model/healthy; None while no model is enabled."""
        try:
            return self._call("GET", "/model/healthy")
        except ApiError as e:
            if e.code == "no_model":
                return None
            raise

    def models(self, limit: int) -> dict[str, Any]:
        """GET /models, the newest ones."""
        return self._call("GET", f"/models?limit={limit}")

    def compare(self, name: str, other: str) -> dict[str, Any]:
        """GET /models/{name}/compare/{other}."""
        return self._call("GET", f"{_model(name)}/compare/{quote(other, safe='')}")

    def promote(self, name: str, reason: str) -> dict[str, Any]:
        """POST /models/{name}/promote."""
        return self._call("POST", f"{_model(name)}/promote", {"reason": reason})

    def rollback(self, reason: str) -> dict[str, Any]:
        """POST /models/rollback, which repeated goes back one champion further: sent with a key."""
        return self._once("/models/rollback", {"reason": reason})

    def challenge(self, name: str, share: float, reason: str) -> dict[str, Any]:
        """POST /models/{name}/challenge."""
        return self._call("POST", f"{_model(name)}/challenge", {"share": share, "reason": reason})

    def withdraw(self, name: str, reason: str) -> dict[str, Any]:
        """POST /models/{name}/withdraw."""
        return self._call("POST", f"{_model(name)}/withdraw", {"reason": reason})

    def archive(self, name: str, reason: str) -> dict[str, Any]:
        """POST /models/{name}/archive."""
        return self._call("POST", f"{_model(name)}/archive", {"reason": reason})

    def replay(self, name: str, since: str, until: str) -> int:
        """POST /models/{name}/replay; returns the replay's id."""
        return int(self._begin(f"{_model(name)}/replay", {"from": since, "to": until}))

    def find_replay(self, replay_id: int) -> dict[str, Any]:
        """GET /replays/{id}."""
        return self._call("GET", f"/replays/{replay_id}")

    def replays(self, limit: int) -> dict[str, Any]:
        """GET /replays, the newest ones."""
        return self._call("GET", f"/replays?limit={limit}")

    def score(self, request: dict[str, Any]) -> str:
        """POST /scoring; returns the scoring's id."""
        return self._begin("/scoring", request)

    def scoring(self, scoring_id: str) -> dict[str, Any]:
        """GET /scoring/{id}."""
        return self._call("GET", f"/scoring/{quote(scoring_id, safe='')}")

    def scoring_parts(self, scoring_id: str) -> Iterator[dict[str, Any]]:
        """GET /scoring/{id}/parts, all pages."""
        path, following = f"/scoring/{quote(scoring_id, safe='')}/parts?limit=100", ""
        while True:
            page = self._call("GET", path + following)
            yield from page["parts"]
            if page["next"] is None:
                return
            following = f"&next={quote(page['next'], safe='')}"

    def scorings(self, limit: int) -> dict[str, Any]:
        """GET /scoring, the newest ones."""
        return self._call("GET", f"/scoring?limit={limit}")

    def cancel_scoring(self, scoring_id: str) -> dict[str, Any]:
        """POST /scoring/{id}/cancel."""
        return self._call("POST", f"/scoring/{quote(scoring_id, safe='')}/cancel", {})

    def upload(self, path: Path) -> str:
        """Upload a local file; returns the link to its copy."""
        answer = self._call("POST", "/datasets", {})
        try:
            with path.open("rb") as file:
                sent = httpx.put(
                    answer["upload_url"], content=file, timeout=UPLOAD_TIMEOUT_S, trust_env=False
                )
            sent.raise_for_status()
        except httpx.HTTPError as e:
            raise CliError(f"uploading {path} failed: {e}") from e
        return str(answer["dataset"])

    def _begin(self, path: str, request: dict[str, Any]) -> str:
        """Ask for a job; gives its id."""
        return str(self._once(path, request)["id"])

    def _once(self, path: str, request: dict[str, Any]) -> dict[str, Any]:
        """Ask for what must happen once.

        Sent once more where no answer comes back; the key makes it happen once all the same.
        """
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        response: httpx.Response | None
        try:
            response = self._http.post(path, json=request, headers=headers)
        except httpx.TransportError:
            response = None
        if response is None or response.status_code in NOT_TAKEN:
            time.sleep(_wait_s(response))
            return self._call("POST", path, request, headers)
        return read_answer(response)

    def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, json=body, headers=headers, params=params)
        except httpx.HTTPError as e:
            raise NoAnswer(
                f"{self._http.base_url} does not answer: {e}",
                "is the stack running? `fraud status` tells, `fraud up` starts it",
            ) from e
        return read_answer(response)


def _wait_s(response: httpx.Response | None) -> float:
    asked = retry_after_s(response) if response is not None else None
    return RETRY_AFTER_S if asked is None else min(asked, LONGEST_WAIT_S)


def _model(name: str) -> str:
    return f"/models/{quote(name, safe='')}"
