"""Yingda: one answering engine behind several wire-compatible dialects."""

__version__ = "0.1.0"
