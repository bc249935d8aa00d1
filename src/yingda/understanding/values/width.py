"""Full width, traditional characters and look-alike signs made plain, one character for one."""

from __future__ import annotations

import re

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SIGNS = {"\u3000": " ", "￥": "¥", "−": "-", "–": "-", "—": "-", "〜": "~", "﹣": "-", "○": "〇", "．": "."}
_TRADITIONAL = (
    "點兩億萬負貳參叄陸圓個號時鐘後週禮間聖兒對雙幾與過從這裡裏歲車輛臺馬銀應該還沒嗎們說話電聽對開關東問題證錯誤"
    "準備機碼牌剛總樣給讓邊處離橋隧遠撞單護欄線圍滬遼蘇贛魯陝寧貴雲閩澱區縣鎮鄉門"
)
_SIMPLIFIED = (
    "点两亿万负贰叁叁陆圆个号时钟后周礼间圣儿对双几与过从这里里岁车辆台马银应该还没吗们说话电听对开关东问题证错误"
    "准备机码牌刚总样给让边处离桥隧远撞单护栏线围沪辽苏赣鲁陕宁贵云闽淀区县镇乡门"
)
_PARTING_COMMA = re.compile(r"(?<=[0-9])，|，(?=[0-9])")
_TABLE = str.maketrans(_SIGNS | dict(zip(_TRADITIONAL, _SIMPLIFIED, strict=True))) | _FULL_WIDTH


def plain(text: str) -> str:
    """As long as the text, so that positions hold in both.

    A wide comma between narrow digits parts two numbers, as it does not between wide ones.
    """
    return _PARTING_COMMA.sub("、", text).translate(_TABLE)
