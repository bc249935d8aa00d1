"""The fixed sentences of the built-in repairs, and how values are put into an author's text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

PHRASES: Mapping[str, str] = {
    "go_on": "嗯，请继续说。",
    "hold_on": "好的，不着急，您准备好了再说。",
    "read_back": "跟您核对一下：{value}，对吗？",
    "caller_id": "联系电话就用您来电的号码{value}，可以吗？",
    "which": "好的，请问哪一项需要更正？",
    "changed": "好的，已改为{value}。",
    "needed": "这一项需要您提供。",
    "first_question": "前面没有别的问题了。",
    "cancel": "您是要取消这次通话办理的事项吗？",
    "go_ahead": "好的，那我们继续。",
    "abuse": "我理解您现在着急，我会尽快帮您处理。",
    "process": "这些信息是为了尽快帮您处理，问完就会告诉您下一步怎么做。",
    "hello": "我在，请讲。",
    "thanks": "不客气。",
    "small_talk": "我是自动语音助手，正在为您登记信息。",
    "waiting": "正在等待您完成操作，完成后会继续。",
    "unknown": "不清楚",
    "future": "这个时间还没有到。",
    "too_old": "这个时间太早了。",
    "no_time": "没有听清时间。",
    "bad_plate": "这不像是一个完整的车牌号。",
    "bad_mobile": "这不像是一个手机号码。",
    "too_short": "说得有点少。",
    "too_long": "说得有点长。",
    "no_place": "还不能确定是哪里。",
    "too_small": "这个数太小了。",
    "too_large": "这个数太大了。",
    "no_integer": "需要一个整数。",
    "no_digits": "需要一串数字。",
    "no_choice": "没有这个选项。",
    "no_yesno": "请回答是或不是。",
}
"""What a flow says where its author has written nothing of that name under `phrases`."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def phrase(name: str, own: Mapping[str, str], value: str = "") -> str:
    """A fixed sentence, the flow's own before ours; empty where there is none of that name."""
    return own.get(name, PHRASES.get(name, "")).replace("{value}", value)


def filled(text: str, say: Callable[[str], str]) -> str:
    """An author's text with `{slot}` replaced by that slot's value as it is said."""
    return _PLACEHOLDER.sub(lambda found: say(found[1]), text)
