"""How long a lexical search takes in a large collection, relevance ordering included.

Builds passages from a seeded generator, so that two runs measure the same thing. Cold: the first searches of
a freshly opened index; warm: the same number of other questions after them. Exit 1 above the target.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.types import Chunk
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId

TENANT = "benchmark"
TARGET_P95_MS = 15.0
CHUNKS_PER_DOCUMENT = 20
DOCUMENTS_PER_COMMIT = 1000


def _words(line: str) -> list[str]:
    return line.split()


SUBJECTS = _words(
    "退货 换货 退款 发票 运费 配送 快递 会员 积分 优惠券 保修 密码 账户 订单 门店 尺码 充电 电池 蓝牙 清洗"
)
QUALITIES = _words(
    "生鲜 大件 预售 海外 企业 定制 二手 赠品 限时 团购 电子 服装 图书 家具 食品 美妆 母婴 数码 户外 办公"
)
ACTIONS = _words(
    "申请 审核 取消 修改 查询 开具 提交 确认 冻结 恢复 补寄 签收 验收 结算 登记 预约 转让 升级 续费 注销"
)
PLACES = _words(
    "北京 上海 广州 深圳 杭州 成都 武汉 西安 南京 重庆 苏州 天津 长沙 青岛 厦门 昆明 沈阳 大连 福州 合肥"
)
ENGLISH = _words(
    "warranty return refund delivery invoice coupon account password battery charger order shipping"
)
SYLLABLES = "安博川达恩方光海嘉凯力美诺欧普青瑞盛泰维欣雅泽智"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Milliseconds per search, ascending."""

    ms: tuple[float, ...]

    def at(self, share: float) -> float:
        """The quantile, `share` 0..1."""
        return self.ms[min(len(self.ms) - 1, int(share * len(self.ms)))]


def main() -> int:
    """Print the table; 1 where the warm p95 misses the target."""
    chosen = _options()
    with tempfile.TemporaryDirectory() as folder:
        seconds = _build(Path(folder), chosen.passages)
        print(f"{chosen.passages} passages in {seconds:.1f} s, {_size_mb(Path(folder)):.0f} MB on disk")
        index = TantivyIndex(Path(folder))
        questions = list(_questions(2 * chosen.questions))
        cold = _measure(index, questions[: chosen.questions])
        warm = _measure(index, questions[chosen.questions :])
    print(f"memory of the process after searching: {_resident_mb():.0f} MB")
    for name, timings in (("cold", cold), ("warm", warm)):
        p50, p95 = timings.at(0.5), timings.at(0.95)
        print(f"{name}: p50 {p50:.2f} ms, p95 {p95:.2f} ms, most {timings.ms[-1]:.2f} ms")
    print(f"target: p95 <= {TARGET_P95_MS} ms")
    return int(warm.at(0.95) > TARGET_P95_MS)


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser()
    options.add_argument("--passages", type=int, default=100_000)
    options.add_argument("--questions", type=int, default=500)
    return options.parse_args()


def _build(folder: Path, passage_count: int) -> float:
    started = time.perf_counter()
    index = TantivyIndex(folder)
    batch: list[tuple[DocumentId, list[Chunk]]] = []
    for number in range(-(-passage_count // CHUNKS_PER_DOCUMENT)):
        batch.append((DocumentId(f"d{number}"), _document(number)))
        if len(batch) == DOCUMENTS_PER_COMMIT:
            index.replace_many(TENANT, DEFAULT_COLLECTION, batch)
            batch = []
    index.replace_many(TENANT, DEFAULT_COLLECTION, batch)
    return time.perf_counter() - started


def _document(number: int) -> list[Chunk]:
    return [_chunk(number, ordinal) for ordinal in range(CHUNKS_PER_DOCUMENT)]


def _chunk(number: int, ordinal: int) -> Chunk:
    rng = random.Random(number * CHUNKS_PER_DOCUMENT + ordinal)
    heading = (_product(rng), rng.choice(SUBJECTS))
    text = "".join(_sentence(rng, heading[0]) for _ in range(rng.randint(4, 9)))
    return Chunk(
        id=f"d{number}-{ordinal}",
        document_id=DocumentId(f"d{number}"),
        version=1,
        source=f"d{number}.md",
        ordinal=ordinal,
        start=0,
        end=len(text),
        text=text,
        heading=heading,
    )


def _product(rng: random.Random) -> str:
    return f"{rng.choice(SYLLABLES)}{rng.choice(SYLLABLES)}{rng.choice('ABCKX')}{rng.randint(100, 999)}"


def _sentence(rng: random.Random, product: str) -> str:
    place, action, subject, quality = (rng.choice(words) for words in (PLACES, ACTIONS, SUBJECTS, QUALITIES))
    order = f"ORD-{rng.randint(2020, 2026)}-{rng.randint(100, 99999)}"
    about, other = rng.choice(ENGLISH), rng.choice(ENGLISH)
    return rng.choice(
        (
            f"{place}地区的{quality}商品{action}{subject}需要{rng.randint(1, 60)}个工作日，请在页面上提交。",
            f"{product}支持{subject}，{quality}类订单在{rng.randint(1, 24)}小时内完成{action}。",
            f"如需{action}{subject}，请联系{place}的客服，并提供订单号{order}。",
            f"The {about} of {product} takes {rng.randint(1, 30)} days; keep the {other}. ",
        )
    )


def _questions(count: int) -> Iterator[str]:
    rng = random.Random("questions")
    for _ in range(count):
        place, action, subject, quality = (
            rng.choice(words) for words in (PLACES, ACTIONS, SUBJECTS, QUALITIES)
        )
        yield rng.choice(
            (
                f"{place}的{quality}商品怎么{action}{subject}？",
                f"{_product(rng)}可以{action}{subject}吗，要多久",
                f"请问{quality}订单{subject}几天能{action}，要提供什么资料",
                f"how long does the {rng.choice(ENGLISH)} of {_product(rng)} take",
            )
        )


def _measure(index: TantivyIndex, questions: list[str]) -> Timings:
    taken = []
    for question in questions:
        started = time.perf_counter()
        index.search(TENANT, DEFAULT_COLLECTION, question, 5)
        taken.append((time.perf_counter() - started) * 1000)
    return Timings(ms=tuple(sorted(taken)))


def _size_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 1e6


def _resident_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
