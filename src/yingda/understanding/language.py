"""Which of our languages an answer is said in: asked for, written in, or spoken before."""

from __future__ import annotations

import re
from functools import lru_cache

from yingda.turns.options import Language
from yingda.turns.types import Turn

_KANA = re.compile(r"[\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\uff66-\uff9f]")
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
_THAI = re.compile(r"[\u0e01-\u0e5b]")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_JAPANESE_HAN = re.compile(
    "[込円駅価気売発払図楽済様検験権経継総続県鉄単対応広変実帰戻択拡挙毎満読説転軽遅録関険働畑枠峠"
    "処銭歳渋焼営労栄覚訳釈拝渉団圧囲]"
)
"""Forms that are written in Japan alone: a short question may do without kana."""
_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"\b(?=[A-Za-z-]*\d)[A-Za-z0-9][A-Za-z0-9-]*", re.ASCII)

_VERY_SHORT_LETTERS = 4
"""Latin letters that any writer uses: OK, APP, wifi."""
_VERY_SHORT_HAN = 6
"""Han characters that may still be Japanese where the conversation is."""

_TAGS: dict[str, Language] = {
    **{code: "zh" for code in ("zh", "zho", "chi", "cmn", "yue", "wuu", "hak", "nan")},
    **{code: "en" for code in ("en", "eng")},
    **{code: "ja" for code in ("ja", "jpn")},
    **{code: "ko" for code in ("ko", "kor")},
    **{code: "th" for code in ("th", "tha")},
}


def language_from_tag(tag: str) -> Language | None:
    """The language of a BCP-47 tag in any case, also with `_` for `-`; None for one that is not ours."""
    return _TAGS.get(re.split("[-_]", tag.strip().lower(), maxsplit=1)[0])


def language_of_turn(turn: Turn) -> Language:
    """The one asked for, else the message's own; one that is too short to tell keeps the conversation's."""
    return turn.options.language or _heard(turn)


def _heard(turn: Turn) -> Language:
    said = _written(turn.text)
    if said is not None and _is_sure(turn.text, said):
        return said
    before = (message.text for message in reversed(turn.history) if message.role == "user")
    spoken = next((found for text in before if (found := _sure_language(text))), None)
    if said == "zh":
        return "ja" if spoken == "ja" else "zh"
    return spoken or said or "zh"


def language_of(text: str) -> Language:
    """The language a text by itself seems to be in; Chinese where it holds no words at all."""
    return _written(text) or "zh"


@lru_cache(maxsize=1024)
def _written(text: str) -> Language | None:
    """Kana, Hangul and Thai letters tell at once; else Han characters against other words.

    Codes with digits (order numbers, models) say nothing about the writer's language.
    """
    if text.isascii():
        return "en" if _WORD.search(_CODE.sub(" ", text)) else None
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    if _THAI.search(text):
        return "th"
    bare, han_count = _HAN.subn(" ", _CODE.sub(" ", text))
    word_count = len(_WORD.findall(bare))
    if han_count >= word_count > 0 or (han_count and not word_count):
        return "ja" if _JAPANESE_HAN.search(text) else "zh"
    return "en" if word_count else None


def _is_sure(text: str, language: Language) -> bool:
    if language == "zh":
        return len(_HAN.findall(text)) > _VERY_SHORT_HAN
    if language == "en":
        return sum(map(len, _WORD.findall(_CODE.sub(" ", text)))) > _VERY_SHORT_LETTERS
    return True


def _sure_language(text: str) -> Language | None:
    language = _written(text)
    return language if language and _is_sure(text, language) else None
