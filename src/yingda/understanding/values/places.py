"""Where something is, as callers say it: road, crossing, direction, kilometre post, landmark, district."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from yingda.understanding.values.mention import Mention
from yingda.understanding.values.width import plain

PlacePart = Literal["road", "crossing", "direction", "km_post", "landmark", "district"]
PARTS: tuple[PlacePart, ...] = get_args(PlacePart)

# A name begins behind these words, and behind 和 where that joins two roads.
_NAME = r"(?:(?!(?<=[路街道])[和与跟])[\u4e00-\u9fff](?<![在再到从往沿我你了是就的把被]))"
_NUMBER = r"[零〇一二两三四五六七八九十百千\d.]+"
_PATTERNS: dict[PlacePart, re.Pattern[str]] = {
    "district": re.compile(
        rf"{_NAME}{{2,6}}?(?:自治[区州县]|新区|开发区|[省市县镇乡]|(?<![小社景校厂园库灾片地])区(?!间|别|域))"
    ),
    "road": re.compile(
        rf"(?:{_NAME}{{1,8}}?|[A-Z]?\d{{1,4}})(?:高速公路|高速|快速路|高架路?|大道|大街|公路|国道|省道|县道|环路"
        r"|立交桥|大桥|隧道|胡同|中路|[东南西北]路|路(?!口|面|边|上|过|人|灯|段|线|况|障)|街(?!道办)|巷)"
        r"|(?<![A-Za-z])[GS]\d{1,4}(?!\d)|[东南西北]?[二三四五六内外中][环线](?:[东南西北中]路)?"
    ),
    "crossing": re.compile(
        rf"{_NAME}{{0,8}}?(?:路口|交叉口|交汇处?|交界处?|十字路?口?|丁字路?口?|环岛|转盘|匝道口?|红绿灯|出口|入口|拐角|街口)"
    ),
    "direction": re.compile(
        r"(?:由|自)?[东西南北][东西南北]?(?:向|往)[东西南北]{1,2}(?:方向)?|[往向朝](?!后|前|来)[\u4e00-\u9fff]{1,8}?方向"
        r"|[\u4e00-\u9fff]{2,4}方向|[往向朝][东南西北]{1,2}[边面侧]?|[东南西北]{1,2}(?:侧|边|面|半幅)|[进出]城方?向?"
        rf"|(?:前面?|后面?)?{_NUMBER}(?:多|来)?米(?:左右|处|的地方)?"
    ),
    "km_post": re.compile(
        rf"[Kk桩]号?\s*\d{{1,4}}(?:\s*(?:\+|加)\s*\d{{1,3}})?|{_NUMBER}公里(?:加?{_NUMBER}米?)?(?:处|的?地方|左右)?|里程碑{_NUMBER}"
    ),
    "landmark": re.compile(
        rf"{_NAME}{{1,10}}?(?:大厦|广场|医院|小学|中学|大学|学校|小区|车站|火车站|地铁站|公交站|加油站|收费站|服务区|商场|商城"
        r"|超市|公园|酒店|宾馆|饭店|银行|机场|码头|工地|停车场|派出所|法院|体育馆|体育场|图书馆|博物馆|市场|花园|大楼|写字楼"
        r"|科技园|工业园|产业园|园区|村口|村委会|政府|寺|庙|村|门口|对面|旁边|附近|楼下|号楼|天桥|桥(?!梁)|站)"
        rf"|{_NUMBER}号(?:院|楼|门(?!口)|线|出?入?口)?"
    ),
}
_AROUND = re.compile(
    r"(?:的?(?:附近|旁边|对面|门口|这里|这边|那里|那边|上面?|里面?|下面?|边上|左右|处|村口|这块))+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The words for each part, and the whole stretch of words that they stand in."""

    text: str
    parts: dict[PlacePart, str]


def places(text: str) -> list[Mention[Place]]:
    """Each place that the text leads to; parts that follow each other are one place."""
    flat = plain(text)
    found = sorted(_parts(flat), key=lambda part: (part.start, -part.end))
    groups = list[list[Mention[PlacePart]]]()
    for part in found:
        if groups and _belongs(flat, max(one.end for one in groups[-1]), part.start):
            groups[-1].append(part)
        else:
            groups.append([part])
    return [_place(text, flat, group) for group in groups]


def _parts(text: str) -> Iterator[Mention[PlacePart]]:
    for name, pattern in _PATTERNS.items():
        for found in pattern.finditer(text):
            yield Mention(name, found.start(), found.end())


_BRIDGE = re.compile(
    r"[\s,、和与跟的到往在上里靠近就是那个这个离]{0,4}(?:[\u4e00-\u9fff]{2,3}段|交叉|相交|交汇)?[的,]?"
)


def _belongs(text: str, end: int, start: int) -> bool:
    return start <= end or _BRIDGE.fullmatch(text, end, start) is not None


def _place(text: str, flat: str, group: list[Mention[PlacePart]]) -> Mention[Place]:
    start, end = group[0].start, max(part.end for part in group)
    around = _AROUND.match(flat, end)
    end = around.end() if around else end
    parts: dict[PlacePart, str] = {}
    for part in group:
        parts.setdefault(part.value, text[part.start : part.end])
    return Mention(Place(text=text[start:end], parts=parts), start, end)
