"""The sample shop's model says what stands in the sample shop."""

from datetime import date
from pathlib import Path

from yingda.business.shop.database import make_shop
from yingda.testing.builders import PRINCIPAL
from yingda.text_to_sql.databases.database import DatabaseConfig
from yingda.text_to_sql.databases.opening import open_database
from yingda.text_to_sql.load import model_from_yaml
from yingda.text_to_sql.reading import reader_over
from yingda.text_to_sql.source import open_source
from yingda.text_to_sql.types import Asked
from yingda.text_to_sql.verify_model import verify_model

MODEL = Path(__file__).parents[2] / "samples/shop/model.yaml"


async def test_is_true_of_the_shop(tmp_path: Path):
    make_shop(tmp_path / "shop.db", date(2026, 11, 15))
    model = model_from_yaml(MODEL.read_text("utf-8"))
    async with open_database(str(tmp_path / "shop.db"), DatabaseConfig()) as database:
        assert await verify_model(model, database) == ()


async def test_the_printed_question_lists_orders_by_more_than_their_number(tmp_path: Path):
    make_shop(tmp_path / "shop.db", date(2026, 11, 15))
    model = model_from_yaml(MODEL.read_text("utf-8"))
    asked = Asked(question="查询最近一个月的销售数据", today=date(2026, 11, 15))
    async with open_source(f"sqlite:///{tmp_path / 'shop.db'}", model) as source:
        read = await reader_over(model, source.values)(PRINCIPAL)
        rows = await source.run(PRINCIPAL, read(asked).sql)
    assert rows.columns[:3] == ("订单号", "下单时间", "下单渠道")
    assert (rows.columns[-1], rows.row_count > 100) == ("订单实付金额", True)
