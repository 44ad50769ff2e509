"""A model is served only when its files are what was registered and answer as at training."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from fraud.domain.errors import ArtifactRejected
from fraud.domain.model_cards import CARD_FILE, GOLDEN_FILE, ONNX_FILE
from fraud_serving.scorer import SERVED_FILES, load_scorer

WEIGHTS = [0.1, -0.5, 0.25, 0.01]


@pytest.fixture
def stored(kit):
    return kit.stored(kit.linear(WEIGHTS, intercept=-1.0))


def test_scores_are_the_models_log_odds_and_their_probability(stored) -> None:
    scorer = load_scorer(stored.files, stored.record.files)
    X = np.array([[1, 2, 3, 4], [31, 4, 12.5, 1e6]], dtype=np.float32)
    log_odds, probability = scorer.score(X)
    expected = X.astype(float) @ WEIGHTS - 1.0
    np.testing.assert_allclose(log_odds, expected, rtol=1e-5)
    np.testing.assert_allclose(probability, 1 / (1 + np.exp(-expected)), atol=1e-6)
    assert log_odds.dtype == probability.dtype == np.float64


@pytest.mark.parametrize("name", SERVED_FILES)
@pytest.mark.parametrize("position", [0, 0.5, 1])
def test_one_flipped_bit_is_rejected_before_parsing(stored, name, position, monkeypatch) -> None:
    content = bytearray(stored.files[name])
    content[int(position * (len(content) - 1))] ^= 1
    stored.files[name] = bytes(content)
    monkeypatch.setattr("fraud_serving.scorer._session", lambda _: pytest.fail("was parsed"))
    monkeypatch.setattr(
        "fraud_serving.scorer.ModelCard.model_validate_json", lambda _: pytest.fail("was parsed")
    )
    with pytest.raises(ArtifactRejected, match=f"{name} was altered"):
        load_scorer(stored.files, stored.record.files)


@pytest.mark.parametrize("name", SERVED_FILES)
def test_a_missing_file_is_rejected(stored, name) -> None:
    del stored.files[name]
    with pytest.raises(ArtifactRejected, match=f"{name} is missing from the artifacts"):
        load_scorer(stored.files, stored.record.files)


@pytest.mark.parametrize("name", SERVED_FILES)
def test_a_file_without_a_registered_digest_is_rejected(stored, name) -> None:
    del stored.record.files[name]
    with pytest.raises(ArtifactRejected, match=f"{name} is missing from the registry"):
        load_scorer(stored.files, stored.record.files)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (ONNX_FILE, b"not a model"),
        (ONNX_FILE, b""),
        (CARD_FILE, b"{}"),
        (CARD_FILE, b"\x80\x04."),
        (GOLDEN_FILE, b"[]"),
        (GOLDEN_FILE, b'{"X": [], "probability": [], "tolerance": 1e-5}'),
        (GOLDEN_FILE, b'{"X": [[1, 2]], "probability": [0.5], "tolerance": 1e-5}'),
        (GOLDEN_FILE, b'{"X": [[1, 2, 3, 4]], "probability": [0.5, 1], "tolerance": 1e-5}'),
        (GOLDEN_FILE, b'{"X": [[1, 2, 3, 4]], "probability": [0.5], "tolerance": 1}'),
    ],
)
def test_an_unreadable_file_is_rejected_though_registered(stored, name, content) -> None:
    stored.register(name, content)
    with pytest.raises(ArtifactRejected):
        load_scorer(stored.files, stored.record.files)


@pytest.mark.parametrize("name", SERVED_FILES)
def test_a_pickle_is_rejected_and_not_run_though_registered(stored, name, tmp_path) -> None:
    canary = tmp_path / "canary"

    class Payload:
        def __reduce__(self):
            return Path.touch, (canary,)

    stored.register(name, pickle.dumps(Payload()))
    with pytest.raises(ArtifactRejected):
        load_scorer(stored.files, stored.record.files)
    assert not canary.exists()
    pickle.loads(stored.files[name])  # noqa: S301 - shows that the payload works
    assert canary.exists()


def test_other_probabilities_than_at_training_are_rejected(stored) -> None:
    golden = json.loads(stored.files[GOLDEN_FILE])
    golden["probability"][3] += 2e-5
    stored.register(GOLDEN_FILE, json.dumps(golden).encode())
    with pytest.raises(ArtifactRejected, match="differ from training by up to 2e-05"):
        load_scorer(stored.files, stored.record.files)


def test_a_model_that_answers_nan_is_rejected(kit) -> None:
    stored = kit.stored(kit.linear([1e38, 1e38, -1e38, -1e38]))
    with pytest.raises(ArtifactRejected):
        load_scorer(stored.files, stored.record.files)


def test_a_model_of_other_inputs_than_its_card_is_rejected(stored, kit) -> None:
    stored.register(ONNX_FILE, kit.linear([1.0, 2.0, 3.0]))
    with pytest.raises(ArtifactRejected, match="4 features"):
        load_scorer(stored.files, stored.record.files)


def test_a_model_without_log_odds_is_rejected(stored) -> None:
    stored.register(ONNX_FILE, stored.files[ONNX_FILE].replace(b"log_odds", b"odds_log"))
    with pytest.raises(ArtifactRejected, match="outputs"):
        load_scorer(stored.files, stored.record.files)
