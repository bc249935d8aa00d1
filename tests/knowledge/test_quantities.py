"""Figures read into base units."""

from __future__ import annotations

import pytest

from yingda.knowledge.quantities import Quantity, measure


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("两周内", "14天内"),
        ("within two weeks", "within 14 days"),
        ("一年", "12个月"),
        ("24小时", "1天"),
        ("下午4点", "16:00"),
        ("4:30 pm", "16:30"),
        ("95折", "9.5折"),
        ("3万元", "30,000元"),
        ("百分之十", "10%"),
        ("¥99", "99元"),
        ("march 31, 2025", "2025-03-31"),
        ("10月1日", "oct 1"),
        ("周一", "mondays"),
        ("1.5gb", "1536mb"),
    ],
)
def test_equal_figures_agree(one: str, other: str) -> None:
    found, expected = set(measure(one).quantities), set(measure(other).quantities)
    assert (found, bool(found)) == (expected, True)


@pytest.mark.parametrize(
    ("one", "other"), [("12天", "12个月"), ("5个工作日", "5天"), ("10元", "10%"), ("金卡", "银卡")]
)
def test_other_units_do_not_agree(one: str, other: str) -> None:
    assert not measure(one).quantities[0].agrees(measure(other).quantities[0])


def test_codes_and_numbers_to_call_are_no_figures() -> None:
    found = measure("ax3000 热线400-800-1234 共3台")
    assert (found.codes, found.quantities) == (frozenset({"ax3000", "400-800-1234"}), (Quantity(3.0, ""),))
