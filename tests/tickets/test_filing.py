"""What is read from a customer's words."""

from __future__ import annotations

import pytest

from yingda.tickets.filing import ticket_from


@pytest.mark.parametrize(
    ("said", "category", "priority"),
    [
        ("我要投诉快递太慢", "complaint", "high"),
        ("包裹还没收到，请马上处理", "logistics", "urgent"),
        ("耳机坏了要维修", "after_sale", "medium"),
        ("积分没到账户", "account", "medium"),
        ("这个产品参数不对", "product", "medium"),
        ("帮帮我", "after_sale", "medium"),
    ],
)
def test_category_and_urgency(said, category, priority):
    made = ticket_from(said)
    assert (made.category, made.priority) == (category, priority)


def test_title_and_description_keep_the_limits_of_the_contract():
    made = ticket_from("长" * 700)
    assert (len(made.title), len(made.description)) == (20, 500)
