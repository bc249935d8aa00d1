"""What a template makes of its values."""

from yingda.agents.prompts import PromptTemplate

TEMPLATE = PromptTemplate(system="Answer in $language.", user="$passages $question", version="1")


def test_open_calls_hold_one_system_part():
    one, other = (
        TEMPLATE.messages(language="English", passages="A $5 note.", question=question)
        for question in ("Why?", "How?")
    )
    assert [part.text for part in one] == ["Answer in English.", "A $5 note. Why?"]
    assert other[1].text == "A $5 note. How?"
    assert one[0].text is other[0].text
