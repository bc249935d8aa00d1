import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

from yingda.knowledge.types import Chunk
from yingda.knowledge.vectors import VectorsConfig, VectorsOutdated, VectorStore
from yingda.turns.types import CollectionId, DocumentId

SHOP = CollectionId("shop")


def chunk(document: str, ordinal: int, version: int = 1) -> Chunk:
    return Chunk(
        id=f"{document}.{version}.{ordinal}",
        document_id=DocumentId(document),
        version=version,
        source=f"{document}.md",
        ordinal=ordinal,
        start=ordinal * 10,
        end=ordinal * 10 + 4,
        text="退货说明",
        heading=("政策", "退货"),
        page=2,
    )


def unit(*numbers: float) -> np.ndarray:
    vector = np.array(numbers, np.float32)
    return vector / np.linalg.norm(vector)


def put(store: VectorStore, document: str, *vectors: np.ndarray, version: int = 1, tenant: str = "t") -> None:
    chunks = [chunk(document, ordinal, version) for ordinal in range(len(vectors))]
    rows = np.array(vectors, np.float32) if vectors else np.empty((0, 0), np.float32)
    store.replace(tenant, SHOP, DocumentId(document), chunks, rows)


def hits(store: VectorStore, *numbers: float, limit: int = 10, tenant: str = "t") -> list[tuple[str, float]]:
    return [
        (found.chunk.id, round(found.score, 3)) for found in store.search(tenant, SHOP, unit(*numbers), limit)
    ]


@pytest.fixture
def store(tmp_path) -> VectorStore:
    return VectorStore(tmp_path, "m1", VectorsConfig(compact_rows=4))


def test_finds_the_nearest_chunks_whole(store):
    put(store, "a", unit(1, 0), unit(0, 1))
    put(store, "b", unit(3, 4))
    found = store.search("t", SHOP, unit(1, 0), 2)
    assert [(each.chunk, round(each.score, 3)) for each in found] == [
        (chunk("a", 0), 1.0),
        (chunk("b", 0), 0.6),
    ]


def test_breaks_ties_by_document_then_ordinal(store):
    for document in ("b", "a"):
        put(store, document, unit(1, 1), unit(1, 1))
    assert [name for name, _ in hits(store, 1, 1, limit=3)] == ["a.1.0", "a.1.1", "b.1.0"]


def test_finds_within_a_scope(store):
    for document in ("a", "b", "c"):
        put(store, document, unit(1, 0), unit(1, 1))
    put(store, "b", unit(0, 1), version=2)
    scope = frozenset(map(DocumentId, ("b", "c", "gone")))
    found = [each.chunk.id for each in store.search("t", SHOP, unit(1, 0), 2, scope)]
    assert (found, store.search("t", SHOP, unit(1, 0), 2, frozenset())) == (["c.1.0", "c.1.1"], [])


def test_replaces_a_document_whole(store):
    put(store, "a", unit(1, 0), unit(0, 1))
    put(store, "b", unit(0, 1))
    put(store, "a", unit(0, 1), version=2)
    assert (hits(store, 1, 0), store.count("t", SHOP)) == ([("a.2.0", 0.0), ("b.1.0", 0.0)], 2)


def test_removes_a_document_that_has_no_chunks_left(store):
    put(store, "a", unit(1, 0))
    put(store, "a")
    put(store, "never there")
    assert (hits(store, 1, 0), store.count("t", SHOP)) == ([], 0)


def test_knows_nothing_of_a_collection_never_written(store):
    put(store, "a")
    assert (hits(store, 1, 0), store.count("t", SHOP), store.needs_rebuild("t", SHOP)) == ([], 0, False)


def test_keeps_tenants_apart(store):
    put(store, "a", unit(1, 0), tenant="one")
    assert (hits(store, 1, 0, tenant="one"), hits(store, 1, 0, tenant="two")) == ([("a.1.0", 1.0)], [])


def test_compacts_without_losing_a_row_or_an_older_reader(store, tmp_path):
    reader = VectorStore(tmp_path, "m1")
    put(store, "kept", unit(0, 1))
    put(store, "a", unit(1, 0), unit(1, 0))
    before = hits(reader, 0, 1)
    for version in (2, 3, 4):
        put(store, "a", unit(1, version), unit(version, 1), version=version)
    sizes = {path.suffix: path.stat().st_size for path in tmp_path.glob("*/*")}
    expected = [("kept.1.0", 1.0), ("a.4.0", 0.97), ("a.4.1", 0.243)]
    assert (before[0], hits(store, 0, 1), hits(reader, 0, 1)) == (("kept.1.0", 1.0), expected, expected)
    assert sizes[".rows"] <= 5 * 2 * 4
    assert len(sizes) == 4


def test_compacts_down_to_nothing_and_grows_again(store):
    put(store, "a", *[unit(1, 0)] * 5)
    put(store, "a")
    put(store, "b", unit(1, 0))
    assert hits(store, 1, 0) == [("b.1.0", 1.0)]


