"""Figures in a clause, read into base units so that they compare: 2周 = 14 days, 下午4点 = 16:00."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in its base unit (`day`, `month`, `clock` in minutes, `cny`...); none where it counts."""

    value: float
    unit: str = ""

    @property
    def is_choice(self) -> bool:
        """One of a few words that exclude each other (金卡, 银卡), not a figure."""
        return self.unit.startswith("one of ")

    def agrees(self, other: Quantity) -> bool:
        """Equal values, and equal units where both have one."""
        return self.value == other.value and (self.unit == other.unit or not self.unit or not other.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A clause whose figures were taken out: what is left, the figures, the phone numbers and codes."""

    rest: str
    quantities: tuple[Quantity, ...]
    codes: frozenset[str]


_HAN_DIGITS = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_HAN_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_HAN = "零〇一二两三四五六七八九十百千万"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HAN_WEEKDAYS = "一二三四五六日"
_SPELT_LIST = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty
"""
_SPELT = {word: number for number, word in enumerate(_SPELT_LIST.split())} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}

_UNITS: tuple[tuple[str, str, float], ...] = (
    (r"周?岁|years? (?:old|of age)\b|歳|세", "age", 1),
    (r"个?工作日|営業日|영업일|วันทำการ|(?:business|working) days?\b", "workday", 1),
    (r"秒钟?|seconds?\b|secs?\b|s\b", "day", 1 / 86400),
    (r"分钟|分間|นาที|minutes?\b|mins?\b", "day", 1 / 1440),
    (r"个?小时|个?钟头|時間|시간|ชั่วโมง|hours?\b|hrs?\b|h\b", "day", 1 / 24),
    (r"天|日|号(?![窗楼门线馆厅柜])|일|วัน|days?\b", "day", 1),
    (r"週間?|주일?|สัปดาห์|周(?![一二三四五六日末])|个?星期(?![一二三四五六日])|个?礼拜|weeks?\b", "day", 7),
    (r"个月|[かヶカケ]月|개월|เดือน|months?\b", "month", 1),
    (r"月", "moon", 1),
    (r"年|년|ปี|years?\b|yrs?\b", "month", 12),
    (r"角(?![度落色])", "cny", 0.1),
    (r"元|块钱?|人民币|rmb\b|yuan\b|cny\b", "cny", 1),
    (r"美元|usd\b|dollars?\b", "usd", 1),
    (r"欧元|eur\b|euros?\b", "eur", 1),
    (r"英镑|pounds?\b|gbp\b", "gbp", 1),
    (r"便士|pence\b", "gbp", 1 / 100),
    (r"美分|cents?\b", "usd", 1 / 100),
    (r"円", "jpy", 1),
    (r"원", "krw", 1),
    (r"บาท|baht\b", "thb", 1),
    (r"%|percent\b|个百分点", "percent", 1),
    (r"折", "percent", 10),
    (r"倍|times\b", "times", 1),
    (r"tb\b", "gb", 1024),
    (r"gb?\b", "gb", 1),
    (r"mb\b|兆", "gb", 1 / 1024),
    (r"kb\b", "gb", 1 / 1024**2),
    (r"公斤|千克|kilo(?:gram(?:me)?)?s?\b|kg\b", "kg", 1),
    (r"克", "kg", 1 / 1000),
    (r"平方米|平米|square met(?:er|re)s?\b", "m2", 1),
    (r"立方米|cubic met(?:er|re)s?\b", "m3", 1),
    (r"公里|千米|kilomet(?:er|re)s?\b|km\b", "m", 1000),
    (r"厘米|cm\b", "m", 1 / 100),
    (r"毫米|mm\b", "m", 1 / 1000),
    (r"米|met(?:er|re)s?\b|m\b", "m", 1),
    (r"毫升|ml\b", "l", 1 / 1000),
    (r"升|l\b|lit(?:er|re)s?\b", "l", 1),
    (r"个?字符?|characters?\b", "char", 1),
)
_SIGNS = {"$": "usd", "¥": "cny", "€": "eur", "£": "gbp"}

