"""Verified queries: the same question, and never one that differs in what matters."""

from __future__ import annotations

import pytest
from tests.text_to_sql.rental import asked, model

from yingda.text_to_sql.types import Understood
from yingda.text_to_sql.verified import verified_for


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Which stations stood idle in May 2026?", "idle"),
        ("please show which stations stood idle in may 2026", "idle"),
        ("Which stations stood idle in May 2025?", None),
        ("Which stations never stood idle in May 2026?", None),
        ("Which riders stood idle in May 2026?", None),
        ("Which bikes are broken?", None),
    ],
)
def test_finds_approved_queries_alone(question: str, name: str | None) -> None:
    found = verified_for(model, question)
    assert (found.name if found else None) == name


def test_comes_before_reading() -> None:
    reading = asked("Which stations stood idle in May 2026?")
    assert isinstance(reading, Understood)
    assert (reading.sql, reading.source) == ("SELECT 1", "verified")
