"""The embedded index: atomic, durable, scoped, and honest about what it cannot read."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest

from yingda.errors import IndexUnavailable
from yingda.knowledge.analyzer import Lexicon
from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.types import Chunk
from yingda.turns.types import DEFAULT_COLLECTION, CollectionId, DocumentId

DOC = DocumentId("doc")


def chunk(text: str, ordinal: int = 0, document: str = "doc", heading: tuple[str, ...] = ()) -> Chunk:
    return Chunk(
        id=f"{document}-{ordinal}",
        document_id=DocumentId(document),
        version=1,
        source=f"{document}.md",
        ordinal=ordinal,
        start=0,
        end=len(text),
        text=text,
        heading=heading,
        page=2,
    )


def texts(index: TantivyIndex, question: str, tenant: str = "t") -> list[str]:
    return [one.chunk.text for one in index.search(tenant, DEFAULT_COLLECTION, question, 10)]


def put(index: TantivyIndex, *chunks: Chunk, tenant: str = "t", document: str = "doc") -> None:
    index.replace(tenant, DEFAULT_COLLECTION, DocumentId(document), chunks)


def test_gives_back_the_chunk_it_was_given(tmp_path: Path):
    index = TantivyIndex(tmp_path / "index")
    kept = chunk("七天内可以无理由退货。", heading=("售后", "退货政策"))
    put(index, kept)
    found = index.search("t", DEFAULT_COLLECTION, "怎么退货", 5)
    assert [one.chunk for one in found] == [kept]
    assert 0.5 < found[0].score <= 1.0


def test_replaces_a_document_whole(tmp_path: Path):
    index = TantivyIndex(tmp_path)
    put(index, chunk("旧的退货政策"), chunk("旧的退货运费", 1))
    put(index, chunk("新的退货政策"))
    assert (texts(index, "退货"), index.count("t", DEFAULT_COLLECTION)) == (["新的退货政策"], 1)
    put(index)
    assert (texts(index, "退货"), index.count("t", DEFAULT_COLLECTION)) == ([], 0)


def test_finds_at_once_what_another_process_writes(tmp_path: Path):
    writer, reader = TantivyIndex(tmp_path), TantivyIndex(tmp_path)
    found = [texts(reader, "退货")]
    for text in ("旧的退货政策", "新的退货政策"):
        put(writer, chunk(text))
        found.append(texts(reader, "退货"))
    put(writer)
    found.append(texts(reader, "退货"))
    assert found == [[], ["旧的退货政策"], ["新的退货政策"], []]


def test_keeps_tenants_and_collections_apart(tmp_path: Path):
    index = TantivyIndex(tmp_path)
    put(index, chunk("退货要七天"), tenant="a")
    put(index, chunk("退货要三十天"), tenant="b")
    index.replace("a", CollectionId("other"), DOC, [chunk("退货不行")])
    put(index, tenant="b")
    assert texts(index, "退货", "a") == ["退货要七天"]
    assert texts(index, "退货", "b") == []
    assert [index.count("a", DEFAULT_COLLECTION), index.count("b", DEFAULT_COLLECTION)] == [1, 0]


def test_finds_within_a_scope(tmp_path: Path):
    index = TantivyIndex(tmp_path)
    for document in ("a", "b", "c"):
        put(index, chunk("退货政策：七天", document=document), document=document)
    put(index, chunk("退货政策：七天", document="b"), tenant="other", document="b")
    everything = index.search("t", DEFAULT_COLLECTION, "退货政策", 10)
    scope = frozenset(map(DocumentId, ("b", "gone")))
    found = index.search("t", DEFAULT_COLLECTION, "退货政策", 10, scope)
    assert found == [one for one in everything if one.chunk.document_id == "b"]
    assert index.search("t", DEFAULT_COLLECTION, "退货政策", 10, frozenset()) == []


def test_gives_the_beginning_of_documents_to_be_summed_up(tmp_path: Path):
    index = TantivyIndex(tmp_path)
    for document in ("a", "b", "c"):
        put(index, *(chunk(f"{document}的第{n}段", n, document) for n in (2, 0, 1)), document=document)
    scope = frozenset(map(DocumentId, ("a", "c")))
    found = index.search("t", DEFAULT_COLLECTION, "总结一下这些文档", 3, scope)
    assert [(one.chunk.id, one.score > 0.5) for one in found] == [("a-0", True), ("c-0", True), ("a-1", True)]
    assert index.search("t", DEFAULT_COLLECTION, "总结一下这些文档", 3, frozenset()) == []


def test_breaks_ties_by_document_then_ordinal(tmp_path: Path):
    index = TantivyIndex(tmp_path)
    for document in ("b", "a"):
        put(index, *(chunk("退货政策", n, document) for n in (1, 0)), document=document)
    found = index.search("t", DEFAULT_COLLECTION, "退货", 10)
    assert [one.chunk.id for one in found] == ["a-0", "a-1", "b-0", "b-1"]


def test_indexes_many_documents_at_once_or_none(tmp_path: Path):
    index = TantivyIndex(tmp_path)

    def documents():
        yield DocumentId("a"), [chunk("退货政策", document="a")]
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        index.replace_many("t", DEFAULT_COLLECTION, documents())
    assert index.count("t", DEFAULT_COLLECTION) == 0
    index.replace_many(
        "t", DEFAULT_COLLECTION, [(DocumentId(d), [chunk("退货政策", document=d)]) for d in "abc"]
    )
    assert index.count("t", DEFAULT_COLLECTION) == 3


def test_readers_see_the_old_or_the_new_document(tmp_path: Path):
    index = TantivyIndex(tmp_path)
    put(index, chunk("退货 版本0 甲"), chunk("退货 版本0 乙", 1))
    seen: set[frozenset[str]] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(frozenset(text[3:6] + str(len(text)) for text in texts(index, "退货")))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for version in range(1, 15):
        put(index, chunk(f"退货 版本{version % 10} 甲"), chunk(f"退货 版本{version % 10} 乙", 1))
        assert index.count("t", DEFAULT_COLLECTION) == 2
    done.set()
    for reader in readers:
        reader.join()
    assert all(len(versions) == 1 for versions in seen)


WRITE_AND_HANG = """
import sys, time
from pathlib import Path
from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.types import Chunk
def chunk(text):
    return Chunk(id=text, document_id="d", version=1, source="s", ordinal=0, start=0, end=9, text=text)
