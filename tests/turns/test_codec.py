"""Whatever is written down comes back equal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yingda.turns.codec import dump, load
from yingda.turns.events import EVENTS

# The stores refuse what is not text before a turn begins.
text = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=20)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
st.register_type_strategy(str, text)
st.register_type_strategy(float, numbers.map(float))
st.register_type_strategy(int, st.integers(-(2**53), 2**53))
events = st.one_of([st.from_type(kind) for kind in EVENTS.values()])


@given(st.lists(events, max_size=4))
def test_events_survive_the_journal(written):
    assert load(dump(written)) == written


@given(st.lists(events, max_size=3), st.lists(events, max_size=3))
def test_batches_join_by_concatenation(first, second):
    assert load(dump(first) + dump(second)) == first + second
