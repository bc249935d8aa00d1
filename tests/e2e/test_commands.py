"""The commands as a person types them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("yingda")


@pytest.fixture
def yingda(tmp_path):
    """`yingda("ask", "...")` in an empty folder of its own: exit code and output."""

    def run(*arguments, **settings):
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
            "YINGDA_HOME": str(tmp_path / "home"),
            **settings,
        }
        ran = subprocess.run(
            [str(COMMAND), *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return ran.returncode, ran.stdout + ran.stderr

    return run


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "退货.md").write_text("# 退货\n\n签收后 37 天内可以退货。\n", encoding="utf-8")
    (folder / ".hidden.md").write_text("not for anybody")
    return folder


def test_ingest_then_ask_answers_with_the_source(yingda, documents):
    code, said = yingda("ingest", str(documents))
    assert (code, "added      退货.md" in said, "hidden" in said) == (0, True, False)
    code, said = yingda("ask", "几天内可以退货")
    assert (code, "37 天" in said, "[1] 退货.md" in said) == (0, True, True)


def test_ingest_again_changes_nothing_and_a_bad_file_is_told(yingda, documents):
    yingda("ingest", str(documents))
    (documents / "broken.pdf").write_bytes(b"%PDF-1.7 but no more")
    code, said = yingda("ingest", str(documents))
    assert (code, "unchanged  退货.md" in said, "refused    broken.pdf" in said) == (1, True, True)


def test_check_says_what_is_set_and_from_where(yingda):
    code, said = yingda("check", LLM_API_KEY="sk-secret", SESSION_TTL="60")
    assert code == 0
    assert re.search(r"session_ttl_s\s+│\s+60.0\s+│\s+environment SESSION_TTL", said)
    assert re.search(r"model\s+off", said)
    assert "sk-secret" not in said


def test_check_tells_a_model_that_cannot_be_reached(yingda):
    code, said = yingda("check", LLM_BASE_URL="http://127.0.0.1:1/v1", LLM_MODEL="m")
    assert (code, "degraded" in said) == (1, True)


def test_a_wrong_setting_is_named(yingda):
    code, said = yingda("check", SESSION_TTL="soon", YINGDA_HOEM="x")
    assert (code, "SESSION_TTL" in said, "Traceback" in said) == (2, True, False)


def test_an_unknown_setting_is_told_with_the_nearest(yingda):
    _, said = yingda("check", YINGDA_HOEM="x")
    assert "unknown setting YINGDA_HOEM, did you mean YINGDA_HOME?" in said


def test_serving_openly_beyond_loopback_is_refused_in_words(yingda):
    code, said = yingda("serve", "--host", "0.0.0.0", "--port", "0")
    assert (code, "ALLOW_OPEN=1" in said) == (1, True)


def test_a_key_opens_until_it_is_revoked(yingda, start_server):
    server = start_server()
    home = {"YINGDA_HOME": str(server.home)}
    _, made = yingda("keys", "create", "desk of Li", "--role", "chat", **home)
    key_id, secret = re.search(r"key id\s+(\S+)\nsecret\s+(\S+)", made).groups()
    assert _status_becomes(server, secret, 200)
    assert _status_becomes(server, "wrong", 401)
    assert secret not in yingda("keys", "list", **home)[1]
    yingda("keys", "revoke", key_id, **home)
    assert _status_becomes(server, secret, 401)


def test_a_role_that_is_none_is_refused(yingda):
    code, said = yingda("keys", "create", "x", "--role", "king")
    assert (code, "no such role: king" in said, "Traceback" in said) == (1, True, False)


def _status_becomes(server, key: str, status: int) -> bool:
    """Within a few seconds: a running server reads the keys every second."""
    with server.client(key) as client:
        for _ in range(50):
            if client.post("/api/v1/chat", json={"message": "你好"}).status_code == status:
                return True
            time.sleep(0.1)
    return False
