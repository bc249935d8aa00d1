"""Values as JavaScript sees them."""

from __future__ import annotations

import math

import pytest

from yingda.workflows.casts import cast_to
from yingda.workflows.values import UNDEFINED, compact_json, is_empty, number_of, text_of, utf16_length

NAN = math.nan

TEXTS = [
    (UNDEFINED, "undefined"),
    (None, "null"),
    (True, "true"),
    (1.0, "1"),
    (-0.0, "0"),
    (0.1, "0.1"),
    (1e21, "1e+21"),
    (123456789012345680000.0, "123456789012345680000"),
    (1e-7, "1e-7"),
    (0.000001, "0.000001"),
    (1.5e300, "1.5e+300"),
    (NAN, "NaN"),
    (-math.inf, "-Infinity"),
    ([1, None, [2, "x"], {}], "1,,2,x,[object Object]"),
    ({"a": 1}, "[object Object]"),
]


@pytest.mark.parametrize(("value", "text"), TEXTS)
def test_as_text(value, text):
    assert text_of(value) == text


NUMBERS = [
    ("", 0),
    ("  12 ", 12),
    ("1.50", 1.5),
    (".5", 0.5),
    ("0x1F", 31),
    ("0b11", 3),
    ("Infinity", math.inf),
    ("1e3", 1000),
    (None, 0),
    (True, 1),
    ([], 0),
    ([7], 7),
]


@pytest.mark.parametrize(("value", "number"), NUMBERS)
def test_as_number(value, number):
    assert number_of(value) == number


@pytest.mark.parametrize("value", ["12px", "1_000", "１２", "0x", "inf", UNDEFINED, {}, [1, 2], "--1"])
def test_as_no_number(value):
    assert math.isnan(number_of(value))


@pytest.mark.parametrize("value", [UNDEFINED, None, "", " \n\ufeff", NAN, [], {}])
def test_is_empty(value):
    assert is_empty(value)


@pytest.mark.parametrize("value", [0, False, "0", [None], {"a": UNDEFINED}, math.inf])
def test_is_something(value):
    assert not is_empty(value)


CASTS = [
    (None, "number", None),
    (UNDEFINED, "string", UNDEFINED),
    ({"a": [1, UNDEFINED]}, "string", '{"a":[1,null]}'),
    (True, "string", "true"),
    ("", "number", None),
    ("12", "number", 12),
    ("TRUE", "boolean", True),
    ("yes", "boolean", False),
    (0, "boolean", False),
    ([], "boolean", True),
    ("{a: 1, 'b': [2,],}", "object", {"a": 1, "b": [2]}),
    ("{broken", "object", {}),
    ([1], "object", [1]),
    ("[1, 2]", "arrayNumber", [1, 2]),
    ("[1, 2", "arrayNumber", ["[1, 2"]),
    ("x", "arrayString", ["x"]),
    ("x", "chatHistory", []),
    (6, "chatHistory", 6),
    ('[{"q": "a"}]', "datasetQuote", [{"q": "a"}]),
    ('["\\ud83d", "\\ud83d\\ude00"]', "arrayString", ["?", "😀"]),
    ("12", "any", "12"),
    ("12", "", "12"),
]


@pytest.mark.parametrize(("value", "value_type", "fitting"), CASTS)
def test_casts(value, value_type, fitting):
    assert cast_to(value, value_type) == fitting


def test_a_cast_of_junk_is_not_a_number():
    assert math.isnan(cast_to("junk", "number"))


def test_json_leaves_out_what_is_undefined_and_keeps_null():
    value = {"a": UNDEFINED, "b": None, "c": [UNDEFINED, NAN, 2.0], "d": "空"}
    assert compact_json(value) == '{"b":null,"c":[null,null,2],"d":"空"}'


def test_lengths_count_surrogates():
    assert utf16_length("a😀") == 3
