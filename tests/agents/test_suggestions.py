"""Questions offered after an answer, on a real knowledge base."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from tests.knowledge.shelving import PRINCIPAL, STRANGER, open_knowledge

from yingda.agents.extractive import extractive
from yingda.agents.passages import with_passages
from yingda.agents.screening import WordFilters
from yingda.agents.suggestions import (
    DEFAULTS,
    Suggester,
    SuggestionsConfig,
    questions_from_reply,
    with_suggestions,
)
from yingda.knowledge.chunk import ChunkConfig, chunk
from yingda.knowledge.ingest import Ingestor
from yingda.knowledge.intake import Intake
from yingda.knowledge.parse import ParseLimits, parse
from yingda.knowledge.retrieve import HybridRetriever
from yingda.llm.types import UsageChunk
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock, ScriptedModel, collect, turn
from yingda.testing.clock import START
from yingda.turns.clock import SystemClock
from yingda.turns.events import (
    AnswerMissed,
    ContentBlocked,
    CuratedMatched,
    QuestionRewritten,
    StepTimed,
    SuggestionsOffered,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.options import AnswerOptions, Project
from yingda.turns.types import DEFAULT_COLLECTION, Message, Turn, Usage

RETURNS = """# 退换货

## 退货需要满足什么条件？

商品外观完好、配件齐全，自签收次日起 7 天内都可以申请退货；贴身用品、定制商品和已激活的礼品卡不在此列，
质量问题除外。包装盒请一并寄回，缺少配件的按原价扣除，说明书和保修卡也算配件，赠品需要一起退回。

## 退款多久到账？

验货通过后，微信支付和支付宝在 3 个工作日内原路退回，储蓄卡 7 个工作日，信用卡以发卡行的账期为准，
最长不超过 15 个工作日。超过时间没有到账的，请把订单号和支付截图发给在线客服核实，客服会在当天回复您。

## 换货规则

只能换同款同色的商品；想换其他型号或颜色，请退货后重新下单。换货商品验货通过后 48 小时内寄出，
同一订单的同一商品最多换货 2 次，仍有质量问题的直接全额退款，不收取任何费用，运费由商城承担并包邮寄出。

## 上门取件

