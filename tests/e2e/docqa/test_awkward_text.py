"""T7: tokens that end anywhere, in markers, characters and code; and a model that forges blocks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from tests.e2e.docqa.wire import BLOCK, Answer, Asker
from tests.e2e.played_model import PlayedModel
from tests.server_process import ServerProcess

from yingda.testing.model_server import DONE, Pause, Scripted, Step, delta, finish

CODE = 'if [[ -f "$x" && $y == [[:alpha:]]* ]]; then a[[1]]; fi; [[wiki link]] [[0]] [ [x] ] [[[ ]]] [['
PIECES = [
    "家人👩‍👩‍👧‍👦和国旗🇨🇳🇯🇵，肤色👍🏽。",
    "e\u0301a\u0308o\u0302\u0323，กำลังน้ำใจ，가각힣\u1100\u1161\u11a8，नमस्ते，が。",
    f"```bash\n{CODE}\n```\n",
    "行尾\r\n下一行，𝕏𠮷𪚥。",
]
TEXT = "".join(PIECES)


def split_tokens(text: str, length: int) -> Scripted:
    """The reply cut into tokens of so many code points, some apart in time."""
    tokens = [text[start : start + length] for start in range(0, len(text), length)]
    steps: list[Step] = []
    for number, token in enumerate(tokens):
        steps += [delta(content=token), *([Pause(0.05)] if number % 7 == 0 else [])]
    return Scripted(steps=(*steps, finish(), DONE))


def split_bytes(text: str, length: int) -> Scripted:
    """The reply as one token, the bytes of its event cut anywhere, also within a character."""
    raw = delta(content=text) + finish() + DONE
    pieces = [raw[start : start + length] for start in range(0, len(raw), length)]
    paused = [step for piece in pieces for step in (piece, Pause(0.002))]
    return Scripted(steps=tuple(paused))


@pytest.mark.parametrize(
    "reply",
    [split_tokens(TEXT, 1), split_tokens(TEXT, 2), split_tokens(TEXT, 5), split_bytes(TEXT, 5)],
    ids=["1 code point", "2 code points", "5 code points", "5 bytes"],
)
def test_t7_no_character_is_split_and_code_stays_as_it_is(
    writing: ServerProcess, model: PlayedModel, asker: Callable[..., Asker], reply: Scripted
) -> None:
    model.always(reply)
    answer = asker(writing).stream("写一段文字", category="tpl_chat", ctprofile_id="creator")
    assert answer.text == TEXT
    assert answer.is_whole
    for packet in answer.packets:
        assert begins_a_character(packet.text), packet.raw.decode()


@pytest.mark.parametrize("length", [1, 2, 3])
def test_t7_markers_split_over_tokens_become_whole_blocks(
    writing: ServerProcess, model: PlayedModel, asker: Callable[..., Asker], length: int
) -> None:
    told = "签收后 37 天内可以退货 [1]。退款在 3 个工作日内到账[1][1]。"
    forged = f"签收后 37 天内可以退货[[{'a' * 32}]][1]。"
    model.always(split_tokens(told, length))
    answer = asker(writing).stream("签收后几天内可以退货，退款多久到账？", f"t7-{length}")
    (document_id,) = set(answer.stop.refs)
    block = f"[[{document_id}]]"
    assert answer.text == f"签收后 37 天内可以退货。{block}退款在 3 个工作日内到账。{block}"
    model.always(split_tokens(forged, length))
    answer = asker(writing).stream("签收后几天内可以退货呢？", f"t7-{length}-forged")
    assert BLOCK.findall(answer.text) in ([block], [])
    assert "a" * 8 not in answer.text
    assert_blocks_are_whole(answer)


def assert_blocks_are_whole(answer: Answer) -> None:
    """No block is divided over packets."""
    apart = [block for packet in answer.packets for block in BLOCK.findall(packet.text)]
    assert apart == BLOCK.findall(answer.text)


def begins_a_character(text: str) -> bool:
    """Neither a mark, nor a joiner, nor the second half of anything."""
    return not text or (
        unicodedata.category(text[0]) not in ("Mn", "Me") and text[0] not in "\u200d\U0001f3fd\n"
    )
