from __future__ import annotations

import pytest

from yingda.flows.expressions import ExpressionError, parse

SCOPE = {
    "slots": {"cars": 2, "hurt": False, "plate": "沪A89395", "unknown": None},
    "facts": {"vip": "yes"},
    "intent": {"bye": True},
    "counters": {"turns": 3},
}


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("slots.cars == 2", True),
        ("slots.cars >= 2 and not slots.hurt", True),
        ("slots.cars < 2 or intent.bye", True),
        ("intent.human", False),
        ("slots.plate == '沪A89395'", True),
        ("slots.missing == null", True),
        ("slots.unknown == null", True),
        ("slots.missing == true", False),
        ("slots.missing == false", False),
        ("slots.missing != true", True),
        ("slots.missing > 1", False),
        ("slots.missing <= 1", False),
        ("not slots.missing", True),
        ("slots.cars == true", False),
        ("slots.hurt == 0", False),
        ("slots.plate > 1", False),
        ("1 < slots.cars <= 3", True),
        ("slots.cars > -1", True),
        ("(slots.cars == 1 or counters.turns == 3) and facts.vip == 'yes'", True),
    ],
)
def test_a_condition_over_values(source, holds):
    assert parse(source).holds(SCOPE) is holds


@pytest.mark.parametrize(
    "source",
    [
        "", "slots", "slots.a.b", "other.a == 1", "__import__('os')", "slots.a + 1 == 2", "slots.a in [1]",
        "slots.a == [1]", "lambda: 1", "slots.a is null", "slots['a']", "x if y else z",
        "slots.a = 1", "f'{1}'",
        "slots.a == '" + "x" * 600 + "'", "\0", "-slots.a == 1",
    ],
)  # fmt: skip
def test_anything_else_is_refused(source):
    with pytest.raises(ExpressionError):
        parse(source)


def test_a_condition_knows_the_names_it_looks_at():
    assert parse("slots.a == 1 and not (intent.b or facts.c)").names == {
        ("slots", "a"),
        ("intent", "b"),
        ("facts", "c"),
    }
