"""What a question is about: the noun phrase, name or number that a follow-up would point back to."""

from __future__ import annotations

import re

import rjieba

from yingda.understanding.affairs import order_number

# Words that open a question or cut it: the topic is the first run of words between them.
_FRAME_WORDS = """
    请问 请 我 我想 想 想问 问 问下 问一下 一下 下 要 我要 帮 帮我 麻烦 你 你们 您 咱们 介绍 说说 说明
    讲讲 告诉 告诉我 了解 知道 看 看看 查 查询 查看 查一下 怎么 怎么样 如何 怎样 怎么办 什么 什么样 哪些
    哪 哪里 哪儿 哪个 多少 多久 多长 多长时间 多长久 几 几天 几点 几个 谁 为什么 为啥 可以 可不可以 能
    能不能 能否 会 会不会 是 是不是 有 有没有 支持 需要 要不要 需 收 包 提供 申请 办理 使用 用 取消 修改
    更改 开 吗 呢 么 吧 啊 呀 了 着 过 的 地 得 就 都 还 也 又 再 才 和 跟 给 把 被 对 在 从 到 到底 现在
    一般 通常 大概 时候 什么时候 时间 钱 多少钱 到账 包邮 收费 免费 坏 坏了 关于 那 那么 出 付 发 要钱
    要多久 才能 还有 需要多久 得多久 退 换 买 卖 好 好用 贵 便宜 防水 充电 打几折 打折 连不上 没 没有 不
    不能 号 它 它们 这个 那个 这 这款 那款 该 其 如果 要是 假如 万一 适合 值得 属于 包括 包含 区别 应该
    必须 过期 失效 无法 怎 查查 状态 进度 账 一直 这种 那种
"""
_FRAME = frozenset(_FRAME_WORDS.split())
_ENGLISH_FRAME_WORDS = """
    a an the this that these those my your our their its it they them he she i you we me us what which who
    whom whose when where why how is are was were be been being am do does did done have has had can could
    may might will would shall should must need want like get got getting take takes took cost costs
    charge give gives tell know find check see show look about for to of in on at by with from into over
    after before if or and but not no so then than as up out off any some all much many long far often
    there here please support supports work works offer offers accept accepts sell sells ship ships
    include includes come comes use uses using make makes buy buying bought cancel return returned apply
    request requesting open contact change changed reset send sent receive received expire expires
    possible available okay ok free hi hello thanks i'd i'm i've it's what's where's who's don't doesn't
    isn't aren't can't last lasts go goes going pay paid arrive arrived arrives order's cover covers
    expensive cheap worth compatible waterproof explain describe hours also only just still yet think mean
    means
"""
_ENGLISH_FRAME = frozenset(_ENGLISH_FRAME_WORDS.split())
_AFTER_THESE = frozenset(["a", "an", "the", "my", "your", "our", "their", "its", "this", "any"])
_ALSO_NOUNS = frozenset(
    ["return", "support", "charge", "cost", "offer", "request", "change", "work", "use", "contact"]
)
_QUOTED = re.compile(r"[「『“\"《]([^」』”\"》]{1,40})[」』”\"》]")
_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9-]*[A-Za-z])(?=[A-Za-z0-9-]*\d)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
)
_LATIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9'&.+-]*")
_HAN = re.compile(r"[\u3400-\u9fff]")
_NAME = re.compile(r"[\u3400-\u9fff]{2,}")
_TAIL = re.compile(r"(?:[订运]?单号|状态|进度|详情|情况|信息)$")
_PRODUCT_PART = 4
"""Most words that make one product name ("iPhone 15 Pro Max")."""


def topic_of(question: str) -> str | None:
    """The order number, quoted term or first noun phrase of a self-contained question, as it was written."""
    if number := order_number(question):
        return number
    if quoted := _QUOTED.search(question):
        return quoted[1]
    found = _chinese_topic(question) if _HAN.search(question) else _english_topic(question)
    return found or None


def content_words(text: str) -> list[str]:
    """The words of the text that are no question words, pronouns, particles or common verbs."""
    if not _HAN.search(text):
        return [word for word in _LATIN.findall(text) if word.lower() not in _ENGLISH_FRAME]
    return [word for word in _words(text) if word not in _FRAME and word[0].isalnum()]


def codes_in(text: str) -> list[str]:
    """Model names and numbers, such as X200."""
    return _CODE.findall(text)


def is_place(word: str) -> bool:
    """Whether the dictionary has the word as a place's name."""
    return rjieba.tag(word)[0][1] == "ns"


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in rjieba.cut(text):
        # The dictionary glues some verbs and particles to their neighbours; the frame knows the parts.
        if len(word) > 1 and word[-1] in "吗呢":
            words += [word[:-1], word[-1]]
        elif len(word) > 2 and word[0] == "开":
            words += [word[0], word[1:]]
        elif word == "号" and words and _NAME.fullmatch(words[-1]) and words[-1] not in _FRAME:
            words[-1] += word  # 祝融号 is a name; in 几号 and 7号 it is a frame
        else:
            words.append(word)
    return words


def _chinese_topic(question: str) -> str:
    run: list[str] = []
    for word in _words(question):
        is_space = word.isspace()
        if (not is_space or not run) and (word in _FRAME or not word[0].isalnum()):
            if run and not (word == "的" and len(run) < _PRODUCT_PART):
                break
            if run:
                run.append(word)
            continue
        run.append(word)
    phrase = "".join(run).strip().removesuffix("的")
    return _TAIL.sub("", phrase) or phrase


def _english_topic(question: str) -> str:
    run: list[str] = []
    previous = ""
    for word in _LATIN.findall(question):
        plain = word.lower().rstrip(".")
        names = plain not in _ENGLISH_FRAME or (plain in _ALSO_NOUNS and previous in _AFTER_THESE)
        previous = plain
        if names:
            run.append(word.rstrip("."))
        elif run:
            break
    return " ".join(run)
