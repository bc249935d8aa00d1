"""All quality figures in one run: `python -m benchmarks.quality`; exit 1 where a required one is missed.

The ranking set and the examples of values are public data of their own: without the folder named by
`YINGDA_DATA` those parts are left out, and the output says so.
"""

from __future__ import annotations

import sys

from benchmarks.quality import accident_calls, citations, cmrc2018, curated, relevance, samples, values

ABSENT = 2
"""What a part returns where its public data is not there."""


def main() -> int:
    """Run every part, whatever the others came to."""
    print("# Whole answers on the sample shop")
    answers = samples.main([])
    print("\n# Answerable or not, by the lexical score")
    scores = relevance.main()
    print("\n# Curated answers, given for the right questions")
    matches = curated.main()
    print("\n# Citations, wrong and true")
    cited = citations.main([])
    print("\n# Spoken and written values")
    read = values.main()
    print("\n# Calls about an accident on a bad line")
    calls = accident_calls.main([])
    print("\n# Ranking on CMRC 2018")
    ranking = cmrc2018.main()
    missed = [
        name
        for name, code in (
            ("answers", answers),
            ("scores", scores),
            ("curated answers", matches),
            ("values", read),
            ("citations", cited),
            ("calls", calls),
            ("ranking", ranking),
        )
        if code not in (0, ABSENT)
    ]
    absent = [name for name, code in (("values", read), ("ranking", ranking)) if code == ABSENT]
    print(
        "\nmissed: " + (", ".join(missed) or "nothing") + "".join(f", {name} not measured" for name in absent)
    )
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
