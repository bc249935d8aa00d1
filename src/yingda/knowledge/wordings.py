"""One wording for what is said in many: before a sentence and a passage are compared, both are reworded."""

from __future__ import annotations

import re

_HAN_GROUPS = """
儿童 小孩子 小孩 孩子 小朋友
外借 借走 借出 借回家
收费 收钱 付钱 交钱 要钱 付费 缴费 交费
免费 不收费 不要钱 不花钱 不用钱
退还 退回 返还 退给
全部 全额 全数 全都 全款
闭馆 不开放 不营业 不开门 关门 闭店 停业
开放 开馆 营业 开门
无需 不用 不必 无须 不需要 不需 毋需
致电 打电话 电话联系
查看 查询 查阅 看到
进入 入内 入场 进场 进馆
自带 自备 自己带
陪同 陪伴 陪着
进食 吃东西 吃饭
饮水 喝水
取得 领取 领走 拿到
办理 申办
寄出 寄送 邮寄
丢失 遗失 弄丢 丢了
单独 独自 自己单独
"""
_LATIN_GROUPS = """
cost charg pric fee pay paid
buy bought purchas sold sell
bring brought hand return giv give
allow permit
begin start began
clos shut
open access enter
kid child children
phon call telephon
high higher tall taller
old older ag
expir lost lose
choos chosen elect pick
freed releas
includ contain
"""


def _by_word(groups: str) -> dict[str, str]:
    lines = [line.split() for line in groups.strip().splitlines()]
    return {word: line[0] for line in lines for word in line}


_HAN = _by_word(_HAN_GROUPS)
_LATIN = _by_word(_LATIN_GROUPS)
_HAN_WORD = re.compile("|".join(sorted(_HAN, key=lambda word: (-len(word), word))))


def reworded(text: str) -> str:
    """A folded text in which Chinese words of one meaning are the same word."""
    return _HAN_WORD.sub(lambda found: _HAN[found[0]], text) if not text.isascii() else text


def has_like(stem: str) -> bool:
    """Whether a text may say this with another word."""
    return stem in _LATIN


def same_stem(stem: str) -> str:
    """The stem that stands for all English ones of its meaning."""
    return _LATIN.get(stem, stem)
