"""Content words of Japanese, Korean and Thai without a dictionary: what is left between their function words.

A text in one of these scripts is found by pairs of characters, as Chinese is; what it is *about* is read off
the script. In Japanese, kanji and katakana carry the content and hiragana the grammar. Korean words lose
their particles and endings. Thai has no spaces between words, so its stretches between function words stand
whole.
"""

from __future__ import annotations

import re

THAI = "\u0e01-\u0e5b"
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_SPELT = re.compile(rf"{_KANA.pattern}|[\uac00-\ud7af{THAI}]")
_JAPANESE_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff々〇]+|[\u30a1-\u30fa\u30fc]{2,}")
_KANJI = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_HIRAGANA_WORD = re.compile(r"[\u3041-\u3096]{3,}")
_JAPANESE_SILENT_LIST = (
    "方 場合 场合 以内 以上 以下 日 時 时 事 是非 教 下 可能 必要 必须 利用 様 样 御 願 愿 知"
)
_JAPANESE_SILENT = frozenset(_JAPANESE_SILENT_LIST.split())
_ASKED_COUNT = re.compile("何[\u3400-\u9fff]?|幾つ")
_COMPOUND_CHARS = 4
_KOREAN_WORD = re.compile(r"[\uac00-\ud7af]+")
_KOREAN_ENDING = re.compile(
    r"(?:으로부터|으로는|에서는|이라는|이라고|에서|에게|한테|까지|부터|으로|이나|이란|처럼|보다|마다|"
    r"입니까|입니다|[인한]가요|할까요|한지|나요|인지|이에요|예요|하나요|합니까|합니다|하려면|하면|되나요|됩니까|됩니다|되면|할|해|한|하는|하고|"
    r"은|는|이|가|을|를|에|로|와|과|의|도|만|나)$"
)
_KOREAN_SILENT_LIST = """
무엇 무슨 뭐 언제 어디 누구 누가 왜 어떻게 어떤 얼마 얼마나 몇 며칠 가능 있나요 있습니까 있습니다 있어요
없나요 없습니까 되나요 수 것 때 등 및 또는 그리고 그 이 저 좀 알려 알려주세요 주세요 궁금 대해 대하여 관련
경우 이내 안에 싶어요 싶습니다 해야 하나요 제 저희 어떻 걸리 주시겠어요 알려주시겠어요
"""
_KOREAN_SILENT = frozenset(_KOREAN_SILENT_LIST.split())
_THAI_SILENT_LIST = """
หรือเปล่า หรือไม่ เท่าไหร่ เท่าไร อย่างไร ยังไง เมื่อไหร่ เมื่อไร ที่ไหน ตอนไหน อะไร ทำไม ใคร ไหน กี่ ไหม มั้ย บ้าง
สามารถ จะต้อง ต้อง ควร ได้รับ ได้ ภายใน หลังจาก ก่อน ระหว่าง สำหรับ เกี่ยวกับ และ หรือ แต่ ของ ที่ ซึ่ง อัน เป็น คือ มี
ใช้เวลา ไปยัง ไป ไม่ จะ ให้ กับ แก่ โดย จาก ถึง ใน บน ถ้า หาก เมื่อ แล้ว อยู่
นี้ นั้น ทุก ครับ ค่ะ คะ นะ การ ความ ช่วย ขอ อยาก ทราบ ผม ฉัน ดิฉัน คุณ อธิบาย เรื่อง กี่โมง
"""
_THAI_SILENT = re.compile("|".join(sorted(_THAI_SILENT_LIST.split(), key=lambda word: -len(word))))
_LEAST_THAI_CHARS = 3


def is_spelt(text: str) -> bool:
    """Whether kana, Hangul or Thai letters stand in it, so that it is none of the other languages'."""
    return _SPELT.search(text) is not None


def content_of(text: str) -> list[str]:
    """The words of a folded text in one of these scripts, in order; none for a text in another one."""
    if _KANA.search(text):
        return _japanese(text)
    return [*_korean(text), *_thai(text)]


def _japanese(text: str) -> list[str]:
    runs = _JAPANESE_WORD.findall(_ASKED_COUNT.sub(" ", text))
    found = [word for run in runs for word in _parted(run) if word not in _JAPANESE_SILENT]
    return found or _HIRAGANA_WORD.findall(text)


def _parted(run: str) -> list[str]:
    """A compound of kanji is mostly words of two: 返品送料 is 返品 and 送料."""
    if len(run) < _COMPOUND_CHARS or not _KANJI.match(run):
        return [run]
    cuts = range(0, len(run) - len(run) % 2, 2)
    return [run[at : at + 2] if at + 3 < len(run) else run[at:] for at in cuts]


def _korean(text: str) -> list[str]:
    words = []
    for raw in _KOREAN_WORD.findall(text):
        bare = _KOREAN_ENDING.sub("", raw) if len(raw) > 1 else raw
        bare = bare if len(bare) > 1 else raw
        if raw not in _KOREAN_SILENT and bare not in _KOREAN_SILENT and len(bare) > 1:
            words.append(bare)
    return words


def _thai(text: str) -> list[str]:
    stretches = re.findall(f"[{THAI}]+", text)
    words = [word for stretch in stretches for word in _THAI_SILENT.sub(" ", stretch).split()]
    return [word for word in words if len(word) >= _LEAST_THAI_CHARS] or stretches
