"""The original's way of serving: Flask, encoder and forest unpickled at every request.

`original_server.py PICKLES_DIR PORT`.
"""

import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler, run_simple

CATEGORIES = ["day_of_month", "type"]
NUMBERS = ["amount_log", "amount_dest"]

app = Flask(__name__)
_pickles = Path(sys.argv[1])


class KeepAlive(WSGIRequestHandler):
    """One connection for all requests, as the others have."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Say nothing."""


@app.post("/api/v1/model/predict")
def predict() -> Response:
    """Score one transaction."""
    features = pd.DataFrame([request.get_json()])
    encoder = joblib.load(_pickles / "encoder.pkl")
    forest = joblib.load(_pickles / "forest.pkl")
    X = np.hstack([encoder.transform(features[CATEGORIES]), features[NUMBERS].to_numpy()])
    return jsonify(predictions=forest.predict(X).tolist())


if __name__ == "__main__":
    run_simple("127.0.0.1", int(sys.argv[2]), app, request_handler=KeepAlive)
