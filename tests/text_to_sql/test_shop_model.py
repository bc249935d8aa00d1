"""The sample shop's model says what stands in the sample shop."""

from datetime import date
from pathlib import Path

from yingda.business.shop.database import make_shop
from yingda.text_to_sql.databases.database import DatabaseConfig
from yingda.text_to_sql.databases.opening import open_database
from yingda.text_to_sql.load import model_from_yaml
from yingda.text_to_sql.verify_model import verify_model

MODEL = Path(__file__).parents[2] / "samples/shop/model.yaml"


async def test_is_true_of_the_shop(tmp_path: Path):
    make_shop(tmp_path / "shop.db", date(2026, 11, 15))
    model = model_from_yaml(MODEL.read_text("utf-8"))
    async with open_database(str(tmp_path / "shop.db"), DatabaseConfig()) as database:
        assert await verify_model(model, database) == ()
