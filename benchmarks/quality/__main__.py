"""All quality figures in one run: `python -m benchmarks.quality`; exit 1 where a required one is missed.

Reading set, FAQ pages and examples of values are public data of their own: without the folder named by
`YINGDA_DATA` those parts print n/a, and the last line says so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.quality import (
    abstention,
    accident_calls,
    answer_sentence,
    citations,
    cmrc2018,
    curated,
    data_answers,
    faq,
    intents,
    relevance,
    samples,
    values,
)
from benchmarks.quality.reading_set import ABSENT


@dataclass(frozen=True, slots=True)
class Part:
    """What `run` measures, in a word and as a heading; it returns 0, 1 or `ABSENT`."""

    name: str
    title: str
    run: Callable[[], int]


PARTS = (
    Part("answers", "Whole answers on the sample shop", partial(samples.main, [])),
    Part("scores", "Answerable or not, by the lexical score", relevance.main),
    Part("curated answers", "Curated answers, given for the right questions", curated.main),
    Part("citations", "Citations, wrong and true", partial(citations.main, [])),
    Part("values", "Spoken and written values", partial(values.main, [])),
    Part("calls", "Calls about an accident on a bad line", partial(accident_calls.main, [])),
    Part("ranking", "Ranking on CMRC 2018", partial(cmrc2018.main, [])),
    Part("answer sentence", "Whole answers on CMRC 2018", partial(answer_sentence.main, [])),
    Part("abstention", "Answerable or not on CMRC 2018, hard split", partial(abstention.main, [])),
    Part("understanding", "Intents, anger, and how long a reading takes", partial(intents.main, [])),
    Part("FAQ", "FAQ pages and a PDF", partial(faq.main, [])),
    Part("data questions", "Questions over data, without a model", partial(data_answers.main, [])),
)


def main() -> int:
    """Run every part, whatever the others came to."""
    codes = {}
    for part in PARTS:
        print(f"\n# {part.title}")
        codes[part.name] = part.run()
    missed = [name for name, code in codes.items() if code not in (0, ABSENT)]
    absent = [name for name, code in codes.items() if code == ABSENT]
    print("\nmissed: " + (", ".join(missed) or "nothing") + "".join(f", {name} n/a" for name in absent))
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
