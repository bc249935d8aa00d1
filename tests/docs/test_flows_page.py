"""docs/flows.md names every key that a flow may have, every type with its options, and every repair."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from yingda.flows import document
from yingda.flows.slots import slot_type

PAGE = (Path(__file__).resolve().parents[2] / "docs/flows.md").read_text("utf-8")
KINDS = ("plate_cn", "mobile_cn", "datetime", "location", "yesno", "integer", "text", "digits")


def names_of(section: type) -> set[str]:
    return {field.alias or name for name, field in section.model_fields.items()}


def test_every_key_is_on_the_page():
    sections = [
        found for name, found in vars(document).items() if name.endswith(("Section", "Document", "Rule"))
    ]
    keys = set().union(*(names_of(section) for section in (*sections, document.Defaults)))
    assert [key for key in sorted(keys) if f"`{key}`" not in PAGE and f".{key}`" not in PAGE] == []


def test_every_option_of_a_type_is_on_the_page():
    options = {field.name for kind in KINDS for field in fields(slot_type(kind, {}))} | {"choices"}
    assert [option for option in sorted(options) if f"`{option}`" not in PAGE] == []
    assert [kind for kind in (*KINDS, "enum") if f"`{kind}`" not in PAGE] == []
