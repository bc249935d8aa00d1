"""A person on a bad line who reports an accident: knows the truth, hears questions, is misheard.

Imports nothing of the product: what is true, how people say it, and what a recogniser of speech makes of it
are written down here once and stay as they are. The names of roads are the only words that are never
misheard, for the place is judged by them. All chance comes from the seed.
"""

# ruff: noqa: E501

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

PLATES = (
    "沪A89395", "京N7K215", "苏E5Q312", "浙A1B2C3", "粤B90876", "鲁Q6Y031", "川AK5520", "皖A73G46",
    "沪C05J18", "京AD06318", "粤BD12345", "苏A4417P", "浙B8P902", "沪DG2209", "冀F20Z88", "豫A66N31",
    "湘A90E57", "鄂A1R386", "闽D25W70", "渝B3M194",
)  # fmt: skip
PHONES = (
    "13800138000", "13912345678", "15021687790", "18616350024", "13764512093", "17701826635",
    "15900472218", "13671960385", "18918230546", "13301759962", "16621048873", "19921357704",
)  # fmt: skip
TIMES = (
    ("今天早上八点一刻", "2025-03-31T08:15"),
    ("今天上午十点半", "2025-03-31T10:30"),
    ("半小时前", "2025-03-31T11:30"),
    ("二十分钟前", "2025-03-31T11:40"),
    ("昨天晚上九点", "2025-03-30T21:00"),
    ("今天早上七点四十", "2025-03-31T07:40"),
    ("上午九点二十分", "2025-03-31T09:20"),
    ("今天凌晨两点", "2025-03-31T02:00"),
    ("昨天下午三点", "2025-03-30T15:00"),
    ("一个小时前", "2025-03-31T11:00"),
    ("今天早上六点五十", "2025-03-31T06:50"),
    ("昨天中午十二点", "2025-03-30T12:00"),
)
"""As it is said at noon of 31 March 2025 in Shanghai, and the moment that is meant."""
PLACES = (
    ("中山北路和曹杨路路口", ("中山北路", "曹杨路")),
    ("延安高架江苏路下匝道", ("延安高架", "江苏路")),
    ("沪宁高速花桥收费站附近", ("沪宁高速", "花桥")),
    ("世纪大道地铁站门口", ("世纪大道",)),
    ("人民广场西藏中路", ("西藏中路",)),
    ("徐家汇路打浦路路口", ("徐家汇路", "打浦路")),
    ("外环高速浦东机场方向", ("外环高速",)),
    ("长江西路逸仙路立交", ("长江西路", "逸仙路")),
    ("虹桥路古北路交叉口", ("虹桥路", "古北路")),
    ("龙阳路地铁站对面", ("龙阳路",)),
)
INJURIES = (
    "有人受伤了",
    "有 有一个人受伤",
    "我朋友头上流血了",
    "有人流血",
    "没有大事但是对方手臂流血了",
    "对方司机骨折了好像",
    "要叫救护车 有人受伤",
)
NO_INJURIES = (
    "没有",
    "没有人受伤",
    "没人受伤就是车坏了",
    "人没事",
    "没有 都没受伤",
    "没有没有",
    "人都没有受伤",
    "没有受伤 只是擦了一下",
)

