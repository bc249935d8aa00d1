"""One shape for every message before a rule looks at it."""

from __future__ import annotations

import re
import unicodedata

# Only characters that occur in the rule tables; whole-text conversion is the index's business.
_SIMPLE = str.maketrans(
    "轉訂單貨發們嗎麼請問謝話說還沒這個來給幫專員務時間費幾點賬帳戶餘額積優惠運遞裝舉報傳處換產買賣會員現讓為號碼誰"
    "氣騙垃對應該銷狀態進裡裏剛經過從開關錢幣級聯繫絡實體機門質壞無電腦臺灣頭條規則權險處應啟動難過妳訴們務現",
    "转订单货发们吗么请问谢话说还没这个来给帮专员务时间费几点账账户余额积优惠运递装举报传处换产买卖会员现让为号码谁"
    "气骗垃对应该销状态进里里刚经过从开关钱币级联系络实体机门质坏无电脑台湾头条规则权险处应启动难过你诉们务现",
)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\ufe0f]")
_SPACES = re.compile(r"\s+")
_CLAUSE = re.compile(
    r"[。!?;,、…~\n]+|\.(?=\s|$)|(?<=[a-z])\s+(?:but|and then|then)\s+|(?:但是|不过|可是|然后)"
)


def fold(text: str) -> str:
    """Width, case, spaces and common traditional characters made alike; for matching, never for showing."""
    flat = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_SIMPLE)
    flat = _INVISIBLE.sub("", flat).replace("\u2019", "'")
    return _SPACES.sub(" ", flat).strip().lower()


def clauses(folded: str) -> tuple[str, ...]:
    """The stretches within which a negation or a question word holds, in order, none empty."""
    return tuple(part.strip() for part in _CLAUSE.split(folded) if part and part.strip())


def any_of(*alternatives: str) -> re.Pattern[str]:
    """One compiled pattern from a table of alternatives; the first that fits wins."""
    return re.compile("|".join(f"(?:{alternative})" for alternative in alternatives))


def any_word(*alternatives: str) -> re.Pattern[str]:
    """Like `any_of`, for Latin script: a hit never begins or ends inside a word."""
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(alternatives)})(?![a-z0-9])")
