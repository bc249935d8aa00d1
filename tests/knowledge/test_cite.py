"""Does a passage support a sentence? Labelled pairs, and the span that is quoted."""

from __future__ import annotations

import pytest

from yingda.knowledge.cite import Support, supports

RETURNS = (
    "自签收之日起7天内，商品完好且不影响二次销售的，可以申请无理由退货；质量问题15天内可以换货。"
    "退货运费由买家承担，质量问题的运费由卖家承担。生鲜食品不支持无理由退货。"
)
MEMBERS = (
    "金卡会员享受9折优惠，银卡会员享受95折优惠。累计消费满5000元自动升级为金卡。"
    "会员积分有效期为12个月，到期未使用自动清零。生日当月积分翻倍。"
)
DELIVERY = (
    "订单满99元包邮，未满99元收取8元运费。每天16:00前付款的订单当天发货，之后付款的次日发货。"
    "新疆、西藏地区不在包邮范围内。发货后无法修改收货地址。"
)
INVOICE = (
    "电子发票在确认收货后24小时内发送到邮箱。"
    "纸质发票需要联系客服申请，邮寄费用为10元。发票抬头开具后不能更改。"
)
ROUTER = (
    "AX3000路由器最多支持128台设备同时连接，保修期为2年。重置方法：长按Reset键10秒，指示灯变为红色后松开。"
    "AX1800型号不支持Mesh组网。"
)
HOURS = (
    "门店营业时间为周一至周五9:00-18:00，周末10:00-17:00，国庆节期间（2024年10月1日至10月7日）休息。"
    "客服热线：400-800-1234。"
)
REFUND = (
    "退款审核通过后，款项将在3个工作日内原路退回。"
    "使用支付宝付款的退回支付宝账户，信用卡付款需要5到10个工作日。"
)
TABLE = "| 套餐 | 月费 | 流量 |\n|---|---|---|\n| 基础版 | 39元 | 20GB |\n| 专业版 | 99元 | 100GB |"
E_RETURNS = (
    "Items may be returned within 30 days of delivery if they are unused. "
    "Opened software cannot be returned. Return shipping is free for members; other customers pay $7.95."
)
E_ACCOUNT = (
    "Passwords must be at least 12 characters long and expire after 90 days. "
    "To reset your password, open Settings, choose Security and click Reset password. "
    "Accounts are locked after five failed attempts. Two-factor authentication is optional."
)
E_PLAN = (
    "The Pro plan costs $20 per month and includes 50 GB of storage. The Team plan costs $45 per month and "
    "includes 200 GB. You can cancel at any time, but payments are not refunded. Support is available Monday "
    "to Friday from 9 am to 5 pm. The offer ends on March 31, 2025."
)
WASHER = (
    "洗衣机标准模式洗涤时间为45分钟，快洗模式为15分钟。"
    "最大洗涤容量是8公斤。"
    "儿童锁开启后，所有按键失效，长按3秒可以解除。"
    "排水管高度不能超过1米。"
)
COURSE = (
    "课程购买后7天内且学习进度未超过20%的，可以全额退款。"
    "直播课程开课后不支持退款。"
    "结业证书在通过考试后30天内寄出。"
    "学员可以在手机端和电脑端同时登录。"
)
HOTEL = (
    "酒店入住时间为下午2点以后，退房时间为中午12点之前。"
    "早餐每位68元，含在豪华房价内，标准房不含早餐。"
    "宠物不得入内。"
    "停车场对住店客人免费开放。"
)
BANK = (
    "企业网银单笔转账限额为500万元，个人网银单日限额为20万元。"
    "转账手续费为0.1%，最低2元，最高50元。"
    "密码连续输错6次后账户将被冻结24小时。"
)
E_BATTERY = (
    "The battery lasts up to 10 hours and charges fully in 90 minutes. "
    "Do not use the charger near water. "
    "The warranty covers manufacturing defects for two years but does not cover accidental damage. "
    "The red light means the battery is low; the green light means it is full."
)
E_TICKETS = (
    "Tickets can be exchanged up to 24 hours before departure for a fee of 15 euros. "
    "Tickets bought with a discount card are non-refundable. "
    "Children under 6 travel free. "
    "Luggage is limited to 23 kg per passenger."
)

