"""Which chat a session leads to."""

from __future__ import annotations

from dataclasses import replace

from yingda.fastgpt.names import ChatNames
from yingda.testing.builders import PRINCIPAL


def test_nobody_can_name_another_tenants_chat():
    names = ChatNames(secret="s")
    other, bound = replace(PRINCIPAL, tenant="other"), replace(PRINCIPAL, user_id="u-1")
    found = [names.name(one, "a1002") for one in (PRINCIPAL, other, bound)]
    found.append(names.name(PRINCIPAL, "a" * 251))
    assert (found[0], [len(name) for name in found[1:]], len(set(found))) == ("a1002", [64] * 3, 4)