# A unit may touch Chinese text: `\b` becomes "no Latin letter follows".
_UNIT = "|".join(f"(?P<u{n}>{words})" for n, (words, _, _) in enumerate(_UNITS)).replace(r"\b", r"(?![a-z])")
_NUMBER = re.compile(
    rf"(?P<sign>[$¥€£])?\s?(?<![a-z0-9.])(?P<n>\d[\d,]*(?:\.\d+)?)\s?(?P<scale>[万千](?!米|克))?"
    rf"(?:[\s-]?(?:{_UNIT})|(?![a-z]))"
)
_PHONE = re.compile(r"(?<!\d)(?:\d{3,4}(?:-\d{3,8}){1,3}|\d{7,})(?!\d)")
_CODE = re.compile(r"(?<![a-z0-9])(?:[a-z]+[-_]?\d[a-z0-9_-]*|\d+[a-z][a-z0-9_-]*)")
_HAN_NUMBER = re.compile(
    rf"百分之(?P<pct>[{_HAN}]+)|(?<![第\d])(?P<n>[{_HAN}]+)"
    r"(?=天|日|年|周?岁|个月|个?工作日|个?小时|分钟|秒|周(?!边)|个?星期|元|块|折|倍|台|件|位|张|节|本|名|只|份|瓶|盒|双|条|层|级|颗)"
)
_SPELT_NUMBER = re.compile(r"\b(" + "|".join(_SPELT) + r")\b(?=[\s-]+[a-z0-9])")
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_MONTH_NAME = (
    r"(?P<m>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may(?!\s+(?!(?:and|to|at|or)\b)[a-z])|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DATE = re.compile(
    rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH_NAME}(?:,?\s+(?P<y>\d{{4}}))?\b"
    rf"|\b{_MONTH_NAME.replace('<m>', '<m2>')}\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<y2>\d{{4}}))?\b"
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年")
_CLOCK = re.compile(
    r"(?P<half>上午|早上|凌晨|中午|下午|晚上|晚)?\s?(?<!\d)(?P<h>\d{1,2})"
    r"(?::(?P<m>\d\d)|点(?:(?P<m2>\d{1,2})分|(?P<mid>半))?|(?=\s?[ap]\.?m\b))(?:\s?(?P<ap>[ap])\.?m\b\.?)?"
)
_WEEKDAY = re.compile(
    r"(?:周|星期|礼拜)([一二三四五六日天])|\b(mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:days?)?\b"
)
_DAY = r"(?:(?:周|星期|礼拜)([一二三四五六日天])|\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*)"
_WEEKDAYS_IN_A_ROW = re.compile(rf"{_DAY}\s?(?:至|到|-|~|to|through)\s?{_DAY}")
_MONTH_ALONE = re.compile(
    r"\b(january|february|march|april|june|july|august|september|october|november|december)\b"
)
_WEEKEND = re.compile(r"周末|\bweekends?\b")

CHOICES: tuple[tuple[str, ...], ...] = (
    ("红色", "绿色", "蓝色", "黄色", "白色", "黑色", "橙色"),
    ("red", "green", "blue", "yellow", "white", "black", "orange"),
    ("支付宝", "微信", "银联"),
    ("买家", "卖家"),
    ("buyer", "seller"),
    ("电子版", "纸质版"),
    ("电子", "纸质"),
    ("金卡", "银卡", "钻石卡", "普通卡"),
)
"""Words that exclude each other in one place, which a similarity of words would take for one another."""
_CHOICE = re.compile("|".join(rf"\b{w}s?\b" if w.isascii() else w for group in CHOICES for w in group))