TRUE: list[tuple[str, str]] = [
    (RETURNS, "签收后7天内，商品完好可以申请无理由退货。"),
    (RETURNS, "有质量问题的话，15天内可以换货。"),
    (RETURNS, "质量问题的退货运费由卖家承担"),
    (RETURNS, "生鲜食品不能无理由退货。"),
    (RETURNS, "非质量问题的退货运费需要买家自己承担。"),
    (RETURNS, "自签收起七天内可以申请无理由退货"),
    (RETURNS, "您可以在收到商品的7天内申请退货，前提是商品完好、不影响二次销售。"),
    (MEMBERS, "金卡会员可享9折。"),
    (MEMBERS, "银卡会员的折扣是95折。"),
    (MEMBERS, "累计消费达到5000元就会自动升级到金卡。"),
    (MEMBERS, "积分的有效期是12个月，过期会清零。"),
    (MEMBERS, "积分有效期为一年。"),
    (MEMBERS, "生日当月，积分会翻倍"),
    (DELIVERY, "订单满99元可以包邮。"),
    (DELIVERY, "如果不满99元，需要支付8元运费。"),
    (DELIVERY, "每天下午4点前付款的订单会当天发货。"),
    (DELIVERY, "新疆和西藏不包邮。"),
    (DELIVERY, "订单发货后不能修改收货地址。"),
    (INVOICE, "确认收货后24小时内，电子发票会发送到您的邮箱。"),
    (INVOICE, "纸质发票请联系客服申请，邮寄费10元。"),
    (INVOICE, "发票抬头开具之后无法更改。"),
    (INVOICE, "电子发票会在确认收货后1天内发到邮箱。"),
    (ROUTER, "AX3000 最多可以连接128台设备。"),
    (ROUTER, "路由器AX3000的保修期是两年。"),
    (ROUTER, "长按 Reset 键 10 秒即可重置，指示灯变红后松开。"),
    (ROUTER, "AX1800 不支持 Mesh 组网。"),
    (HOURS, "门店周一到周五的营业时间是9:00到18:00。"),
    (HOURS, "周末的营业时间为10点至17点。"),
    (HOURS, "2024年10月1日到7日国庆节期间休息。"),
    (HOURS, "客服热线是400-800-1234。"),
    (REFUND, "审核通过后3个工作日内退款会原路退回。"),
    (REFUND, "信用卡付款的退款需要5-10个工作日。"),
    (REFUND, "支付宝付款会退回到支付宝账户。"),
    (TABLE, "专业版的月费是99元，包含100GB流量。"),
    (TABLE, "基础版每月39元。"),
    (E_RETURNS, "You can return unused items within 30 days of delivery."),
    (E_RETURNS, "Opened software can't be returned."),
    (E_RETURNS, "Members get free return shipping."),
    (E_RETURNS, "Customers who are not members pay $7.95 for return shipping."),
    (E_ACCOUNT, "Your password needs at least 12 characters."),
    (E_ACCOUNT, "Passwords expire after 90 days."),
    (E_ACCOUNT, "Open Settings, choose Security, then click Reset password."),
    (E_ACCOUNT, "After 5 failed attempts the account is locked."),
    (E_PLAN, "The Pro plan is $20 a month and includes 50GB of storage."),
    (E_PLAN, "You can cancel anytime, but payments aren't refunded."),
    (E_PLAN, "Support is available from Monday to Friday, 9 am to 5 pm."),
    (E_PLAN, "The offer ends on 31 March 2025."),
    (WASHER, "标准模式需要洗45分钟。"),
    (WASHER, "快洗只要15分钟"),
    (WASHER, "洗衣机最多可以洗8公斤衣物。"),
    (WASHER, "儿童锁可以通过长按3秒解除。"),
    (WASHER, "排水管的高度不要超过1米。"),
    (COURSE, "购买7天内、学习进度不超过20%可全额退款。"),
    (COURSE, "直播课开课后无法退款。"),
    (COURSE, "通过考试后，证书会在30天内寄出。"),
    (COURSE, "手机端和电脑端可以同时登录。"),
    (HOTEL, "入住时间是下午2点之后。"),
    (HOTEL, "请在中午12点前退房。"),
    (HOTEL, "标准房不包含早餐。"),
    (HOTEL, "早餐的价格是每人68元。"),
    (HOTEL, "住店客人可以免费停车。"),
    (BANK, "企业网银单笔最多可以转500万元。"),
    (BANK, "个人网银每日限额20万元。"),
    (BANK, "密码连续输错6次，账户会被冻结24小时。"),
    (BANK, "转账手续费是0.1%，最低2元、最高50元。"),
    (E_BATTERY, "The battery lasts up to ten hours."),
    (E_BATTERY, "It takes 90 minutes to charge the battery fully."),
    (E_BATTERY, "Accidental damage is not covered by the warranty."),
    (E_BATTERY, "A green light means that the battery is full."),
    (E_TICKETS, "You can exchange a ticket until 24 hours before departure for 15 euros."),
    (E_TICKETS, "Tickets bought with a discount card cannot be refunded."),
    (E_TICKETS, "Children under 6 travel for free."),
    (E_TICKETS, "Each passenger may bring up to 23 kg of luggage."),
]