index = TantivyIndex(Path(sys.argv[1]))
index.replace("t", "default", "kept", [chunk("退货政策")])
def hang():
    yield "lost", [chunk("换货政策")]
    print("written", flush=True)
    time.sleep(60)
index.replace_many("t", "default", hang())
"""


def test_keeps_what_was_committed_when_the_process_is_killed(tmp_path: Path):
    child = subprocess.Popen([sys.executable, "-c", WRITE_AND_HANG, str(tmp_path)], stdout=subprocess.PIPE)
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        child.kill()
    index = TantivyIndex(tmp_path)
    put(index, chunk("运费政策"))
    assert [sorted(texts(index, "政策")), index.needs_rebuild] == [["运费政策", "退货政策"], True]


def test_says_that_another_process_is_writing(tmp_path: Path):
    child = subprocess.Popen([sys.executable, "-c", WRITE_AND_HANG, str(tmp_path)], stdout=subprocess.PIPE)
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        index = TantivyIndex(tmp_path)
        with pytest.raises(IndexUnavailable):
            put(index, chunk("运费政策"))
        child.kill()
    assert texts(index, "政策") == ["退货政策"]


def test_is_built_once_marked(tmp_path: Path):
    index = TantivyIndex(tmp_path)
    assert index.needs_rebuild
    put(index, chunk("退货政策"))
    index.mark_built()
    again = TantivyIndex(tmp_path)
    assert (again.needs_rebuild, texts(again, "退货")) == (False, ["退货政策"])


def test_searches_the_old_index_until_the_new_one_is_built(tmp_path: Path):
    index = TantivyIndex(tmp_path)
    put(index, chunk("退货 旧"))
    index.mark_built()
    other = TantivyIndex(tmp_path)
    index.clear()
    put(index, chunk("退货 新"))
    seen = [(one.needs_rebuild, texts(one, "退货")) for one in (index, other, TantivyIndex(tmp_path))]
    assert seen == [(True, ["退货 旧"]), (False, ["退货 旧"]), (False, ["退货 旧"])]
    index.mark_built()
    seen = [(one.needs_rebuild, texts(one, "退货")) for one in (index, other, TantivyIndex(tmp_path))]
    assert seen == [(False, ["退货 新"])] * 3
    assert len({path.name for path in tmp_path.iterdir()} - {"current.json"}) == 1, "the old one is gone"


def test_a_rebuild_that_is_given_up_leaves_all_as_it_was(tmp_path: Path):
    index = TantivyIndex(tmp_path)
    put(index, chunk("退货 旧"))
    index.mark_built()
    index.clear()
    put(index, chunk("退货 新"))
    index.abandon()
    put(index, chunk("退货 更新"))
    assert (index.needs_rebuild, texts(TantivyIndex(tmp_path), "退货")) == (False, ["退货 更新"])


@pytest.mark.parametrize("name", ["built.json", "meta.json", "../current.json", "*.store", "*.idx", "*.term"])
def test_asks_for_a_rebuild_of_a_damaged_folder(tmp_path: Path, name: str):
    index = TantivyIndex(tmp_path)
    put(index, chunk("退货政策"))
    index.mark_built()
    for file in tmp_path.glob(f"*/{name}"):
        file.write_bytes(b"not what it was")
    damaged = TantivyIndex(tmp_path)
    assert damaged.needs_rebuild
    with pytest.raises(IndexUnavailable):
        damaged.search("t", DEFAULT_COLLECTION, "退货", 5)
    damaged.clear()
    put(damaged, chunk("退货政策"))
    damaged.mark_built()
    assert texts(damaged, "退货") == ["退货政策"]


@pytest.mark.parametrize(("versions", "found"), [((0, 1), ["退货政策"]), ((0, 0), None)])
def test_searches_what_another_analyzer_wrote_if_it_can_and_asks_for_a_rebuild(
    tmp_path: Path, versions: tuple[int, int], found: list[str] | None
):
    index = TantivyIndex(tmp_path)
    put(index, chunk("退货政策"))
    index.mark_built()
    [marker] = tmp_path.glob("*/built.json")
    marker.write_text(json.dumps(dict(zip(("analyzer", "layout"), versions, strict=True))))
    other = TantivyIndex(tmp_path)
    assert other.needs_rebuild
    with nullcontext() if found else pytest.raises(IndexUnavailable):
        assert texts(other, "退货") == found


def test_finds_the_words_of_the_collection(tmp_path: Path):
    index = TantivyIndex(tmp_path, lambda tenant, collection: Lexicon(["云享保"]))
    put(index, chunk("云享保是延长保修的服务"), chunk("云端享受保修", 1))
    assert texts(index, "云享保是什么")[0] == "云享保是延长保修的服务"


def test_rates_chunks_that_another_leg_found(tmp_path: Path):
    index = TantivyIndex(tmp_path)
    kept = [chunk("自签收起七天内可以退货"), chunk("门店位于西湖区", 1)]
    put(index, *kept)
    good, bad = index.rate("t", DEFAULT_COLLECTION, "签收几天内可以退货", kept)
    assert good > 0.5 > bad
