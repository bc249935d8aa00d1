"""Chunks: what stays together, where cuts fall, and that nothing is lost."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from yingda.knowledge.chunk import ChunkConfig, chunk
from yingda.knowledge.parse import ParseLimits, parse
from yingda.knowledge.parse.draft import Draft
from yingda.knowledge.types import Chunk, ParsedDocument
from yingda.turns.types import DocumentId


def chunks(parsed: ParsedDocument, max_chars: int = 512, tiny_chars: int = 80) -> tuple[Chunk, ...]:
    config = ChunkConfig(max_chars=max_chars, tiny_chars=tiny_chars)
    return chunk(DocumentId("d"), 3, "a.md", parsed, config)


def cut(text: str, max_chars: int = 512, tiny_chars: int = 0) -> list[str]:
    parsed = parse(text.encode(), "a.md", ParseLimits())
    return [made.text for made in chunks(parsed, max_chars, tiny_chars)]


def test_chunk_carries_its_place():
    parsed = parse("# 配送\n\n## 时效\n\n三天送达。".encode(), "a.md", ParseLimits())
    assert chunks(parsed) == (
        Chunk(
            id="d-3-0",
            document_id=DocumentId("d"),
            version=3,
            source="a.md",
            ordinal=0,
            start=8,
            end=13,
            text="三天送达。",
            heading=("配送", "时效"),
        ),
    )


def test_sections_stay_apart():
    assert cut("# 甲\n\n一。\n\n二。\n\n# 乙\n\n三。") == ["一。\n\n二。", "三。"]


def test_tiny_sections_merge_under_their_common_heading():
    parsed = parse(
        "# 店\n\n## 电话\n\n110\n\n## 地址\n\n上海\n\n# 别的\n\n尾".encode(), "a.md", ParseLimits()
    )
    assert [(made.heading, made.text) for made in chunks(parsed)] == [
        (("店",), "电话\n\n110\n\n地址\n\n上海"),
        (("别的",), "尾"),
    ]


def test_question_keeps_its_answer_and_never_merges():
    text = "# 店\n\n## 几天到？\n\n三天。\n\n## 包邮吗？\n\n包。"
    assert cut(text, tiny_chars=80) == ["几天到？\n\n三天。", "包邮吗？\n\n包。"]


def test_long_answer_begins_with_its_question():
    made = cut("## 怎么退货？\n\n" + "先申请再寄回。" * 6, max_chars=24)
    assert made == [
        "怎么退货？\n\n先申请再寄回。先申请再寄回。",
        "先申请再寄回。先申请再寄回。先申请再寄回。",
        "先申请再寄回。",
    ]


def test_list_moves_on_with_its_lead_in():
    text = "先说明一些背景情况。\n\n步骤如下：\n\n- 打开\n- 点击"
    assert cut(text, max_chars=22) == ["先说明一些背景情况。", "步骤如下：\n- 打开\n- 点击"]


def test_heading_without_content_is_content():
    assert cut("# 营业时间九点到六点\n\n# 地址\n\n上海") == ["营业时间九点到六点", "上海"]


def test_pages_are_never_joined():
    draft = Draft(ParseLimits())
    for page in (1, 2):
        draft.page = page
        draft.prose("短。")
    parsed = draft.finish("application/pdf", page_count=2)
    assert [(made.page, made.text) for made in chunks(parsed)] == [(1, "短。"), (2, "短。")]


def test_cuts_fall_at_sentence_ends_outside_numbers_and_urls():
    text = "价格是 1,999.50 元。详情见 https://shop.example/a?b=1!c&d=2.5 页面。欢迎选购！还有问题吗"
    assert cut(text, max_chars=48) == [
        "价格是 1,999.50 元。",
        "详情见 https://shop.example/a?b=1!c&d=2.5 页面。欢迎选购！",
        "还有问题吗",
    ]


words = st.text(
    st.sampled_from("退货运费三天。！？；，：: .,!?\n\tabc019-/（）"), min_size=1, max_size=90
) | st.sampled_from(["https://a.example/x?y=1.2", "步骤如下：", "3.14", "问：几天？\n答：三天"])
operations = st.lists(
    st.tuples(
        st.sampled_from(["heading", "question", "prose", "list_item", "table_row", "code", "page"]),
        words,
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=25,
)


def drafted(script: list[tuple[str, str, int]]) -> ParsedDocument:
    draft = Draft(ParseLimits())
    draft.prose("始")
    for kind, text, level in script:
        if kind == "page":
            draft.page = (draft.page or 0) + 1
        elif kind in ("heading", "list_item"):
            getattr(draft, kind)(text, level)
        else:
            getattr(draft, kind)(text)
    return draft.finish("text/plain")


@given(operations, st.integers(8, 120), st.integers(0, 60))
def test_blocks_are_ordered_stretches_of_the_text(script, max_chars, tiny_chars):
    parsed = drafted(script)
    ends = [0]
    for block in parsed.blocks:
        assert ends[-1] <= block.start < block.end <= len(parsed.text)
        ends.append(block.end)


@given(operations, st.integers(8, 120), st.integers(0, 60))
def test_chunks_are_honest_ordered_and_complete(script, max_chars, tiny_chars):
    parsed = drafted(script)
    made = chunks(parsed, max_chars, tiny_chars)
    assert [one.text for one in made] == [parsed.text[one.start : one.end] for one in made]
    assert all(before.end <= after.start for before, after in pairwise(made))
    assert all(0 < len(one.text) <= max_chars and one.text.strip() for one in made)
    covered = {at for one in made for at in range(one.start, one.end)}
    content = [block for block in parsed.blocks if block.kind != "heading"]
    lost = [
        at
        for block in content
        for at in range(block.start, block.end)
        if at not in covered and not parsed.text[at].isspace()
    ]
    assert lost == []
    pages = [
        {block.page for block in content if block.start < one.end and block.end > one.start} for one in made
    ]
    assert all(len(found) <= 1 for found in pages)