WRONG: list[tuple[str, str]] = [
    (RETURNS, "签收后15天内可以申请无理由退货。"),
    (RETURNS, "质量问题7天内可以换货。"),
    (RETURNS, "签收后30天内可以申请无理由退货。"),
    (RETURNS, "生鲜食品支持无理由退货。"),
    (RETURNS, "质量问题的退货运费由买家承担。"),
    (RETURNS, "质量问题15天内不可以换货。"),
    (RETURNS, "数码产品不支持无理由退货。"),
    (MEMBERS, "金卡会员享受95折优惠。"),
    (MEMBERS, "银卡会员享受9折优惠。"),
    (MEMBERS, "钻石卡会员享受9折优惠。"),
    (MEMBERS, "累计消费满3000元自动升级为金卡。"),
    (MEMBERS, "积分有效期为24个月。"),
    (MEMBERS, "积分有效期为12天。"),
    (MEMBERS, "积分到期未使用不会清零。"),
    (DELIVERY, "订单满99元收取8元运费。"),
    (DELIVERY, "订单满199元包邮。"),
    (DELIVERY, "每天18:00前付款的订单当天发货。"),
    (DELIVERY, "新疆地区包邮。"),
    (DELIVERY, "发货后可以修改收货地址。"),
    (DELIVERY, "海南、西藏地区不在包邮范围内。"),
    (INVOICE, "电子发票在确认收货后48小时内发送到邮箱。"),
    (INVOICE, "纸质发票在确认收货后24小时内发送到邮箱。"),
    (INVOICE, "发票抬头开具后可以更改。"),
    (INVOICE, "邮寄费用为20元。"),
    (ROUTER, "AX1800路由器最多支持128台设备同时连接。"),
    (ROUTER, "AX5400路由器最多支持128台设备同时连接。"),
    (ROUTER, "AX3000不支持Mesh组网。"),
    (ROUTER, "AX3000的保修期为3年。"),
    (ROUTER, "长按Reset键5秒即可重置。"),
    (ROUTER, "指示灯变为绿色后松开。"),
    (HOURS, "门店周末的营业时间为9:00-18:00。"),
    (HOURS, "门店周一至周五营业时间为8:00-18:00。"),
    (HOURS, "2024年5月1日至5月7日休息。"),
    (HOURS, "客服热线：400-800-4321。"),
    (REFUND, "款项将在7个工作日内原路退回。"),
    (REFUND, "使用微信付款的退回微信账户。"),
    (REFUND, "会员可以参加积分抽奖活动。"),
    (TABLE, "基础版的月费是99元。"),
    (TABLE, "专业版每月20GB流量。"),
    (E_RETURNS, "Items may be returned within 60 days of delivery."),
    (E_RETURNS, "Opened software can be returned."),
    (E_RETURNS, "Return shipping is not free for members."),
    (E_RETURNS, "Gift cards never lose their value."),
    (E_ACCOUNT, "Passwords must be at least 90 characters long."),
    (E_ACCOUNT, "Accounts are locked after three failed attempts."),
    (E_ACCOUNT, "Two-factor authentication is not optional."),
    (E_ACCOUNT, "Passwords never expire."),
    (E_PLAN, "The Team plan costs $20 per month."),
    (E_PLAN, "The Enterprise plan costs $45 per month."),
    (E_PLAN, "Payments are refunded when you cancel."),
    (E_PLAN, "Support is available Saturday and Sunday from 9 am to 5 pm."),
    (E_PLAN, "The offer ends on April 30, 2025."),
    (E_PLAN, "Our office is close to the main station."),
    (WASHER, "标准模式洗涤时间为15分钟。"),
    (WASHER, "最大洗涤容量是10公斤。"),
    (WASHER, "儿童锁开启后，所有按键仍然有效。"),
    (WASHER, "排水管高度不能低于1米。"),
    (WASHER, "烘干模式为15分钟。"),
    (COURSE, "购买后30天内可以全额退款。"),
    (COURSE, "直播课程开课后支持退款。"),
    (COURSE, "学习进度超过20%的，可以全额退款。"),
    (COURSE, "手机端和电脑端不能同时登录。"),
    (HOTEL, "入住时间为下午2点以前。"),
    (HOTEL, "退房时间为下午2点。"),
    (HOTEL, "标准房含早餐。"),
    (HOTEL, "宠物可以入内。"),
    (HOTEL, "早餐每位86元。"),
    (BANK, "个人网银单日限额为500万元。"),
    (BANK, "转账手续费最高2元。"),
    (BANK, "密码连续输错6次后账户将被冻结6小时。"),
    (BANK, "企业网银单笔转账限额为500元。"),
    (E_BATTERY, "The battery charges fully in 10 hours."),
    (E_BATTERY, "The warranty covers accidental damage."),
    (E_BATTERY, "The red light means the battery is full."),
    (E_BATTERY, "The warranty lasts three years."),
    (E_TICKETS, "Tickets can be exchanged up to 48 hours before departure."),
    (E_TICKETS, "Tickets bought with a discount card are refundable."),
    (E_TICKETS, "Children under 16 travel free."),
    (E_TICKETS, "Luggage is unlimited for each passenger."),
    (E_TICKETS, "Dogs need a ticket of their own."),
]


