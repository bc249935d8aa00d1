"""Japanese, Korean and Thai documents are found, and read sentence by sentence."""

from __future__ import annotations

import pytest

from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.scripts import content_of
from yingda.knowledge.sentences import split
from yingda.knowledge.types import Chunk
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId

PAGES = {
    "ja-returns": "到着後14日以内であれば返品できます。食品は返品できません。返品送料はお客様負担です。",
    "ja-delivery": "配送は通常3営業日以内に行います。沖縄への配送は7日かかります。",
    "ko-returns": "상품을 받은 날부터 14일 이내에 반품할 수 있습니다. 단, 식품은 반품할 수 없습니다.",
    "ko-delivery": "배송은 보통 3영업일 안에 이루어집니다. 제주도는 7일이 걸립니다.",
    "th-returns": "ลูกค้าสามารถคืนสินค้าได้ภายใน 14 วันหลังจากได้รับสินค้า อาหารไม่สามารถคืนได้",
    "th-delivery": "การจัดส่งใช้เวลาประมาณ 3 วันทำการ ภูเก็ตใช้เวลา 7 วัน",
    "zh-returns": "签收后7天内可以退货。",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    made = TantivyIndex(tmp_path_factory.mktemp("index"))
    for name, text in PAGES.items():
        document_id = DocumentId(name)
        chunk = Chunk(
            id=name,
            document_id=document_id,
            version=1,
            source=f"{name}.md",
            ordinal=0,
            start=0,
            end=len(text),
            text=text,
        )
        made.replace("t", DEFAULT_COLLECTION, document_id, [chunk])
    return made


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("商品は何日以内に返品できますか？", "ja-returns"),
        ("返品の送料は誰が負担しますか", "ja-returns"),
        ("沖縄への配送は何日かかりますか", "ja-delivery"),
        ("반품은 며칠 이내에 가능한가요?", "ko-returns"),
        ("제주도 배송은 얼마나 걸리나요?", "ko-delivery"),
        ("คืนสินค้าได้ภายในกี่วัน", "th-returns"),
        ("ส่งไปภูเก็ตใช้เวลากี่วัน", "th-delivery"),
    ],
)
def test_finds_the_page(index, question, found):
    best = index.search("t", DEFAULT_COLLECTION, question, 1)[0]
    assert (best.chunk.id, best.score > 0.5) == (found, True)


@pytest.mark.parametrize(
    "question",
    ["ポイントの有効期限は？", "사장님 이름이 뭐예요?", "แต้มสะสมหมดอายุเมื่อไร", "社長の名前を教えてください"],
)
def test_passes_over_what_no_page_says(index, question):
    assert [one for one in index.search("t", DEFAULT_COLLECTION, question, 5) if one.score >= 0.5] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("返品送料は誰が負担しますか", ["返品", "送料", "誰", "負担"]),
        ("キャンセルはできますか", ["キャンセル"]),
        ("いくらですか", ["いくらですか"]),
        ("반품 배송비는 얼마인가요", ["반품", "배송비"]),
        ("보증에 대해 알려 주시겠어요?", ["보증"]),
        ("คืนสินค้าได้ไหม", ["คืนสินค้า"]),
        ("ช่วยอธิบายเรื่องคืนสินค้าได้ไหม", ["คืนสินค้า"]),
        ("คืนสินค้าได้กี่โมง", ["คืนสินค้า"]),
        ("能退货吗", []),
        ("can i return it", []),
    ],
)
def test_content_words(text, words):
    assert content_of(text) == words


@pytest.mark.parametrize("name", ["ja-returns", "ko-returns", "th-returns"])
def test_cuts_sentences(name):
    text = PAGES[name]
    count = 3 if name == "ja-returns" else 2
    cut = [text[one.start : one.end] for one in split(text)]
    assert (len(cut), "".join(cut)) == (count, text.replace(". ", ".").replace("สินค้า อาหาร", "สินค้าอาหาร"))
