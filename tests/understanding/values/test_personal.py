"""Identity numbers, cards and addresses."""

from __future__ import annotations

from yingda.understanding.values.personal import bank_cards, emails, identity_numbers

_IDENTITY = "11010519491231002X"


def test_an_identity_number_has_the_right_check_digit():
    assert [one.value for one in identity_numbers(f"号码{_IDENTITY}。")] == [_IDENTITY]
    assert identity_numbers("号码110105194912310021。") == []


def test_an_identity_number_is_read_out():
    spoken = "幺幺零幺零五幺九四九幺二三幺零零二X"
    assert [one.value for one in identity_numbers(f"身份证是{spoken}")] == [_IDENTITY]


def test_a_card_passes_its_own_check():
    assert [one.value for one in bank_cards("卡号6222 0260 0670 5354 216没错")] == ["6222026006705354216"]
    assert bank_cards("卡号6222026006705354218没错") == []


def test_an_address_stands_between_chinese_words():
    (found,) = emails("发到Zhang.San@Example.com就行")
    assert (found.value, found.start, found.end) == ("zhang.san@example.com", 2, 23)
