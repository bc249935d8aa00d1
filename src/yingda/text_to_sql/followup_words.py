"""The shells of follow-ups: the words that say what is edited, without what it is edited to."""

from __future__ import annotations

import re

from yingda.understanding.normalise import any_of

LONGEST_HAN = 24
LONGEST_WORDS = 10
"""Beyond that a message says all it needs."""

LEAD = any_of(
    r"^(?:那么?|那就|然后|再|还有|如果|麻烦|请问?|我要|我想看|给我)?"
    r"(?:能否|能不能|可否|可不可以|可以|能)?(?:再|帮我)?(?P<cue>只看|只要|仅看|只统计|只算|仅限|换成|"
    r"改成|改为|换为|换|改用|按照?|根据|分)",
    r"^(?:那么?|然后|再看看?|再|还有|如果是?)",
    r"^(?:ok(?:ay)?,? |so |and |then |now |please |can you |could you )*"
    r"(?P<en>what about|how about|only|just|instead|show only|"
    r"switch to|change to|make it|use|by|broken? down by|"
    r"break (?:it|that|this) down by|split by|group(?:ed)? by|"
    r"per|for|in|excluding|without)\b",
    r"^(?:and|then|so)\b",
)
TAIL = any_of(
    r"(?:来)?(?:分组|分类|统计|看看?|汇总|拆分|分)?(?:一下)?(?:怎么样|如何)?(?:呢|吧|吗|的话)?[?？。!！\s]*$",
)
ENDS_LEANING = re.compile(r"呢[?？。!！\s]*$")
INSTEAD = re.compile(r"\s*\b(?:instead|please|then|too|as well)\b\s*|[?？.。!！]+\s*$")
FIRST = re.compile(
    r"^(?:取|看|要|显示|show |give me |only |just |and |what about |how about )*(?:the )?"
    r"(?:(?P<top>前|最[高多大]的?(?:前)?|top |first )|"
    r"(?P<bottom>后|倒数第?|最[低少小]的?(?:前)?|bottom |last |lowest ))\s*"
    r"(?P<count>\d{1,4}|[一二两三四五六七八九十]{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)"
    r"\s*(?:名|个|条|位|家|项|大|组)?(?:的|ones)?$"
)
FIRST_OF = re.compile(
    r"^(?:前|top )\s*(?P<count>\d{1,4})\s*(?:名|个|条|位|家|项|大)?的?(?P<what>[^\d\s名个条位家项].{0,19})$"
)
ADDS = re.compile(
    r"^(?:那|再|请)*(?:加上|加个|带上|再加|同时看|顺便看)(?:一下)?(?P<what>.{1,20})$|"
    r"^(?:and |please )*(?:add|plus|also show|along with|together with) (?:the )?(?P<more>.{1,40})$"
)
DROPS = re.compile(
    r"^(?:去掉|去除|不要|取消|移除|remove |drop |clear )(?:the )?(?P<what>.+?)\s*"
    r"(?:的?(?:(?P<filter>筛选|过滤|条件|限制)|(?P<group>分组))|(?P<filter_en>filter)|(?P<group_en>grouping))?$"
)
ENDS = "?？。.!！呢吧 "
TIME = re.compile(r"时间|日期|时间范围|time|dates?|period|time range")
ROUND = re.compile(
    r"^(?:倒过来|反过来|从低到高|从小到大|升序|ascending|reverse(?: it| order)?|lowest first)$"
)
ROUND_DOWN = re.compile(r"^(?:从高到低|从大到小|降序|descending|highest first)$")
ALL_TIME = re.compile(r"^(?:全部时间|所有时间|不限时间|全部|all time|overall)$")
YEAR_BEFORE = re.compile(
    r"^(?:和|跟|与|同)?去年(?:同期)?(?:相?比|比较|对比)(?:呢)?$|^同比$|^compared? (?:to|with) last year$"
)
PERIOD_BEFORE = re.compile(
    r"^(?:和|跟|与)?上(?:期|一期|个?月)(?:相?比|比较|对比)$|^环比$|"
    r"^compared? (?:to|with) (?:the )?(?:previous|last) period$"
)
SHARE = re.compile(
    r"^(?:占比|各自占比|占总体?的?(?:比例|百分比)?|比例|"
    r"share(?: of (?:the )?total)?|percentages?|as (?:a )?percentages?)$"
)
BARE = "-"
"""Stands for a cue where there is none."""
WEAK = (
    BARE,
    "按",
    "按照",
    "根据",
    "分",
    "use",
    "by",
    "per",
    "for",
    "in",
    "without",
    "excluding",
    "only",
    "just",
)
"""Cues that questions of their own begin with as well."""
GROUPS = ("按", "按照", "根据", "分")
SWAPS = ("换成", "改成", "改为", "换为", "换", "改用", "switch to", "change to", "use", "make it")
HAN = re.compile(r"[\u4e00-\u9fff]")
TO_TEN = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
NUMBERS = {
    **{word: number for number, word in enumerate("一二三四五六七八九", 1)},
    "两": 2,
    **{
        word: number
        for number, word in enumerate(
            ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1
        )
    },
}