def test_refuses_few_of_the_true_sentences() -> None:
    refused = [
        (said, supports(said, passage).reason) for passage, said in TRUE if not supports(said, passage).holds
    ]
    assert len(refused) <= 0.04 * len(TRUE), refused


def test_refuses_nearly_all_of_the_wrong_sentences() -> None:
    accepted = [said for passage, said in WRONG if supports(said, passage).holds]
    assert len(accepted) <= 0.05 * len(WRONG), accepted


@pytest.mark.parametrize(
    ("passage", "said", "reason"),
    [
        (RETURNS, "签收后30天内可以申请无理由退货。", "numbers"),
        (RETURNS, "生鲜食品支持无理由退货。", "polarity"),
        (ROUTER, "AX5400路由器最多支持128台设备同时连接。", "names"),
        (REFUND, "会员可以参加积分抽奖活动。", "overlap"),
        (REFUND, "……", "empty"),
    ],
)
def test_says_why_it_refuses(passage: str, said: str, reason: str) -> None:
    assert supports(said, passage).reason == reason


def test_quotes_the_sentence_that_supports() -> None:
    found = supports("发票抬头开具之后无法更改。", INVOICE)
    assert (found.holds, INVOICE[found.start : found.end]) == (True, "发票抬头开具后不能更改。")


def test_quotes_two_sentences_where_one_is_not_enough() -> None:
    found = supports("电子发票发送到邮箱，纸质发票需要联系客服申请。", INVOICE)
    assert INVOICE[found.start : found.end] == INVOICE[: INVOICE.index("发票抬头")]


def test_an_empty_passage_supports_nothing() -> None:
    assert supports("七天内可退。", "") == Support(score=0.0, start=0, end=0, reason="overlap")


JAPANESE = "商品の到着後14日以内であれば返品できます。食品は返品できません。返品送料はお客様負担です。"
KOREAN = "상품을 받은 날부터 14일 이내에 반품할 수 있습니다. 식품은 반품할 수 없습니다."
THAI = "ลูกค้าสามารถคืนสินค้าได้ภายใน 14 วันหลังจากได้รับสินค้า อาหารไม่สามารถคืนได้"


@pytest.mark.parametrize(
    ("passage", "said", "reason"),
    [
        (JAPANESE, "到着後14日以内なら返品できます。", "supported"),
        (JAPANESE, "到着後30日以内なら返品できます。", "numbers"),
        (JAPANESE, "会員は抽選に参加できます。", "overlap"),
        (KOREAN, "상품을 받은 후 14일 이내에 반품할 수 있습니다.", "supported"),
        (KOREAN, "상품을 받은 후 14개월 이내에 반품할 수 있습니다.", "numbers"),
        (THAI, "คืนสินค้าได้ภายใน 14 วัน", "supported"),
        (THAI, "คืนสินค้าได้ภายใน 30 วัน", "numbers"),
    ],
)
def test_checks_other_scripts(passage: str, said: str, reason: str) -> None:
    assert supports(said, passage).reason == reason


@pytest.mark.parametrize(
    ("passage", "said", "reason"),
    [
        ("停车每小时收取5元。", "停车每天收取5元。", "numbers"),
        ("周二至周五可以抽血。", "周三可以抽血。", "supported"),
        ("周二至周五可以抽血。", "周六可以抽血。", "numbers"),
        ("参加讲座无需预约。", "参加讲座需要预约。", "polarity"),
        ("周末每天10点有讲座。", "每天10点都有讲座。", "polarity"),
        ("Rooms cost 40 pounds an hour.", "Rooms cost 40 pounds a day.", "numbers"),
        (
            "New pupils meet Ms Lee at the door. Lessons begin at noon. Chess is taught by Mr Stone.",
            "New pupils meet Mr Stone at the door.",
            "names",
        ),
        ("Members pay 5 dollars; Mr Vargas does not.", "Mr Vargas pays 5 dollars.", "polarity"),
        ("A pass is valid for six months.", "A pass is valid for half a year.", "supported"),
        ("Fences may be no higher than 2 metres.", "Fences must be higher than 2 metres.", "polarity"),
        ("Drivers must be at least 25 years old.", "Nobody under 25 may drive.", "supported"),
    ],
)
def test_rates_ranges_names_and_generalities(passage: str, said: str, reason: str) -> None:
    assert supports(said, passage).reason == reason
