"""Synthetic transactions in PaySim1's columns: ``fraud sample``."""

from fraud_cli.sampling.sample import SampleSummary, write_sample

__all__ = ["SampleSummary", "write_sample"]
