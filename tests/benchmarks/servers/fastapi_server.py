"""What people build instead: FastAPI, scikit-learn, the model unpickled once at the start.

`fastapi_server.py JOBLIB_FILE PORT`. The same model as ours, validated as strictly; no reasons and
no log.
"""

import sys
from typing import Annotated, Any, Literal

import joblib
import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

TYPES = ("CASH_IN", "DEBIT", "PAYMENT", "CASH_OUT", "TRANSFER")  # in the order of their codes

app = FastAPI()
_model = joblib.load(sys.argv[1])
_estimator, _calibration = _model["estimator"], _model["calibration"]


class Transaction(BaseModel):
    """The original's four features."""

    model_config = ConfigDict(extra="forbid")

    day_of_month: Annotated[int, Field(ge=1, le=31)]
    type: Literal["CASH_IN", "DEBIT", "PAYMENT", "CASH_OUT", "TRANSFER"]
    amount_log: Annotated[float, Field(ge=0)]
    amount_dest: Annotated[float, Field(ge=0)]


@app.post("/api/v1/model/predict")
async def predict(transaction: Transaction) -> dict[str, Any]:
    """Score one transaction."""
    t = transaction
    X = np.array([[t.day_of_month, TYPES.index(t.type), t.amount_log, t.amount_dest]])
    p = _estimator.predict_proba(X)[0, 1]
    log_odds = _calibration["slope"] * np.log(p / (1 - p)) + _calibration["intercept"]
    probability = float(1 / (1 + np.exp(-log_odds)))
    return {"predictions": [int(probability >= 0.5)], "probability": probability}


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[2]),
        log_level="warning",
        access_log=False,
        timeout_keep_alive=600,  # one connection, idle while the others take their turns
    )
