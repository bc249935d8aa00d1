"""What personal data looks like in writing; shared by masking and by the reading of values."""

from __future__ import annotations

import re
from itertools import cycle

# No word boundary anywhere: next to a Chinese character a digit is at none.
EMAIL = re.compile(r"(?P<first>[A-Za-z0-9])[A-Za-z0-9._%+-]*(?P<host>@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
IDENTITY = re.compile(r"(?<!\d)(?P<region>\d{6})\d{8}(?P<tail>\d{3}[\dXx])(?![\dXx])")
OLD_IDENTITY = re.compile(
    r"(?<!\d)(?P<region>[1-9]\d{5})\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?P<tail>\d{3})(?!\d)"
)
BANK_CARD = re.compile(r"(?<!\d)(?P<first>\d{4})[ -]?(?:\d{4}[ -]?){2,3}(?P<tail>\d{1,4})(?!\d)")
NAMED_CARD = re.compile(
    r"(?<=卡号|账号|帐号)(?P<lead>[是为::\s]{0,3})(?P<first>\d{4})\d{2,11}(?P<tail>\d{4})(?!\d)"
)
MOBILE = re.compile(
    r"(?<![\d.])(?P<country>(?:\+|00)?86[ -]?)?(?P<first>1[3-9]\d)[ -]?\d{4}[ -]?(?P<tail>\d{4})(?!\d)"
)
LANDLINE = re.compile(
    r"(?<![\d-])(?P<area>0(?:10|2\d|[3-9]\d{2})-|\(0(?:10|2\d|[3-9]\d{2})\) ?)"
    r"(?P<first>[1-9])\d{3,4}(?P<tail>\d{3})(?P<extension>-\d{1,5})?(?![\d-])"
)
NAMED_LANDLINE = re.compile(
    r"(?<=座机|固话|电话)(?P<lead>(?:号码?)?[是为:：\s]{0,3})(?P<first>[2-9])\d{3,4}(?P<tail>\d{3})(?![\d-])"
)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def is_identity(number: str) -> bool:
    """Whether the last of eighteen characters is the check digit of the others (GB 11643)."""
    if not re.fullmatch(r"\d{17}[\dXx]", number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECKS[total % 11] == number[17].upper()


def is_card(digits: str) -> bool:
    """Whether thirteen to nineteen digits pass the check of bank cards (Luhn)."""
    if not re.fullmatch(r"\d{13,19}", digits):
        return False
    doubled = (int(digit) * factor for digit, factor in zip(reversed(digits), cycle((1, 2)), strict=False))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
