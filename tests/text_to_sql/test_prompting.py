"""What a model is shown of a semantic model: what the question may need, and no private values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.text_to_sql.answering import MODEL

from yingda.text_to_sql.model import Dimension, Relationship, Table
from yingda.text_to_sql.prompting import PromptingConfig, described_model, sql_prompt
from yingda.text_to_sql.types import Asked

SMALL = PromptingConfig(whole_tables_count=2, tables_count=2)
TABLES = tuple(
    Table(
        name=name,
        source=name,
        label=label,
        dimensions=(Dimension(name="id", expr="id"), Dimension(name="code", expr="code")),
    )
    for name, label in (("guests", "客人"), ("stays", "入住"), ("rooms", "房间"), ("staff", "员工"))
)
HOTEL = replace(
    MODEL,
    tables=TABLES,
    relationships=(
        Relationship(name="guest", left="stays", right="guests", columns=(("guest_id", "id"),)),
        Relationship(name="room", left="stays", right="rooms", columns=(("room_id", "id"),)),
    ),
)


def test_the_nearest_tables_and_what_joins_them():
    shown = described_model(HOTEL, "每个客人住过几个房间", SMALL)
    tables = [line.split()[1] for line in shown.splitlines() if line.startswith("table")]
    joins = [line for line in shown.splitlines() if line.startswith("join")]
    assert (tables, len(joins)) == (["guests", "stays", "rooms"], 2)


def test_values_of_private_columns_stay_at_home():
    secret = Dimension(name="card", expr="card", values=("4111",), is_private=True)
    hidden = replace(HOTEL, tables=(replace(TABLES[0], dimensions=(secret,)),))
    assert "4111" not in described_model(hidden, "card", SMALL)


def test_examples_are_approved_and_alike():
    other = replace(MODEL.verified_queries[0], question="总销售额呢", sql="SELECT 2", approved_by="")
    model = replace(MODEL, verified_queries=(*MODEL.verified_queries, other))
    asked = Asked(question="总销售额", today=date(2026, 1, 5))
    sent = sql_prompt(model, asked).messages[1].text
    assert ("SELECT 1" in sent, "SELECT 2" in sent) == (True, False)