_HALF = re.compile(r"一半|减半|半价|半数|\bhalf\b")
_HALVED = (
    (re.compile(r"半年|\bhalf (?:a |the )?year\b"), "6个月"),
    (re.compile(r"半个月"), "15天"),
    (re.compile(r"半天|半日"), "12小时"),
    (re.compile(r"半个?(?:小时|钟头)|\bhalf an hour\b"), "30分钟"),
    (
        re.compile(r"(?:\b(?:the )?first |首个?|第一个?)(?=hour|day|week|month|year|小时|天|日|周|个?月|年)"),
        "1 ",
    ),
)
"""What is half of a unit, or the first of many, as a figure of its own."""
_RATES = (
    ("分钟", "minute"),
    ("小时|个?钟头", "hour"),
    ("[天日晚]", "day|night"),
    ("(?:周|星期)(?![一二三四五六日天末])", "week"),
    ("个?月", "month"),
    ("年", "year"),
)
_ONE_AS_EACH = re.compile(
    "(?<![0-9第])一(?=(?:天|年|周|个月|星期|小时)(?:最多|至多|至少|只能|可以|能|有|收))"
)
_RATE = re.compile(
    "每一?(?:"
    + "|".join(f"(?P<z{n}>{chinese})" for n, (chinese, _) in enumerate(_RATES))
    + r")|\b(?:per|every|an?)\s+(?:"
    + "|".join(f"(?P<e{n}>{english})" for n, (_, english) in enumerate(_RATES))
    + r")\b(?!')"
)
"""How often: a figure of its own, so that a price per day is none per hour."""

Reader = Callable[[re.Match[str]], Iterator[Quantity]]


def measure(text: str) -> Measured:
    """The figures of an NFKC-folded, lower-case clause."""
    codes: set[str] = set()
    found: list[Quantity] = []

    def keep(match: re.Match[str]) -> str:
        codes.add(match.group())
        return " "

    text = _ONE_AS_EACH.sub("每", text)
    text = _SPELT_NUMBER.sub(lambda match: str(_SPELT[match[1]]), _HAN_NUMBER.sub(_arabic, text))
    text = _PHONE.sub(keep, text)
    for halved, whole in _HALVED:
        text = halved.sub(whole, text)
    for pattern, read in _READERS if _DIGIT.search(text) else _WORD_READERS:
        text = _take(pattern, read, text, found)
    return Measured(rest=_CODE.sub(keep, text), quantities=tuple(found), codes=frozenset(codes))


def _take(pattern: re.Pattern[str], read: Reader, text: str, found: list[Quantity]) -> str:
    matches = list(pattern.finditer(text))
    for match in matches:
        found += read(match)
    return pattern.sub(" ", text) if matches else text


def _arabic(match: re.Match[str]) -> str:
    if match["pct"]:
        return f"{_han_value(match['pct'])}%"
    return str(_han_value(match["n"]))


def _han_value(numeral: str) -> int:
    total, digit = 0, 0
    if not any(char in _HAN_SCALES for char in numeral):
        return int("".join(str(_HAN_DIGITS[char]) for char in numeral))
    for char in numeral:
        if char == "万":
            total, digit = (total + digit) * 10_000, 0
        elif char in _HAN_SCALES:
            total, digit = total + (digit or 1) * _HAN_SCALES[char], 0
        else:
            digit = _HAN_DIGITS[char]
    return total + digit


def _read_iso(match: re.Match[str]) -> Iterator[Quantity]:
    yield Quantity(float(match[1]), "year")
    yield Quantity(float(match[2]), "moon")
    yield Quantity(float(match[3]), "day")


def _read_date(match: re.Match[str]) -> Iterator[Quantity]:
    if year := match["y"] or match["y2"]:
        yield Quantity(float(year), "year")
    yield Quantity(_MONTHS.index((match["m"] or match["m2"])[:3]) + 1.0, "moon")
    yield Quantity(float(match["d"] or match["d2"]), "day")


