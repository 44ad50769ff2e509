"""POST /api/v1/model/predict and .../batch: is it fraud, and why?"""

from fraud.cold_start import cold_start_over

from typing import Any

from aws_lambda_powertools.event_handler import Response

from fraud.domain.predictions import BatchAnswer, BatchRequest, PredictionAnswer
from fraud.domain.transactions import Transaction
from fraud.http.api import Api, request_id_of
from fraud.http.rendered import json_response
from fraud.wiring.idempotency import answers
from fraud_serving import predicting as service
from fraud_serving import snapshot, wiring

api = Api("Model", answers=answers)


def _asked() -> service.Asked:
    return service.Asked.now(api.caller.client, request_id_of(api.current_event.raw_event))


@api.described("POST", "/api/v1/model/predict", rendered=PredictionAnswer, idempotent=True)
def post_prediction(transaction: Transaction) -> Response[str]:
    """Score one transaction, with the reasons; it is logged before it is answered."""
    answer = service.predict(transaction.root, _asked(), *wiring.collaborators())
    return json_response(answer)


@api.described("POST", "/api/v1/model/predict/batch", rendered=BatchAnswer, idempotent=True)
def post_prediction_batch(request: BatchRequest) -> Response[str]:
    """Score up to a thousand transactions in order; reasons on request."""
    answer = service.predict_batch(request, _asked(), *wiring.collaborators())
    return json_response(answer)


snapshot.prepare(wiring.champion)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    try:
        return api.resolve(event, context)
    finally:
        cold_start_over()
