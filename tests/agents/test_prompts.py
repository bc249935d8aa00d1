"""What a template makes of its values."""

from yingda.agents.prompts import load

SHARED = {"language": "English", "not_found": "Nothing.", "passages": "One $5 note."}


def test_open_calls_hold_one_system_part():
    one, other = (load("grounded").messages(**SHARED, question=question) for question in ("Why?", "How?"))
    assert one[0].text is other[0].text
    assert "One $5 note." in one[1].text and "Why?" in one[1].text
