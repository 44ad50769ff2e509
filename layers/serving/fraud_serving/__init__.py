"""Scoring with ONNX Runtime."""
