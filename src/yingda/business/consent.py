"""Whether the customer confirms what was described: the whole message says so, or it does not count.

A word inside another sentence is no consent: 对账单 confirms nothing, an iPhone cancels nothing.
"""

from __future__ import annotations

import re
from typing import Literal

from yingda.understanding.normalise import fold

_LONGEST = 30
"""Characters beyond which a message says more than yes or no."""

_MOOD = "[的了吧啊呀呢哦嘛呐~。.!,、 ]"
_YES = re.compile(
    rf"(?:(?:嗯|那就|我|就|请|好|行|是|对|可以|没错|没问题|同意|确认|确定|提交|办理|继续|退货|"
    rf"帮我|这样|无误){_MOOD}*)+|"
    r"(?:yes|yeah|yep|ok|okay|sure|confirm(?:ed)?|do it|go ahead|correct|right|submit|please|[,.! ])+"
)
_NO = re.compile(
    rf"(?:(?:嗯|那|我|还是|先|就|暂时){_MOOD}*)*(?:不|别|算|放弃|取消|撤销|否|等等|等一下){_MOOD}*"
    rf"(?:用|要|必|是|对|行|同意|确认|确定|提交|办理?|想退|退货?|退款|取消|申请|需要|谢谢|{_MOOD})*|"
    r"(?:no|nope|not now|don'?t|do not|cancel|stop|never mind|forget it|thanks?|thank you|it|please|[,.! ])+"
)
_CANCEL = re.compile(rf"(?P<sure>确认|确定|yes,? ?)?(?:取消|cancel){_MOOD}*")
_WORD_OF_EITHER = re.compile(r"[^\W_]")


def consent(message: str, *, cancelling: bool = False) -> Literal["yes", "no"] | None:
    """None where the message is something else, or could be either.

    `cancelling`: the change itself is a cancellation, so that a bare 取消 may mean both.
    """
    folded = fold(message)
    if len(folded) > _LONGEST or not _WORD_OF_EITHER.search(folded):
        return None
    if cancelling and (said := _CANCEL.fullmatch(folded)):
        return "yes" if said["sure"] else None
    refuses, agrees = _NO.fullmatch(folded), _YES.fullmatch(folded)
    if refuses and not agrees:
        return "no"
    return "yes" if agrees and not refuses else None
