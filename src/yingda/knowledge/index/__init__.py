"""Adapters of the `PassageIndex` port."""