def test_asks_for_a_rebuild_after_a_change_of_model(store, tmp_path):
    put(store, "a", unit(1, 0))
    other = VectorStore(tmp_path, "m2")
    with pytest.raises(VectorsOutdated):
        hits(other, 1, 0)
    with pytest.raises(VectorsOutdated):
        put(other, "b", unit(1, 0))
    needed = other.needs_rebuild("t", SHOP)
    other.clear("t", SHOP)
    put(other, "a", unit(1, 0, 0))
    assert (needed, other.needs_rebuild("t", SHOP), hits(other, 1, 0, 0)) == (True, False, [("a.1.0", 1.0)])


def test_refuses_a_question_of_another_dimension(store):
    put(store, "a", unit(1, 0))
    with pytest.raises(VectorsOutdated):
        hits(store, 1, 0, 0)


def test_removes_a_document_even_under_another_model(store, tmp_path):
    put(store, "a", unit(1, 0))
    put(VectorStore(tmp_path, "m2"), "a")
    assert store.count("t", SHOP) == 0


@pytest.mark.parametrize("kind", ["rows", "chunks", "log"])
def test_cuts_off_what_a_crash_left_unfinished(store, tmp_path, kind):
    put(store, "a", unit(1, 0))
    with next(tmp_path.glob(f"*/*.{kind}")).open("ab") as file:
        file.write(b'0badbeef ["half a li')
    again = VectorStore(tmp_path, "m1")
    before = hits(again, 1, 0)
    put(again, "b", unit(3, 4))
    fresh = hits(VectorStore(tmp_path, "m1"), 1, 0)
    assert (before, fresh) == ([("a.1.0", 1.0)], [("a.1.0", 1.0), ("b.1.0", 0.6)])


@pytest.mark.parametrize(
    ("kind", "content"),
    [("log", b"00000000 [1]\n"), ("rows", b""), ("current", b"{"), ("current", b'{"format":1}')],
)
def test_asks_for_a_rebuild_when_damaged(store, tmp_path, kind, content):
    put(store, "a", unit(1, 0))
    path = next(tmp_path.glob("*/current.json" if kind == "current" else f"*/*.{kind}"))
    path.write_bytes(content)
    again = VectorStore(tmp_path, "m1")
    assert again.needs_rebuild("t", SHOP) is True
    again.clear("t", SHOP)
    put(again, "a", unit(1, 0))
    assert hits(again, 1, 0) == [("a.1.0", 1.0)]


def test_asks_for_a_rebuild_when_files_are_missing(store, tmp_path):
    put(store, "a", unit(1, 0))
    next(tmp_path.glob("*/*.rows")).unlink()
    assert VectorStore(tmp_path, "m1").needs_rebuild("t", SHOP)


def test_readers_see_old_or_new_while_a_document_is_replaced(store):
    put(store, "a", *[unit(1, 0)] * 3)
    seen, done = set(), threading.Event()

    def read() -> None:
        while not done.is_set():
            found = store.search("t", SHOP, unit(1, 0), 10)
            seen.add((len({each.chunk.version for each in found}), len(found)))

    reader = threading.Thread(target=read)
    reader.start()
    for version in range(2, 40):
        put(store, "a", *[unit(1, 0)] * 3, version=version)
    done.set()
    reader.join()
    assert seen == {(1, 3)}


WRITER = textwrap.dedent("""
    import sys
    from pathlib import Path
    import numpy as np
    from yingda.knowledge.types import Chunk
    from yingda.knowledge.vectors import VectorsConfig, VectorStore

    store = VectorStore(Path(sys.argv[1]), "m1", VectorsConfig(compact_rows=8))
    for version in range(1, 100000):
        name = f"d{version % 7}"
        fields = {"document_id": name, "version": version, "source": "", "start": 0, "end": 1, "text": "x"}
        chunks = [Chunk(id=f"{name}.{ordinal}", ordinal=ordinal, **fields) for ordinal in range(3)]
        store.replace("t", "shop", name, chunks, np.eye(3, 8, dtype=np.float32))
        print(name, version, flush=True)
""")


def test_keeps_what_was_acknowledged_before_a_kill(tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    said = [writer.stdout.readline().split() for _ in range(40)]
    writer.send_signal(signal.SIGKILL)
    said += [line.split() for line in writer.communicate()[0].splitlines()]
    acknowledged = {name: int(version) for name, version in said}
    found = VectorStore(tmp_path, "m1").search("t", SHOP, np.eye(1, 8, dtype=np.float32)[0], 100)
    versions = {}
    for each in found:
        versions.setdefault(each.chunk.document_id, []).append(each.chunk.version)
    assert set(versions) == set(acknowledged)
    assert all(len(each) == 3 and len(set(each)) == 1 for each in versions.values())
    # The write under way at the kill may have been committed without having been acknowledged.
    last = int(said[-1][1])
    assert all(versions[name][0] in (version, last + 1) for name, version in acknowledged.items())