质量问题的退换货可以预约上门取件，不收费；取件员会在预约时段前电话联系，请提前把商品装入原来的包装盒。
偏远地区不支持上门取件，请自行寄回并保留运费凭证，凭证可以在订单页上传报销，最高报销 25 元。
"""
SHIPPING = (
    "# Shipping\n\n## How much is shipping?\n\nFree for orders of 99 yuan or more; 8 yuan below that.\n"
)
WANTED = AnswerOptions(suggests=True)


class Parser:
    """The real parser, in this process."""

    async def parse(self, data: bytes, filename: str):
        return parse(data, filename, ParseLimits())


@pytest.fixture
async def knowledge(migrated_sqlite, tmp_path):
    async with (
        open_database(migrated_sqlite) as database,
        open_knowledge(database, tmp_path) as knowledge,
    ):
        yield knowledge


@pytest.fixture
async def ids(knowledge):
    """The documents, by name."""
    intake = Intake(knowledge.library, Parser(), lambda *document: chunk(*document, ChunkConfig()))
    ingestor = Ingestor(knowledge.library, intake, SystemClock())
    files = {"退换货.md": RETURNS, "shipping.md": SHIPPING}
    return {
        name: (await ingestor.ingest(PRINCIPAL, DEFAULT_COLLECTION, name, text.encode())).document_id
        for name, text in files.items()
    }


@pytest.fixture
def suggesting(knowledge, ids):
    """Drives an answer, by default the extractive one, with suggestions behind it."""
    retriever = HybridRetriever(knowledge.index, knowledge.library, FrozenClock())

    async def run(asked: Turn, answer=None, model=None, config=DEFAULTS) -> list[TurnEvent]:
        answer = answer or with_passages(retriever, extractive(), FrozenClock())
        suggester = Suggester(retriever, knowledge.library.shelf, model, FrozenClock(), config)
        return await collect(with_suggestions(answer, suggester, WordFilters(), FrozenClock()), asked)

    return run


def asked(text: str, **overrides):
    return turn(text, **{"principal": PRINCIPAL, "options": WANTED, **overrides})


def offered(events) -> tuple[str, ...]:
    (offer,) = [event for event in events if isinstance(event, SuggestionsOffered)] or [None]
    return offer.questions if offer else ()


def saying(*events: TurnEvent):
    async def answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        for event in events:
            yield event

    return answer


async def test_offers_what_else_the_document_answers_last_of_all(suggesting):
    events = await suggesting(asked("退款几天到账"))
    assert events[-1] == SuggestionsOffered(
        questions=("退货需要满足什么条件？", "换货规则是怎样的？", "能介绍一下上门取件吗？")
    )
    assert [event.note for event in events if isinstance(event, StepTimed)][-1] == "questions=3"


async def test_repeats_no_question_of_the_conversation(suggesting):
    history = (Message(role="user", text="退货要满足什么条件", at=START),)
    assert "退货需要满足什么条件？" not in offered(await suggesting(asked("退款几天到账", history=history)))


async def test_repeats_the_question_in_none_of_its_forms(suggesting):
    curated = saying(
        QuestionRewritten(question="换货规则是怎样的", by="rules"), CuratedMatched(answer_id="a", score=1.0)
    )
    questions = offered(await suggesting(asked("那它的规则呢"), curated))
    assert (len(questions), "换货规则是怎样的？" in questions) == (3, False)


async def test_offers_no_blocked_word(suggesting):
    project = Project(blocked_words=("规则",))
    questions = offered(await suggesting(asked("退款几天到账", project=project)))
    assert questions == ("退货需要满足什么条件？", "能介绍一下上门取件吗？")


async def test_stays_in_the_language_of_the_answer(suggesting):
    assert offered(await suggesting(asked("Is shipping free?"))) == ()


async def test_stays_within_the_scope(suggesting, ids):
    options = AnswerOptions(suggests=True, scope=(ids["shipping.md"],))
    assert offered(await suggesting(asked("退款几天到账", options=options))) == ()
    curated = saying(CuratedMatched(answer_id="a", score=1.0), TextDelta(text="Yes."))
    assert offered(await suggesting(asked("Where is my invoice?", options=options), curated)) == (
        "How much is shipping?",
    )


async def test_another_tenant_is_offered_nothing_of_ours(suggesting):
    curated = saying(CuratedMatched(answer_id="a", score=1.0), TextDelta(text="三天。"))
    assert offered(await suggesting(asked("退款几天到账", principal=STRANGER), curated)) == ()


@pytest.mark.parametrize(
    "events",
    [
        (TextDelta(text="没有。"), AnswerMissed(reason="no_passage")),
        (CuratedMatched(answer_id="a", score=1.0), ContentBlocked(what="answer")),
        (TextDelta(text="你好！"),),
    ],
)
async def test_offers_nothing_after_an_answer_that_no_document_gave(suggesting, events):
    assert await suggesting(asked("退款几天到账"), saying(*events)) == list(events)


@pytest.mark.parametrize("options", [AnswerOptions(), AnswerOptions(suggests=True, category="writing")])
async def test_costs_nothing_where_nobody_wants_it(suggesting, options):
    plain = (CuratedMatched(answer_id="a", score=1.0), TextDelta(text="三天。"))
    assert await suggesting(asked("退款几天到账", options=options), saying(*plain)) == list(plain)


async def test_a_models_questions_are_checked_and_topped_up(suggesting):
    usage = Usage(model="scripted", prompt_tokens=9, completion_tokens=9)
    reply = '```json\n["怎么预约上门取件？", "火星上的天气怎么样？", "How are you?"]\n```'
    model = ScriptedModel([reply, UsageChunk(usage=usage)])
    events = await suggesting(asked("退款几天到账"), model=model)
    assert offered(events) == ("怎么预约上门取件？", "退货需要满足什么条件？", "换货规则是怎样的？")
    assert UsageReported(usage=usage) in events


async def test_a_model_that_is_late_is_done_without(suggesting):
    model = ScriptedModel([60.0])
    events = await suggesting(asked("退款几天到账"), model=model, config=SuggestionsConfig(model_s=0.02))
    assert (len(offered(events)), model.abandoned) == (3, 1)


async def test_no_time_left_no_suggestions(suggesting):
    assert offered(await suggesting(asked("退款几天到账", answer_by_s=1000.0))) == ()


@pytest.mark.parametrize(
    ("reply", "questions"),
    [
        ('["运费多少？", "几天到？"]', ["运费多少？", "几天到？"]),
        ('好的：\n```json\n["运费多少？"]\n```', ["运费多少？"]),
        ("1. 运费多少？\n- “几天到？”\n以上。", ["运费多少？", "几天到？"]),
        ('["How much?", 5, "", "' + "长" * 200 + '？"]', []),
        ("[not json", []),
        ("", []),
    ],
)
def test_a_reply_is_read_with_tolerance(reply, questions):
    assert questions_from_reply(reply, "zh") == questions
