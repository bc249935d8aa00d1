"""Amounts of money: 三块五, 八亿元人民币, 两美元, ¥1,200, $20, 20 dollars."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from yingda.understanding.values.mention import Mention
from yingda.understanding.values.numerals import NUMERAL, worth
from yingda.understanding.values.width import plain

_CURRENCIES = """
CNY 人民币 元 块 圆 rmb cny yuan
USD 美元 美金 美圆 美刀 刀 usd dollar dollars bucks
EUR 欧元 eur euro euros
GBP 英镑 镑 gbp pounds
JPY 日元 日圆 jpy
HKD 港元 港币 港圆 hkd
AUD 澳元
CAD 加元
SGD 新加坡元
KRW 韩元
TWD 新台币 台币
RUB 卢布
CHF 瑞士法郎
THB 泰铢
INR 卢比
"""
_UNITS = {
    word: code
    for line in _CURRENCIES.split("\n")
    if line
    for code, *words in [line.split()]
    for word in words
}
_SIGNS = {"¥": "CNY", "$": "USD", "€": "EUR", "£": "GBP", "HK$": "HKD", "US$": "USD", "₩": "KRW"}
_UNIT = "|".join(
    f"{unit}(?![a-z])" if unit.isascii() else unit for unit in sorted(_UNITS, key=len, reverse=True)
)
_SMALL = rf"(?P<tenths>{NUMERAL})\s?[角毛]钱?(?:\s?(?P<cents>{NUMERAL})分?)?"
_MORE = (
    r"(?P<cents2>{numeral})\s?(?:美|日本)?[分銭](?!钟)"
    r"|(?<=[块元])(?P<rest>[一二三四五六七八九]|[1-9](?!\d))(?![\d个块元十百千万只件张台月年天分.])"
).replace("{numeral}", NUMERAL)
_ONLY_SMALL = _SMALL.replace("tenths", "tenths3").replace("cents", "cents3")
_AMOUNT = re.compile(
    r"(?:(?P<sign>US\$|HK\$|[¥$€£₩])|(?P<code>rmb|cny|usd|eur|gbp|jpy|hkd|人民币)\s?)\s?"
    rf"(?P<n1>{NUMERAL})(?P<k>[kK](?![A-Za-z]))?"
    rf"|(?P<n2>{NUMERAL})\s?多?(?P<unit>{_UNIT})(?![角素宵旦首器帅])(?:钱|整)?(?:人民币)?(?:又?\s?(?:{_SMALL}|{_MORE}))?"
    rf"|{_ONLY_SMALL}|(?P<cents4>{NUMERAL})\s?分钱|(?P<uscents>{NUMERAL})\s?美分",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Amount:
    """In units of the currency, named by its ISO 4217 code."""

    value: Decimal
    currency: str


def amounts(text: str) -> list[Mention[Amount]]:
    """Every amount that says its currency."""
    found = []
    for said in _AMOUNT.finditer(plain(text)):
        if amount := _amount(said):
            found.append(Mention(amount, said.start(), said.end()))
    return found


def _amount(said: re.Match[str]) -> Amount | None:
    if said["n1"]:
        value = worth(said["n1"])
        currency = _SIGNS[said["sign"].upper()] if said["sign"] else _UNITS[said["code"].lower()]
        return None if value is None else Amount(value * 1000 if said["k"] else value, currency)
    if said["n2"]:
        value = worth(said["n2"])
        return None if value is None else Amount(value + _small(said), _UNITS[said["unit"].lower()])
    currency = "USD" if said["uscents"] else "CNY"
    cents = _small(said)
    return Amount(cents, currency) if cents else None


def _small(said: re.Match[str]) -> Decimal:
    tenths = said["tenths"] or said["tenths3"] or said["rest"]
    cents = said["cents"] or said["cents2"] or said["cents3"] or said["cents4"] or said["uscents"]
    return (worth(tenths or "0") or Decimal(0)) / 10 + (worth(cents or "0") or Decimal(0)) / 100
