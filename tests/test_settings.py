"""One value, several sources: flag > environment > file > .env > default; wrong names are pointed out."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from yingda.settings import Settings, source_of, unknown_names


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("PORT", "APP_PORT", "API_KEY", "API_KEY_FILE", "SESSION_TTL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_sources_beat_each_other_in_order(empty_folder, monkeypatch):
    (empty_folder / ".env").write_text("PORT=1\nSESSION_TTL=60\n")
    assert (Settings().ports, Settings().session_ttl_s) == ((1,), 60.0)
    monkeypatch.setenv("PORT", "2, 3")
    assert Settings().ports == (2, 3)
    assert Settings(ports="4").ports == (4,)


def test_both_names_of_a_contract_are_read(monkeypatch):
    monkeypatch.setenv("APP_PORT", "5")
    assert Settings().ports == (5,)


def test_only_promised_names_are_read(monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    monkeypatch.setenv("PORTS", "9")
    assert (str(Settings().home), Settings().ports) == ("var", (8000, 8080, 8084))


def test_a_secret_may_lie_in_a_file(empty_folder, monkeypatch):
    (empty_folder / "key").write_text("s3cret\n")
    monkeypatch.setenv("API_KEY_FILE", str(empty_folder / "key"))
    settings = Settings()
    assert settings.api_key.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)


def test_a_wrong_value_is_refused_with_its_name(monkeypatch):
    monkeypatch.setenv("SESSION_TTL", "soon")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert refused.value.errors()[0]["loc"] == ("SESSION_TTL",)


def test_an_unknown_name_is_told_with_the_nearest_one():
    assert unknown_names({"YINGDA_HOEM": "x", "YINGDA_HOME": "y", "OTHER": "z"}) == {
        "YINGDA_HOEM": "YINGDA_HOME"
    }


def test_the_source_of_a_value_is_known():
    field = Settings.model_fields["ports"]
    assert source_of(field, {"APP_PORT": "1"}, {}) == "environment APP_PORT"
    assert source_of(field, {}, {"PORT": "1"}) == ".env PORT"
    assert source_of(field, {}, {}) == "default"
