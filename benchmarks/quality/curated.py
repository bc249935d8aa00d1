"""Whether curated answers are given for the right questions: `python -m benchmarks.quality.curated [--fit]`.

Pairs of questions, some that mean the same and more that only look it. The tuned half is what weights and
threshold were chosen by, the held-out half was written before either and never looked at for them. Exit 1
where the held-out half misses its aims. `--fit` prints the weights that the tuned half asks for.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from yingda.curated.agreement import differences
from yingda.curated.alike import DEFAULTS, Features, features, likeness
from yingda.curated.answer import CuratedAnswer, CuratedId, Wording
from yingda.curated.match import MatchConfig, Matcher
from yingda.curated.reading import read

DATA = Path(__file__).parent / "data"
MOST_FALSE, LEAST_FOUND = 0.02, 0.60
THRESHOLDS = (0.45, 0.50, 0.55, 0.60, 0.70, 0.80)
VARIANTS = (
    ("怎么退货？", "怎么退货"),
    ("怎么 退货", "怎么退货?!"),
    ("７天内可以退货吗", "7天内可以退货吗？"),
    ("怎麼退貨", "怎么退货"),
    ("HOW DO I RETURN AN ITEM", "how do i return an item?"),
    ("Ｘ２００支持防水吗", "x200支持防水吗"),
    ("“会员”有什么好处", "会员有什么好处"),
    ("what’s the return policy", "What's the return policy?"),
    ("请问怎么退货", "怎么退货"),
    ("Is Wi-Fi free", "is wi‑fi free?"),
)
"""Pairs that differ in width, case, punctuation, script and manners only."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions, whether they are the same, and if not, what tells them apart."""

    one: str
    other: str
    same: bool
    kind: str


def pairs(name: str) -> list[Pair]:
    """`curated_tuned` or `curated_held_out`."""
    lines = (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [Pair(**json.loads(line)) for line in lines]


def score(pair: Pair) -> float:
    """As the matcher would score it, but for the rarity of words."""
    return likeness(read(pair.one), read(pair.other), _even).score


def rates(name: str, threshold: float) -> tuple[float, float, float]:
    """Share of same pairs found, share of others taken for the same, precision."""
    known = pairs(name)
    found = sum(score(pair) >= threshold for pair in known if pair.same)
    false = sum(score(pair) >= threshold for pair in known if not pair.same)
    same = sum(pair.same for pair in known)
    return found / same, false / (len(known) - same), found / max(1, found + false)


def main(arguments: Sequence[str] = ()) -> int:
    """Print the figures of both halves, and the time a match takes."""
    if "--fit" in arguments:
        print({name: round(float(weight), 2) for name, weight in fitted().items()})
        return 0
    for name in ("curated_tuned", "curated_held_out"):
        known = pairs(name)
        print(f"\n{name}: {sum(p.same for p in known)} pairs the same, {sum(not p.same for p in known)} not")
        for at in THRESHOLDS:
            found, false, precision = rates(name, at)
            print(f"threshold {at:.2f}: found {found:.1%}, false {false:.1%}, precision {precision:.1%}")
    threshold = MatchConfig().threshold
    wrong = Counter(p.kind for p in pairs("curated_held_out") if not p.same and score(p) >= threshold)
    print(f"\nheld out, false at {threshold}: {dict(wrong) or 'none'}")
    _print_calibration("curated_held_out")
    equal = sum(score(Pair(one, other, True, "variant")) == 1.0 for one, other in VARIANTS)
    print(f"variants taken as equal: {equal}/{len(VARIANTS)}")
    _time_matches()
    found, false, _ = rates("curated_held_out", threshold)
    return int(false > MOST_FALSE or found < LEAST_FOUND or equal < len(VARIANTS))


def _print_calibration(name: str) -> None:
    """How many pairs of each range of scores are the same."""
    scored = [(score(pair), pair.same) for pair in pairs(name)]
    for low, high in ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0)):
        inside = [same for value, same in scored if low <= value < high]
        print(f"scores {low:.1f} to {high:.1f}: {sum(inside)} of {len(inside)} are the same")


