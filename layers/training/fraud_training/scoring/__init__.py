"""Scoring of whole files: ranges of CSV in, the same rows with their scores out.

It reads files as training does, by the same rules for values, so it is where that reader is.
"""