SPOKEN_DIGITS = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))
ALIKE = {
    "零": "铃林", "幺": "要腰", "二": "儿而", "三": "山", "四": "事是", "五": "舞无", "六": "流留", "七": "起期",
    "八": "吧把", "九": "久酒", "沪": "户护", "京": "经精", "苏": "酥素", "浙": "这哲", "粤": "月越", "鲁": "路",
    "川": "穿", "皖": "晚", "豫": "遇", "湘": "香", "冀": "记", "A": "诶", "B": "必比", "D": "地弟", "E": "易",
    "C": "西", "Q": "球", "K": "开", "P": "批", "N": "恩", "Y": "歪", "G": "鸡",
    "车牌": ("车排",), "方便": ("方变", "房便"), "受伤": ("受商",), "流血": ("留血",), "没有": ("没油",),
    "今天": ("金天",), "早上": ("找上",), "昨天": ("作天",), "上午": ("尚午",), "电话": ("店话",), "手机": ("首机",),
    "对方": ("队方",), "对": ("队", "兑"), "是的": ("似的",), "没错": ("没措",), "两辆": ("俩辆",), "在": ("再",),
    "一辆": ("一亮",), "追尾": ("追委",), "可以": ("可已",),
}  # fmt: skip
"""What is written instead of what was said; each word of several characters as a whole."""
FILLERS = ("嗯", "呃", "那个", "就是", "啊", "这个", "嗯嗯", "就是说", "那个那个")
DIGRESSIONS = (
    "喂 听得到吗",
    "等一下啊",
    "你是机器人吗",
    "要多久才能弄好",
    "你说什么",
    "没听清",
    "为什么要问这个",
    "稍等我看一下",
    "喂喂",
    "谢谢啊",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """How likely each kind of noise is, a turn or an answer."""

    homophone: float = 0.30
    filler: float = 0.35
    cut: float = 0.06
    digression: float = 0.07
    misspeak: float = 0.25
    self_repair: float = 0.22
    pieces: float = 0.35
    over_answer: float = 0.25
    silence: float = 0.015
    injury: float = 0.12
    wants_human: float = 0.03
    written_digits: float = 0.25


@dataclass(slots=True)
class Noise:
    """What was done to the words of a call, in turns."""

    turns: int = 0
    homophones: int = 0
    fillers: int = 0
    cuts: int = 0
    digressions: int = 0
    corrections: int = 0
    pieces: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What really happened; `other` is None where the caller does not know the other car's plate."""

    vehicles: int
    plate: str
    other: str | None
    phone: str
    time: str
    at: str
    place: str
    roads: tuple[str, ...]
    is_injured: bool
    wants_human: bool


@dataclass
class Caller:
    """One call; `reply` hears what the machine said and gives what a recogniser made of the answer."""

    seed: int
    odds: Odds = field(default_factory=Odds)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self.truth = self._make_truth()
        self.noise = Noise()
        self._rest: list[str] = []
        self._topic = self._heard = ""
        self._slip = ""
        self._was_silent = False
        self._has_told_injury = False
        self._human_after = self._chance.randint(2, 6)
        self._injury_after = self._chance.choice((0, 0, 0, 1, 4))

    # What happened

    def _make_truth(self) -> Truth:
        chance = self._chance
        plate, other = chance.sample(PLATES, 2)
        vehicles = chance.choice((1, 2, 2))
        time, at = chance.choice(TIMES)
        place, roads = chance.choice(PLACES)
        return Truth(
            vehicles=vehicles,
            plate=plate,
            other=other if vehicles > 1 and chance.random() < 0.8 else None,
            phone=chance.choice(PHONES),
            time=time,
            at=at,
            place=place,
            roads=roads,
            is_injured=chance.random() < self.odds.injury,
            wants_human=chance.random() < self.odds.wants_human,
        )

    # A turn

    def reply(self, said: str) -> str:
        """The caller's next words as they arrive; empty for a silence."""
        chance = self._chance
        self.noise.turns += 1
        self._was_silent = not self._was_silent and chance.random() < self.odds.silence
        if self._was_silent:
            return ""
        if self._must_shout():
            self._has_told_injury = True
            return self._garbled(chance.choice(INJURIES))
        if self.truth.wants_human and self.noise.turns > self._human_after:
            return self._garbled(chance.choice(("帮我转人工", "我要人工", "给我转人工客服吧")))
        if self.noise.turns > 1 and not self._rest and chance.random() < self.odds.digression:
            self.noise.digressions += 1
            return self._garbled(chance.choice(DIGRESSIONS))
        return self._garbled(self._answer(said))

    def _must_shout(self) -> bool:
        """An injury told without being asked for, at the start or in the middle of it all."""
        is_due = 0 < self._injury_after <= self.noise.turns
        return self.truth.is_injured and not self._has_told_injury and is_due

    def _answer(self, said: str) -> str:
        if "不着急" in said:
            said = self._heard
        self._heard = said
        if "继续说" in said:
            return (
                self._rest.pop(0) if self._rest else self._spoken(self._topic, self._value(self._topic) or "")
            )
        self._rest.clear()
        if self._slip and re.search("核对|继续|不着急", said) is None:
            slip, self._slip = self._slip, ""
            return self._correct(slip, by_name=True)
        for marks, answer in self._table():
            if all(re.search(mark, said) for mark in marks):
                return answer(said)
        return "你再说一遍"

    def _table(self) -> tuple[tuple[tuple[str, ...], Callable[[str], str]], ...]:
        """By what a question says; the first row that fits."""
        return (
            (("取消",), lambda said: "不取消 继续"),
            (("哪一项",), lambda said: self._name_wrong()),
            (("核对", "电话"), self._review),
            (("对吗|可以吗",), self._check),
            (("方便",), lambda said: self._opening()),
            (("受伤",), lambda said: self._injury()),
            (("几辆",), lambda said: self._say("vehicles")),
            (("对方", "车牌"), lambda said: self._say("other")),
            (("车牌|省份",), lambda said: self._say("plate")),
            (("什么时候|时间",), lambda said: self._say("time")),
            (("位置|路名|哪里",), lambda said: self._say("place")),
            (("手机|电话",), lambda said: self._say("phone")),
            (("短信|等待",), lambda said: self._chance.choice(("好的", "好 我去拍"))),
        )

    # Answers

    def _opening(self) -> str:
        yes = self._chance.choice(("方便", "方便的", "可以", "嗯方便", "方便你说"))
        if self._chance.random() >= self.odds.over_answer:
            return yes
        more = ["我跟别人追尾了" if self.truth.vehicles == 2 else "我自己撞护栏了"]
        if self._chance.random() < 0.5:
            more.append("我的车牌是" + self._plate(self.truth.plate))
        if self._chance.random() < 0.4:
            more.append(self.truth.time + "在" + self.truth.place)
        return "，".join([yes, *more])

    def _injury(self) -> str:
        if not self.truth.is_injured:
            return self._chance.choice(NO_INJURIES)
        self._has_told_injury = True
        return self._chance.choice((*INJURIES, "有"))

    def _say(self, what: str) -> str:
        """A value: at times wrong, taken back in one breath, or in pieces."""
        chance, right = self._chance, self._value(what)
        self._topic = what
        if what == "other" and self.truth.vehicles == 1:
            return "没有对方 就我一辆车"
        if right is None:
            return chance.choice(("不知道", "没看清", "他跑了我没记住"))
        spoken = self._worded(what, self._spoken(what, right))
        if what in ("plate", "phone", "time", "vehicles") and chance.random() < self.odds.self_repair:
            self.noise.corrections += 1
            return f"{self._spoken(what, self._false(what))}，不对，{self._spoken(what, right)}"
        if chance.random() < self.odds.misspeak:
            # Plate and phone are read back at once; the rest a caller notices a moment later.
            self._slip = what if what in ("vehicles", "time", "place") else ""
            return self._worded(what, self._spoken(what, self._false(what)))
        if what in ("plate", "other", "phone") and chance.random() < self.odds.pieces:
            return self._in_pieces(what, right)
        return spoken

    def _in_pieces(self, what: str, right: str) -> str:
        self.noise.pieces += 1
        cuts = (3, 7) if what == "phone" else (self._chance.choice((2, 4)),)
        places = (0, *cuts, len(right))
        parts = [right[a:b] for a, b in itertools.pairwise(places)]
        spoken = [self._digits(part) for part in parts]
        self._rest = spoken[1:]
        return spoken[0]

    def _check(self, said: str) -> str:
        """One value read back, or offered."""
        flat = said.replace(" ", "")
        truth = self.truth
        if any(value and value in flat for value in (truth.plate, truth.other, truth.phone)):
            return self._yes()
        if re.search(r"\d+月\d+日", flat):
            return self._yes() if self._is_my_time(flat) else self._correct("time")
        if re.search(r"1\d{10}", flat):
            return self._correct("phone")
        if re.search(r"[\u4e00-\u9fff][A-Z]", flat):
            return self._correct(self._nearer(flat))
        if any(road in flat for _place, roads in PLACES for road in roads):
            return self._yes() if all(road in flat for road in truth.roads) else self._correct("place")
        return self._yes() if str(truth.vehicles) in flat else self._correct("vehicles")

    def _nearer(self, flat: str) -> str:
        """Which of the two plates was meant by a wrong one."""
        heard = re.search(r"[\u4e00-\u9fff][A-Z][A-Z0-9]{4,6}", flat)
        if heard is None or self.truth.other is None:
            return "plate"
        shared = {
            name: sum(a == b for a, b in zip(heard[0], value, strict=False))
            for name, value in (("plate", self.truth.plate), ("other", self.truth.other))
        }
        return max(shared, key=lambda name: shared[name])

    def _review(self, said: str) -> str:
        """Everything read back at once; the first that is wrong is put right."""
        wrong = self._wrong_in(said)
        return self._correct(wrong, by_name=True) if wrong else self._yes()

    def _wrong_in(self, said: str) -> str | None:
        flat = said.replace(" ", "")
        if self.truth.plate not in flat:
            return "plate"
        if not self._is_my_time(flat):
            return "time"
        if not all(road in flat for road in self.truth.roads):
            return "place"
        return None if self.truth.phone in flat else "phone"

    def _is_my_time(self, flat: str) -> bool:
        """Nobody minds minutes that have passed since "half an hour ago"."""
        time = re.search(r"(\d+)日(?:凌晨|早上|上午|中午|下午|晚上)?(\d+)[点:](\d*)(半|一刻|三刻)?", flat)
        if time is None:
            return False
        minute = {"半": 30, "一刻": 15, "三刻": 45}.get(time[4] or "", int(time[3] or 0))
        said = (int(time[1]) * 24 + int(time[2])) * 60 + minute
        meant = (int(self.truth.at[8:10]) * 24 + int(self.truth.at[11:13])) * 60 + int(self.truth.at[14:16])
        return 0 <= said - meant <= (9 if self.truth.time.endswith("前") else 0)

    def _correct(self, what: str, *, by_name: bool = False) -> str:
        self.noise.corrections += 1
        right = self._value(what)
        if right is None:
            return "不对，对方车牌我不知道"
        spoken = self._spoken(what, right)
        if what == "vehicles":
            return f"刚才说错了，是{spoken}车"
        if by_name:
            name = {"plate": "我的车牌", "phone": "电话", "time": "时间", "place": "地点"}[what]
            return self._chance.choice(
                (f"不对，{name}是{spoken}", f"{name}说错了，是{spoken}", f"{name}改成{spoken}")
            )
        return self._chance.choice(
            (f"不对，是{spoken}", f"说错了，{spoken}", f"不是，是{spoken}", f"错了，应该是{spoken}")
        )

    def _name_wrong(self) -> str:
        names = {
            "time": "时间",
            "place": "地点",
            "phone": "电话",
            "other": "对方的车牌",
            "vehicles": "几辆车",
        }
        return names.get(self._topic, "我的车牌")

    def _yes(self) -> str:
        return self._chance.choice(("对", "对的", "是的", "没错", "嗯对", "对对对", "可以"))

    # Values and how they are said

    def _value(self, what: str) -> str | None:
        truth = self.truth
        return {
            "vehicles": str(truth.vehicles),
            "plate": truth.plate,
            "other": truth.other,
            "phone": truth.phone,
            "time": truth.time,
            "place": truth.place,
        }[what]

    def _false(self, what: str) -> str:
        """What the caller says by mistake."""
        chance, right = self._chance, self._value(what) or ""
        if what == "vehicles":
            return "3" if right != "3" else "1"
        if what == "time":
            return chance.choice([time for time, _at in TIMES if time != right])
        if what == "place":
            return chance.choice([place for place, _roads in PLACES if place != right])
        place = chance.choice([at for at, char in enumerate(right) if at > 1 and char.isdigit()])
        return right[:place] + str((int(right[place]) + chance.randint(1, 9)) % 10) + right[place + 1 :]

    def _spoken(self, what: str, value: str) -> str:
        if what == "vehicles":
            return {"1": "一辆", "2": "两辆", "3": "三辆"}[value]
        if what in ("plate", "other"):
            return self._plate(value)
        return self._digits(value) if what == "phone" else value

    def _plate(self, value: str) -> str:
        return self._digits(value)

    def _digits(self, value: str) -> str:
        if self._chance.random() < self.odds.written_digits:
            return value
        return "".join(SPOKEN_DIGITS.get(char, char) for char in value)

    def _worded(self, what: str, spoken: str) -> str:
        frames = {
            "vehicles": ("{}", "就{}", "一共{}车" if spoken == "两辆" else "{}车"),
            "plate": ("{}", "我的车牌是{}", "车牌号{}", "是{}"),
            "other": ("{}", "对方是{}", "对方车牌{}", "他的车是{}"),
            "phone": ("{}", "我手机是{}", "电话{}", "你记一下{}"),
            "time": ("{}", "大概{}", "{}的时候", "应该是{}"),
            "place": ("在{}", "{}", "就在{}这里", "我在{}"),
        }[what]
        return self._chance.choice(frames).format(spoken)

    # What a recogniser makes of it

    def _garbled(self, words: str) -> str:
        chance = self._chance
        if chance.random() < self.odds.homophone:
            words = self._misheard(words)
        if chance.random() < self.odds.filler:
            self.noise.fillers += 1
            words = self._with_filler(words)
        if len(words) > 5 and chance.random() < self.odds.cut:
            self.noise.cuts += 1
            length = len(words) - chance.randint(1, 3)
            self._rest.insert(0, words[length:])
            words = words[:length]
        return words

    def _with_filler(self, words: str) -> str:
        """At the start, or now and then in the middle of it."""
        filler = self._chance.choice(FILLERS)
        if len(words) > 4 and self._chance.random() < 0.25:
            at = self._chance.randint(2, len(words) - 2)
            if not any(at in span for span in self._named_places(words)):
                return f"{words[:at]}{filler}{words[at:]}"
        return f"{filler}{self._chance.choice((',', '', '，'))}{words}"

    @staticmethod
    def _named_places(words: str) -> list[range]:
        return [
            range(words.find(name), words.find(name) + len(name))
            for place, roads in PLACES
            for name in (place, *roads)
            if name in words
        ]

    def _misheard(self, words: str) -> str:
        """One or two of its words or characters replaced; the names of places stay."""
        safe = self._named_places(words)
        spots = [
            (at, heard)
            for heard in ALIKE
            for at in range(len(words))
            if words.startswith(heard, at) and not any(at in span for span in safe)
        ]
        self._chance.shuffle(spots)
        done: list[tuple[int, str]] = []
        for at, heard in spots[: self._chance.choice((1, 1, 2))]:
            if all(abs(at - other) >= 2 for other, _heard in done):
                done.append((at, heard))
        for at, heard in sorted(done, reverse=True):
            words = words[:at] + self._chance.choice(ALIKE[heard]) + words[at + len(heard) :]
        self.noise.homophones += bool(done)
        return words
