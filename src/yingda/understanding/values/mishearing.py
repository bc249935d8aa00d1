"""Words of a call that a recogniser of speech wrote with a character of the same sound: 金天, 受商, 没措."""

from __future__ import annotations

import re

from yingda.understanding.values import alike

# What callers say when they are asked for facts; each may have one character of the same sound in it.
_WORDS = """
今天 昨天 明天 前天 早上 上午 中午 下午 晚上 凌晨 刚才 刚刚 小时 分钟 点钟
方便 受伤 流血 骨折 昏迷 救护 没有 没人 没错 不是 不对 可以 应该 需要 不用 最后
车牌 电话 手机 号码 对方 追尾 剐蹭 碰撞 护栏 一辆 两辆 三辆 四辆 五辆
人工 转接 报案 取消 改成 路口 高速 高架 附近 门口 方向 位置 时间 地点 事故
"""
_SOUNDS = """
今金斤津巾筋近进 天添甜田填 昨作做左坐 明名鸣铭 前钱千欠 早找枣澡草 上尚商赏伤 午武舞五无物务
中钟种终重忠 下夏吓 晚万完玩碗 凌零铃灵林陵 晨陈辰沉成 刚钢纲岗 才材财采猜 小晓笑 时石食实十
分芬纷份粉 钟中终种 点店典电 方房芳防放访 便变边遍 受手售收首 伤商赏尚 流留刘柳溜 血学雪穴写
骨古股鼓谷 折哲者着 昏婚浑混 迷谜米 救就旧舅 护户互湖 没梅美霉煤 有油友由又右 人仁任认 错措挫
是似事四式试室 的得地 不步部布补 对队兑堆 可克课渴刻 以已亿一议 应英鹰映 该盖概 需须许 要药腰妖
用永勇 最罪醉 后厚候 车扯撤 牌排派 电店点典 话画花化 手首收守 机鸡几级计 号好浩耗 码马吗麻 追锥坠
尾委伟位 剐寡瓜挂 蹭层曾 碰蓬朋 撞状壮装 栏拦蓝兰 辆量亮两凉 两俩
工公功共 转专砖赚 接街节结 报抱宝保 案暗按岸 取去曲娶 消笑小销 改该盖 成城程称 路露鹿录
口扣 高搞告糕 速素诉宿 架价家加 附付富负 近进今金 门闷们 向象像项 位为胃卫 置至制治 间见尖件 地第低弟
事是式世 故顾固雇
"""
_REAL_WORDS = """
一两 一凉 一量 万上 三两 不事 不四 不时 不试 不适 世故 两两 五两 低点 前田 千天 取小 取笑 受赏 可依
可疑 可移 四两 好码 完上 富近 对房 对放 对访 小十 小石 小笑 小食 布对 应盖 应试 弟点 手伤 手几 手级
手计 手记 收伤 收机 改称 步是 每人 没任 没认 点化 玩上 电化 种午 第点 终午 美人 许要 负近 转借 转结
部是 需药 须要 高价 高加 高家
"""
"""What only looks like a mishearing."""


def _mishearings() -> dict[str, str]:
    alike: dict[str, str] = {}
    for group in _SOUNDS.split():
        alike[group[0]] = alike.get(group[0], "") + group[1:]
    words, real = _WORDS.split(), frozenset(_REAL_WORDS.split()) | frozenset(_WORDS.split())
    heard = (
        (word[:place] + other + word[place + 1 :], word)
        for word in words
        for place, char in enumerate(word)
        for other in alike.get(char, "")
    )
    return {written: word for written, word in heard if written not in real}


_ALIKE = "".join(alike.DIGITS)
_SPARE = "".join(char for char in _ALIKE if char not in "是就要以已亦意把吧起而")
"""Without those that are common words by themselves."""
_TENS = "".join(char for char in _ALIKE if char not in "是就要以已亦意把吧午")
_FIGURES = "零一二三四五六七八九"
_MEANT = _mishearings()
_FIRST = re.compile(f"[{''.join(sorted({written[0] for written in _MEANT}))}](?=[\u4e00-\u9fff])")
_DAYTIME = "凌晨|[早晚]上|[上中下]午|今[早晚]|昨晚"
_HAN = "一二三四五六七八九"
_UNITS = r"(?:点(?!心)|分钟|分(?=[,。的]|$)|个?小时|号(?!码))"
_NUMBER = re.compile(
    rf"(?<=十)[{_ALIKE}](?={_UNITS}|$)|[{_TENS}](?=十[{_HAN}]?(?:{_UNITS}|$))|(?<=点)[{_ALIKE}](?=十)"
    rf"|(?<=[点十])[{_ALIKE}](?=分(?!钟|之))|(?<=[{_HAN[1:]}]十)[{_ALIKE}](?=分钟?|$)"
    rf"|(?:{_DAYTIME})(?P<hour>[{_ALIKE}])(?=点)|(?<![\u4e00-\u9fff])[{_SPARE}](?=分钟|个?小时)"
)
"""A digit that can only be one, for a unit or a ten stands beside it."""
_LONE_YES = re.compile(r"(?<![^\s,。.!?])(?:[对队兑堆]|似(?=的))+(?=[的得]?(?:$|[\s,。.!?]))")
_YES = {"似": "是"}
WORDS = frozenset(_WORDS.split())


def mended(text: str) -> str:
    """The text with such words put right; as long as before."""
    chars = list(text)
    for found in _FIRST.finditer(text):
        at = found.start()
        if word := _MEANT.get(text[at : at + 2]):
            chars[at : at + 2] = word
    words = _NUMBER.sub(_digit, "".join(chars))
    return _LONE_YES.sub(lambda nod: "".join(_YES.get(char, "对") for char in nod[0]), words)


def _digit(found: re.Match[str]) -> str:
    char = found["hour"] or found[0]
    return found[0][:-1] + _FIGURES[int(alike.DIGITS[char])]
