from pathlib import Path

from tests.text_to_sql.schemas import clinic_file

from yingda.testing.clock import FrozenClock
from yingda.text_to_sql.databases.database import DatabaseConfig
from yingda.text_to_sql.databases.opening import open_database
from yingda.text_to_sql.draft import draft_model
from yingda.text_to_sql.value_index import LiveValues, Spotted, ValueConfig, ValueIndex, ValueMatch


async def clinic_values(path: Path) -> ValueIndex:
    url = clinic_file(path / "clinic.sqlite")
    model = await draft_model(url)
    async with open_database(url, DatabaseConfig()) as database:
        return await LiveValues(database, model, FrozenClock(), ValueConfig()).current()


async def test_finds_a_value_whatever_its_case(tmp_path: Path):
    values = await clinic_values(tmp_path)
    assert values.find(" BERGEN ") == (ValueMatch(name="patients.city", value="Bergen"),)


async def test_spots_values_in_a_sentence_and_cuts_no_word(tmp_path: Path):
    values = await clinic_values(tmp_path)
    assert values.spot("上海的ann lee, annual") == (
        Spotted(start=0, end=2, matches=(ValueMatch(name="patients.city", value="上海"),)),
        Spotted(start=3, end=10, matches=(ValueMatch(name="doctors.full_name", value="Ann Lee"),)),
    )


async def test_finds_what_is_spelt_much_like_it(tmp_path: Path):
    values = await clinic_values(tmp_path)
    assert values.near("Bergn") == (ValueMatch(name="patients.city", value="Bergen", score=0.909),)


async def test_holds_no_secret_and_nothing_hidden(tmp_path: Path):
    values = (await clinic_values(tmp_path)).without(frozenset({"patients.city"}))
    assert (values.find("x1"), values.find("Oslo")) == ((), ())
