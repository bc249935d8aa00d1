"""Conditions with the arithmetic of the original (callflow D.7)."""

from __future__ import annotations

import math

import pytest

from yingda.workflows.nodes.if_else import holds
from yingda.workflows.run import NodeFailed
from yingda.workflows.values import UNDEFINED

TRUE = [
    ("isEmpty", UNDEFINED, ""),
    ("isEmpty", " ", ""),
    ("isEmpty", math.nan, ""),
    ("isNotEmpty", 0, ""),
    ("isNotEmpty", False, ""),
    ("equalTo", True, "true"),
    ("equalTo", " a ", "a"),
    ("equalTo", UNDEFINED, "undefined"),
    ("equalTo", 1.0, "1"),
    ("equalTo", [1, 2], "1,2"),
    ("notEqual", "A", "a"),
    ("greaterThan", "10", "9"),
    ("greaterThan", 1, ""),
    ("greaterThanOrEqualTo", None, 0),
    ("lessThan", "", "1"),
    ("lessThanOrEqualTo", "0x10", 16),
    ("include", [1, "2"], "1"),
    ("include", "abc", "b"),
    ("notInclude", [11], "1"),
    ("notInclude", 5, "5"),
    ("startWith", "  abc", "a"),
    ("endWith", "abc \n", "c"),
    ("lengthEqualTo", "😀", 2),
    ("lengthGreaterThan", [1, 2], "1"),
    ("lengthNotEqualTo", UNDEFINED, 3),
    ("lengthLessThanOrEqualTo", "", "0"),
]
FALSE = [
    ("isEmpty", 0, ""),
    ("equalTo", None, UNDEFINED),
    ("greaterThan", "junk", "1"),
    ("lessThan", "junk", "1"),
    ("greaterThan", UNDEFINED, -1),
    ("include", 55, "5"),
    ("include", ["ab"], "a"),
    ("startWith", "abc", " a"),
    ("lengthEqualTo", 5, 1),
    ("", "a", "a"),
    ("unheard", "a", "a"),
]


@pytest.mark.parametrize(("condition", "left", "right"), TRUE)
def test_holds(condition, left, right):
    assert holds(condition, left, right)


@pytest.mark.parametrize(("condition", "left", "right"), FALSE)
def test_does_not_hold(condition, left, right):
    assert not holds(condition, left, right)


def test_the_start_of_what_is_no_text_is_an_error():
    with pytest.raises(NodeFailed):
        holds("startWith", 5, "5")


PATTERNS = [
    (r"/^\d{3}$/", "123", True),
    (r"^\d$", "３", False),
    (r"(?<=a)b", "ab", True),
    (r"(?<year>\d{4})", "in 2026", True),
    (r"/X/i", "X/i", True),
    (r"/X/i", "x", False),
    (r"\p{L}", "p{L}", True),
]


@pytest.mark.parametrize(("pattern", "text", "matches"), PATTERNS)
async def test_regular_expressions_are_those_of_javascript(sandbox, pattern, text, matches):
    stripped = pattern.removeprefix("/").removesuffix("/")
    assert await sandbox.matches(stripped, text) is matches
