"""Whether somebody wants something put on file: a complaint, a fault, a ticket."""

from __future__ import annotations

from yingda.understanding.negation import is_denied
from yingda.understanding.normalise import any_of, any_word

_FILING = any_of(
    "(?:要|想|得|必须|打算|准备|给我|帮我|我来|替我|申请|请求|我们?)(?:正式|实名|向你们|再次|"
    "马上)?(?:投诉|举报)(?!电话|流程|渠道|率)",
    "^(?:我)?(?:投诉|举报)(?:你们?|一下|他们?|这|那|商家|卖家|店|快递|客服|.{0,6}$)",
    "(?:提交?|建|开|创建|生成|登记|新建|发起?|填|录)(?:一下|一?[个张份条])?(?:工单|投诉|报修单?|故障单?|"
    "售后单|问题单)(?!的|了|过)",
    "报修|报障|报个?修|报(?:告|一下)?故障|(?:反馈|上报|报告)(?:一下|一?个)?(?:产品|系统)?(?:问题|bug|"
    "故障|缺陷|质量问题)",
)
_FILING_WORDS = any_word(
    r"(?:file|make|lodge|submit|register|raise|log|open|create|put in|filing|lodging|raising)\s+(?:(?:a|"
    r"an|another|my|this|the|me)\s+)*"
    r"(?:(?:formal|official|support|service|new|trouble|repair|help ?desk)\s+)*(?:complaints?|tickets?|"
    r"case|(?:fault|bug|problem|incident) report|grievance)",
    r"report (?:(?:a|an|this|the|some|my)\s+)?(?:\w+\s+)?(?:problems?|issues?|faults?|bugs?|defects?|"
    r"malfunction|outage|incident)",
    r"(?:want|need|like|going|have) to complain|i(?:'m| am) complaining|complain about",
)
_ASKED_ABOUT = any_of(
    "流程|怎么|如何|怎样|电话|渠道|多久|哪里|哪儿|在哪|是什么|规则|方式|热线|邮箱|结果|进度|什么意思|"
    "条件|处理得|有用吗|会怎|多少|谁负责|入口|范围",
    r"(?<![a-z])(?:how (?:do|can|to|does|would|long|should)|where (?:do|can|to|should)|what (?:is|"
    r"happens|are|if)|phone number|"
    r"process|policy|procedure|who (?:handles|do))(?![a-z])",
)


def wants_to_file(clauses: tuple[str, ...]) -> bool:
    """True for a wish to file; a question about how filing works, or a denied wish, is none."""
    return any(_files(clause) for clause in clauses)


def _files(clause: str) -> bool:
    if _ASKED_ABOUT.search(clause):
        return False
    return any(
        not is_denied(clause, hit.start())
        for pattern in (_FILING, _FILING_WORDS)
        for hit in pattern.finditer(clause)
    )
