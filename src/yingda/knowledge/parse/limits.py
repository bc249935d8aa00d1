"""How much of everything one file may take."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseLimits:
    """`time_s` and `memory_bytes` hold in a parser process only; the rest is checked by `parse` itself.

    `memory_bytes` is the address space of the whole process, interpreter and libraries included (about
    150 MiB). `zip_ratio` is unpacked to packed, looked at from `zip_ratio_from_bytes` unpacked.
    """

    max_bytes: int = 20 * MIB
    max_pages: int = 2_000
    max_chars: int = 5_000_000
    max_blocks: int = 200_000
    max_cells: int = 5_000_000
    max_unzipped_bytes: int = 128 * MIB
    max_zip_members: int = 10_000
    zip_ratio: int = 100
    zip_ratio_from_bytes: int = 16 * MIB
    time_s: float = 30.0
    memory_bytes: int = 1024 * MIB