def fitted(rounds: int = 4000, pull: float = 0.5, step: float = 0.01) -> dict[str, float]:
    """Logistic regression on the tuned pairs that no check tells apart, and on near ones across its pairs.

    Held to the weights that stand by `pull`; what is not the same counts half as much again.
    """
    told = [(read(pair.one), read(pair.other), pair.same) for pair in pairs("curated_tuned")]
    same = [(one, other) for one, other, is_same in told if is_same]
    for one, mine in same:
        others = [other for _, other in same if other is not mine]
        near = sorted(others, key=lambda other: -features(one, other, _even).covered)[:3]
        told += [(one, other, False) for other in near]
    kept = [
        (features(one, other, _even), is_same) for one, other, is_same in told if not differences(one, other)
    ]
    matrix = np.array([(1.0, *astuple(found)) for found, _ in kept])
    truth = np.array([is_same for _, is_same in kept], float)
    names = ["bias", *(field.name for field in fields(Features))]
    start = np.array([getattr(DEFAULTS, name) for name in names])
    weights = start.copy()
    for _ in range(rounds):
        likely = 1 / (1 + np.exp(-matrix @ weights))
        slope = matrix.T @ (np.where(truth == 1, 1.0, 1.5) * (likely - truth))
        weights -= step * (slope + pull * (weights - start))
    return dict(zip(names, weights, strict=True))


def _time_matches(count: int = 2000, asked: int = 300) -> None:
    """Over answers made of few words in many combinations, which is the hardest case for the index."""
    draw = random.Random(1)
    at = datetime.now(UTC)
    answers = []
    for number in range(count):
        first, *others = (_made_up(draw) for _ in range(4))
        wording = Wording(question=first, answer="-", similar=tuple(others))
        name = f"{number}"
        answers.append(
            CuratedAnswer(
                id=CuratedId(name),
                wording=wording,
                created_at=at,
                created_by="",
                updated_at=at,
                updated_by="",
            )
        )
    matcher = Matcher(answers)
    times = []
    for _ in range(asked):
        question = _made_up(draw) + draw.choice(("", "呢", "啊", "？谢谢"))
        begun = time.perf_counter()
        matcher.best(question, lambda answer: True)
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    middle, late = times[asked // 2], times[asked * 95 // 100]
    scale = f"{count} answers, {len(matcher.questions)} questions"
    print(f"a match among {scale}: {middle:.2f} ms, p95 {late:.2f} ms")


_FORMS = """怎么{v}{w}{n} {w}{n}可以{v}吗 为什么不能{v}{w}{n} {v}{w}{n}要多久 {v}{w}{n}多少钱
    在哪里{v}{w}{n} 谁可以{v}{w}{n}"""
_VERBS = """申请 取消 修改 查询 开通 关闭 绑定 领取 使用 支付 补办 续费 转让 延长 激活 导出 打印 评价
    投诉 恢复"""
_WHOSE = "企业的 海外的 学生的 旧的 赠送的 二手的 团队的"
_NOUNS = """退货 换货 退款 发票 优惠券 积分 会员 密码 账号 订单 地址 电话 物流 运费 保修 耳机 手表 电脑
    键盘 水壶 台灯 充电器 路由器 打印机 套餐 流量 话费 房间 早餐 停车 游泳池 年假 病假 工资 报销 门禁卡
    会议室 社保 公积金 合同"""


def _made_up(draw: random.Random) -> str:
    verb, noun = draw.choice(_VERBS.split()), draw.choice(_NOUNS.split())
    return draw.choice(_FORMS.split()).format(v=verb, w=draw.choice(["", *_WHOSE.split()]), n=noun)


def _even(word: str) -> float:
    return 1.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