def _read_year(match: re.Match[str]) -> Iterator[Quantity]:
    yield Quantity(float(match[1]), "year")


def _read_clock(match: re.Match[str]) -> Iterator[Quantity]:
    hour, minute = int(match["h"]), int(match["m"] or match["m2"] or (30 if match["mid"] else 0))
    late = match["ap"] == "p" or match["half"] in ("下午", "晚上", "晚")
    yield Quantity(float((hour + 12 if late and hour < 12 else hour) * 60 + minute), "clock")


def _read_weekday(match: re.Match[str]) -> Iterator[Quantity]:
    yield Quantity(float(_weekday(match[1], match[2] and match[2][:3])), "weekday")


def _read_weekdays(match: re.Match[str]) -> Iterator[Quantity]:
    """Every day from the first to the last: what holds from Monday to Friday holds on a Tuesday."""
    first, last = (_weekday(match[n], match[n + 1]) for n in (1, 3))
    for day in range(first, last + (7 if last < first else 0) + 1):
        yield Quantity(float((day - 1) % 7 + 1), "weekday")


def _weekday(chinese: str | None, english: str | None) -> int:
    return (
        _HAN_WEEKDAYS.index(chinese.replace("天", "日")) + 1
        if chinese
        else _WEEKDAYS.index(english or "") + 1
    )


def _read_month(match: re.Match[str]) -> Iterator[Quantity]:
    yield Quantity(_MONTHS.index(match[1][:3]) + 1.0, "moon")


def _read_weekend(_: re.Match[str]) -> Iterator[Quantity]:
    yield Quantity(6.0, "weekday")
    yield Quantity(7.0, "weekday")


def _read_choice(match: re.Match[str]) -> Iterator[Quantity]:
    word = match.group()
    word = word if word[0] > "z" else word.removesuffix("s")
    for group in CHOICES:
        if word in group:
            yield Quantity(float(group.index(word)), f"one of {group[0]}")


def _read_half(_: re.Match[str]) -> Iterator[Quantity]:
    yield Quantity(50.0, "percent")


def _read_rate(match: re.Match[str]) -> Iterator[Quantity]:
    group = match.lastgroup or ""
    is_price = group[0] == "z" or match[0][0] != "a" or _DIGIT.search(match.string[: match.start()][-25:])
    if is_price:
        yield Quantity(float(group[1:]), "per")


def _read_number(match: re.Match[str]) -> Iterator[Quantity]:
    value = float(match["n"].replace(",", "")) * {"万": 10_000, "千": 1000}.get(match["scale"] or "", 1)
    group = match.lastgroup or ""
    _, unit, scale = _UNITS[int(group[1:])] if group[0] == "u" else ("", "", 1.0)
    unit = unit or _SIGNS.get(match["sign"] or "", "")
    is_rebate = unit == "percent" and scale == 10
    value = value / 10 if is_rebate and value >= 10 else value
    yield Quantity(round(value * scale, 9), unit)


_READERS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (_ISO, _read_iso),
    (_DATE, _read_date),
    (_YEAR, _read_year),
    (_CLOCK, _read_clock),
    (_MONTH_ALONE, _read_month),
    (_WEEKDAYS_IN_A_ROW, _read_weekdays),
    (_WEEKDAY, _read_weekday),
    (_WEEKEND, _read_weekend),
    (_RATE, _read_rate),
    (_HALF, _read_half),
    (_NUMBER, _read_number),
    (_CHOICE, _read_choice),
)
_WORD_READERS = (
    (_MONTH_ALONE, _read_month),
    (_WEEKDAYS_IN_A_ROW, _read_weekdays),
    (_WEEKDAY, _read_weekday),
    (_WEEKEND, _read_weekend),
    (_RATE, _read_rate),
    (_HALF, _read_half),
    (_CHOICE, _read_choice),
)
"""Those that find something where there is no digit."""
_DIGIT = re.compile(r"\d")
