import pytest

from yingda.text_to_sql.words import label_in, plural, readable, singular, values_in


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SongReleaseYear", "song release year"),
        ("tbl_order_items", "order items"),
        ("HTTPStatus", "http status"),
        ("订单_状态", "订单 状态"),
    ],
)
def test_reads_a_name(name: str, words: str):
    assert readable(name) == words


@pytest.mark.parametrize(
    ("one", "many"),
    [("order", "orders"), ("category", "categories"), ("address", "addresses"), ("person", "people")],
)
def test_knows_one_from_many(one: str, many: str):
    assert (singular(many), plural(one), singular(one)) == (one, many, one)


def test_reads_codes_in_a_comment():
    assert (label_in("订单状态：1=待付款，2=已付款"), values_in("订单状态：1=待付款，2=已付款")) == (
        "订单状态",
        (("1", "待付款"), ("2", "已付款")),
    )


def test_takes_no_sentence_for_a_label():
    assert label_in("When the order was placed by the customer") == ""
