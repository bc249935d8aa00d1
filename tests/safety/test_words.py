"""Listed words are found however they are written, nowhere else, and in a stream before they are shown."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.safety.screen import StreamScreen
from yingda.safety.words import Word, WordFilter

ID = "0123456789abcdef" * 2
LISTED = (
    "法轮功",
    "大便",
    "ass",
    "fuck",
    "kill yourself",
    "64",
    "C++",
    "ばか",
    "すか",
    "AV女优",
    "сука",
    "敏感词语",
)
FILTER = WordFilter(map(Word, LISTED))


def found(text: str) -> list[tuple[str, str]]:
    return [(hit.word.text, text[hit.start : hit.end]) for hit in FILTER.look(text).hits]


@pytest.mark.parametrize(
    ("text", "listed", "shown"),
    [
        ("关于法轮功的", "法轮功", "法轮功"),
        ("关于法輪功的", "法轮功", "法輪功"),
        ("关于法 轮 功的", "法轮功", "法 轮 功"),
        ("关于法*轮-功的", "法轮功", "法*轮-功"),
        ("关于法\u200b轮\u200b功的", "法轮功", "法\u200b轮\u200b功"),
        ("关于法，轮，功的", "法轮功", "法，轮，功"),
        ("What the ＦＵＣＫ?", "fuck", "ＦＵＣＫ"),
        ("f.u-c_k!", "fuck", "f.u-c_k"),
        ("f u c k", "fuck", "f u c k"),
        ("Fυсκ", "fuck", "Fυсκ"),
        ("🅵🅤🅒🅚 off", "fuck", "🅵🅤🅒🅚"),
        ("an Äss", "ass", "Äss"),
        ("a\u0308ss", "ass", "a\u0308ss"),
        ("Kill  yourself", "kill yourself", "Kill  yourself"),
        ("KillYourself", "kill yourself", "KillYourself"),
        ("第 64 条", "64", "64"),
        ("第６４条", "64", "６４"),
        ("用C++写", "C++", "C++"),
        ("ｂａka: ﾊﾞｶ ばか", "ばか", "ばか"),
        ("av女優", "AV女优", "av女優"),
        ("СУКА", "сука", "СУКА"),
    ],
)
def test_finds_a_word_however_it_is_written(text, listed, shown):
    assert found(text) == [(listed, shown)]


@pytest.mark.parametrize(
    "text",
    [
        "first class assignment, grass, brass",
        "声音很大，便宜又好",
        "声音很大。便宜又好",
        "尺寸：大\n便携：是",
        "1964 年，6.4 折，164 元",
        "法式轮胎功能",
        "fu cking",
        "c语言",
        "すがた",
        "kill. I said: your self",
        f"见[[{ID}]]。",
        f"声音很大[[{ID}]]便宜又好",
        "",
        "\u200b，。",
    ],
)
def test_finds_nothing_where_nothing_is(text):
    assert found(text) == []


def test_a_citation_is_no_text():
    words = WordFilter([Word("dead"), Word("deadbeef")])
    cited = "dead" * 8
    assert words.look(f"好[[{cited}]]。").hits == ()
    assert words.blocked("[[dead]]") is not None


def test_the_stricter_level_counts_where_two_words_are_one():
    words = WordFilter([Word("法輪功", "block"), Word("法轮功", "warn")])
    assert words.blocked("法轮功") is not None


def read(words: WordFilter, portions: list[str]):
    """All that comes out of a stream: text, noted words with their places, the blocked one."""
    screen = StreamScreen(words)
    released = [screen.feed(portion) for portion in portions]
    released.append(screen.finish())
    noted = [(hit.word, hit.start, hit.end) for one in released for hit in one.noted]
    return "".join(one.text for one in released), sorted(noted, key=str), released[-1].blocked


def test_a_stream_shows_nothing_of_the_clause_that_is_blocked():
    text, _, blocked = read(FILTER, list("天气很好，法 轮 功的事，再说。"))
    assert (text, blocked.word.text, blocked.start) == ("天气很好，", "法轮功", 5)


def test_text_comes_out_as_soon_as_its_clause_is_over_and_no_word_has_begun():
    screen = StreamScreen(FILTER)
    portions = ["天气很", "好，", "大家", "都说好", "。大", "家"]
    assert [screen.feed(portion).text for portion in portions] == [
        "",
        "天气很好，",
        "",
        "",
        "大家都说好。",
        "",
    ]
    assert screen.finish().text == "大家"


def test_a_clause_without_end_comes_out_in_lengths():
    screen = StreamScreen(FILTER)
    assert len(screen.feed("天" * 200).text) == 160


def test_masked_words_are_stars_and_warned_ones_are_shown():
    words = WordFilter([Word("坏蛋", "mask"), Word("笨", "warn"), Word("法轮功")])
    assert read(words, ["你这个坏", " 蛋，很", "笨。"]) == (
        "你这个***，很笨。",
        [(Word("坏蛋", "mask"), 3, 6), (Word("笨", "warn"), 8, 9)],
        None,
    )


ALPHABET = st.text(alphabet="大便法轮功輪as fuck64.，。 \u200b-'\n[]0あばか\u3099", max_size=60)
LEVELS = st.sampled_from(["block", "mask", "warn"])
LISTS = st.lists(
    st.builds(Word, st.text(alphabet="大便法轮as f6c[4.'+か ", min_size=1, max_size=4), LEVELS), max_size=6
)


@given(text=ALPHABET, cuts=st.lists(st.integers(0, 60)), words=LISTS, cited=st.booleans())
def test_any_portions_come_to_the_same_as_all_at_once(text, cuts, words, cited):
    text = f"大[[{ID}]]{text[:9]}[[{ID[::-1]}]]{text[9:]}" if cited else text
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    portions = [text[a:b] for a, b in pairwise(places)]
    compiled = WordFilter([*words, *map(Word, LISTED)])
    whole, portioned = read(compiled, [text]), read(compiled, portions)
    assert whole == portioned
    assert (whole[2] is None) == (compiled.blocked(text) is None)
    assert len(whole[0]) == len(text) or whole[2] is not None


@given(text=ALPHABET)
def test_nothing_that_comes_out_holds_a_blocked_word(text):
    shown, _, _ = read(FILTER, list(text))
    assert FILTER.blocked(shown) is None
