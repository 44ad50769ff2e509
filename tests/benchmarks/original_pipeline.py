"""The original's training, rebuilt from its description: what ours is measured against.

A random forest with scikit-learn's defaults on four features, of which day and type are one-hot
encoded; the whole file read with pandas; a stratified 60/40 split; F1, precision and recall of the
predicted labels. AUPRC is ours to add: it costs nothing beside the scoring.

`python original_pipeline.py CSV OUT_DIR` trains, keeps encoder and forest as pickles, as its
server loads them, and prints the metrics as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder

CATEGORIES = ["day_of_month", "type"]
NUMBERS = ["amount_log", "amount_dest"]
HELD_OUT = 0.4
SEED = 42
HOURS_PER_DAY = 24
ENCODER_FILE = "encoder.pkl"
FOREST_FILE = "forest.pkl"


def read(path: Path) -> tuple[pd.DataFrame, pd.Series[int]]:
    """Read a PaySim file whole and derive the four features.

    Returns
    -------
    tuple
        Features, shape (n, 4), and labels, shape (n,).
    """
    raw = pd.read_csv(path)
    features = pd.DataFrame(
        {
            "day_of_month": np.ceil(raw["step"] / HOURS_PER_DAY).astype(int),
            "type": raw["type"],
            "amount_log": np.log1p(raw["amount"]),
            "amount_dest": (raw["oldbalanceDest"] - raw["newbalanceDest"]).abs(),
        }
    )
    return features, raw["isFraud"]


def encoded(encoder: OneHotEncoder, features: pd.DataFrame) -> np.ndarray[Any, Any]:
    """The forest's inputs: one column for each day and type, and the two numbers."""
    return np.hstack([encoder.transform(features[CATEGORIES]), features[NUMBERS].to_numpy()])


def train(csv: Path, out_dir: Path) -> dict[str, Any]:
    """Train and evaluate as the original does, and keep what its server loads."""
    started = time.monotonic()
    features, labels = read(csv)
    train_features, test_features, y_train, y_true = train_test_split(
        features, labels, test_size=HELD_OUT, stratify=labels, random_state=SEED
    )
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    encoder.fit(train_features[CATEGORIES])
    forest = RandomForestClassifier(random_state=SEED)
    forest.fit(encoded(encoder, train_features), y_train)
    y_score = forest.predict_proba(encoded(encoder, test_features))[:, 1]
    y_pred = y_score > 0.5  # what predict() does: the likelier class, and the first at a tie
    out_dir.mkdir(parents=True, exist_ok=True)
    joblib.dump(encoder, out_dir / ENCODER_FILE)
    joblib.dump(forest, out_dir / FOREST_FILE)
    return {
        "rows": len(labels),
        "frauds": int(labels.sum()),
        "f1": f1_score(y_true, y_pred),
        "precision": precision_score(y_true, y_pred),
        "recall": recall_score(y_true, y_pred),
        "auprc": average_precision_score(y_true, y_score),
        "seconds": time.monotonic() - started,
    }


if __name__ == "__main__":
    print(json.dumps(train(Path(sys.argv[1]), Path(sys.argv[2]))))
