"""A labelled table of messages, easy and hard, that the rules must read right."""

from __future__ import annotations

import pytest

from yingda.understanding.intents import INTENTS, Understanding, read

CASES = {
    "chitchat": """
        你好 | 您好！ | 你好啊 | 在吗 | 在吗？在吗？ | 早上好 | 嗨~ | 哈喽 | 你好，在吗 | 有人吗
        您好，请问有人在吗？ | 谢谢 | 谢谢你
        非常感谢！ | 好的，谢谢 | 再见 | 拜拜👋 | 晚安啦 | 你是谁？ | 你叫什么名字 | 你是机器人吗
        你是真人吗 | 你会做什么 | 讲个笑话
        没有别的问题了，谢谢 | 好的 | 嗯嗯，知道了 | 辛苦了 | 你真棒 | 哈哈哈 | 不用转人工
        先不要转人工，谢谢 | 👍 | 妳好 | 謝謝
        hi | Hi there! | hello | hey | Good morning | thanks | Thank you so much! | ok thanks, bye | bye
        Who are you?
        are you a robot | what can you do? | no need for a human | That's all, thanks
        good evening everyone | How are you?
        I don't need a human, thanks | am I talking to a real person? | who made you | what can I ask you
        谁开发的你
        thank you for helping me out
    """,
    "transfer_to_human": """
        转人工 | 转人工！ | 我要转人工 | 人工客服 | 人工 | 请帮我转接人工客服 | 联系人工 | 找真人
        我要和人说话 | 我想跟真人聊 | 给我找个活人
        能不能转人工 | 可以帮我转人工吗？ | 要不转人工吧 | 不要机器人，要人工 | 我不想和机器人说话，我要真人
        别给我机器人回复，转人工
        怎么还不转人工 | 为什么不给我转人工 | 怎么转人工 | 你好，转人工 | 谢谢，帮我叫一下客服
        垃圾客服，转人工 | 轉人工 | 我要人工服务
        有没有人工客服 | 不是要退货，是要转人工 | 需要人工客服处理 | 换个人跟我说 | 接人工 | 麻烦转一下人工
        不要再问了，直接转人工
        real person | human agent | I want to speak to someone | Can I talk to a real person? | agent please
        transfer me to an agent
        Get me a human! | I need a human | I don't want to talk to a bot, get me a person to talk to
        connect me with a representative
        why can't I speak to a human? | Hello, can I speak with customer service please
        put me through to your manager | operator
        I'd like to chat with a live agent | let me talk to a person | is there a real person I can talk to
        escalate this to a supervisor
    """,
    "emotion_sensitive": """
        你们是骗子吗，气死我了 | 垃圾客服 | 滚！ | 滚 | 你给我滚 | 操你妈 | 傻逼 | 你们这群骗子 | 什么破公司
        气死我了！！ | 真是受够了
        他妈的怎么还不发货 | 我操 | 你们太过分了，简直太过分了，忍无可忍 | 黑心商家，不要脸 | 废物机器人
        你们就是骗子 | 非常愤怒
        我的订单到底去哪了，气死我了 | 欺人太甚 | 真是一群废物 | 你这个智障机器人
        fuck | Fuck you | f**k this | this is bullshit | you are all scammers! | You stupid bot
        I am so angry right now | I'm sick of this
        wtf is going on with my order | you idiots | worst service ever | I'm absolutely furious | what a scam
    """,
    "ticket": """
        我要投诉 | 我想投诉快递员 | 投诉你们 | 帮我提交工单 | 提个工单 | 我要报修 | 帮我登记一下故障单
        我想反馈一个问题 | 你好，我要投诉
        我要举报商家卖假货 | 帮我建个工单，洗衣机漏水了 | 太差劲了，我要投诉 | 报修 | 反馈一个bug | 我要投訴
        必须投诉你们
        请帮我创建一个工单 | 投诉
        I want to file a complaint | open a ticket please | submit a support ticket
        I'd like to report a problem | report a fault
        Can I make a formal complaint? | I want to complain about the courier
        please raise a ticket for this | log a bug report
        I need to report an issue with my router
    """,
    "business_query": """
        我的订单什么时候发货? | 我想查询订单状态 | 订单号是 ORD-2024-001 | 那它的物流到哪了?
        ORD-2024-001 的物流到哪了? | 查一下我的积分
        你好,我的订单在哪 | 帮我查一下快递 | 我的包裹怎么还没到 | 退款进度 | 我的退款什么时候到账
        我账户余额还有多少 | 我的优惠券还在吗 | 物流到哪了
        我昨天买的耳机发货了吗 | 订单 202405170001 到哪了 | 快递还没收到 | 我的订单怎么样了 | 怎么还没发货
        查物流 | 我有多少积分
        我的账号被冻结了 | 我的订单可以取消吗 | 我的快递丢了 | 您好，请帮我看看我的退货单处理了没
        我現在有多少積分 | 我的訂單到哪了
        单号SF1234567890123 | 我没收到货 | 催一下我的快递 | 不要转人工，我的订单到哪了
        我不想投诉，只想问问我的退款到哪了 | 我的会员等级是多少
        ORD-2024-001 | 我买的手机什么时候能到，一直没更新 | 我的订单号是ORD-2024-001，帮我看看
        where is my order | Where's my package? | has my order shipped yet | I want to check my order status
        track my parcel
        my refund hasn't arrived | order number is ORD-2024-001 | How many points do I have?
        What is my account balance
        Hello, where is my order? | I haven't received my package | when will my order arrive?
        Can you check my order ORD-2024-001?
        status of order 12345678 | my parcel is lost
        Hi, I ordered a phone last week and my package is still not here
    """,
    "knowledge_qa": """
        今天天气怎么样？ | 过年期间发货吗
        退换货政策是什么? | 介绍一下你们的退换货政策 | 多久发货? | 怎么申请退款 | 会员有什么权益
        谢谢，请问怎么退货 | 转人工要等多久? | 人工智能是什么
        人工费多少 | 投诉流程是什么 | 操作步骤是什么 | 怎么操作 | 滚筒洗衣机怎么清洗 | 草莓蛋糕怎么保存
        积分怎么兑换 | 我的积分怎么用 | 怎么投诉
        投诉电话是多少 | 人工客服几点上班 | 人工审核需要多久 | 退款多久到账 | X200 耳机支持无线充电吗
        运费谁出 | 可以开发票吗 | 你好，请问支持花呗吗
        不用转人工，告诉我怎么退货就行 | 遇到骗子冒充客服怎么办 | 订单怎么取消 | 如何修改收货地址 | 我想退货
        质量问题怎么退 | 保修期多久
        你好用吗，这款耳机 | 忘记密码怎么办 | 我的会员有什么权益 | 七天无理由退货的条件 | 订单状态有哪些
        物流一般几天到 | 快递费多少钱 | 在哪查物流
        如何提交工单 | 操场几点开门 | 我操作失败了怎么办 | 垃圾分类标准是什么 | 滚动条怎么设置
        妈妈装有哪些尺码 | 他妈妈的生日礼物推荐什么 | 傻瓜相机多少钱
        特别适合送人的礼物有哪些 | 再见面时送什么礼物 | 谢谢卡怎么买 | 嗨购节什么时候开始 | 智能门锁的保修
        怎么联系商家 | 干货怎么保存 | 下单后什么时候发货
        iPhone 15 Pro 多少钱 | 转账多久到 | 帮我省钱的方法 | 我想买东西送人
        Why is my transfer to someone taking so long
        Do I need to speak to a representative to change my pin? | order me a new usb cable on amazon
        客服中心在哪个城市 | 退貨運費誰出 | 我不是要投诉，只是问投诉流程
        有人脸识别功能吗 | 能转人民币吗
        What is your return policy? | How do I request a refund? | how long does shipping take
        do you ship to Canada | How can I cancel an order?
        Hi, how do I return an item? | what are the membership benefits | How do I file a complaint?
        How long does it take to reach a human agent?
        what is human resources software | Is the assistant available in Chinese?
        first class shipping price | Does it support wireless charging?
        can I return my order? | I forgot my password, how can I reset it?
        what are the hours of your human agents | Thanks! And how do I exchange it?
        Which classes are included? | Do you sell Dickens novels? | is there a warranty on the X200
        tell me about your refund rules
        How do I become an agent? | Scunthorpe store opening hours | what happens if my order is late?
        Hello world program in Python
    """,
    "unknown": "。 | ??? | ！！！ | … | - | ～～",
}
LABELLED = [
    (intent, text.strip())
    for intent, table in CASES.items()
    for line in table.splitlines()
    for text in line.split("|")
    if text.strip()
]


@pytest.mark.parametrize(("intent", "text"), LABELLED, ids=[text for _, text in LABELLED])
def test_reads_the_intent(intent, text):
    assert read(text).intent == intent


def test_the_table_is_worth_its_name():
    assert len(LABELLED) == len(set(LABELLED)) > 250
    assert set(CASES) == set(INTENTS)


def test_reads_everything_at_once():
    assert read("你们是骗子吗，气死我了") == Understanding(
        intent="emotion_sensitive", confidence=0.9, emotion_score=0.0, language="zh"
    )


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\n"])
def test_nothing_is_unknown(text):
    assert read(text).intent == "unknown"


@pytest.mark.parametrize(
    "text", ["我的订单可以取消吗", "耳机坏了", "查询退款一般要多久", "my headphones are broken"]
)
def test_doubtful_messages_say_so(text):
    assert read(text).confidence < 0.7


@pytest.mark.parametrize(
    "text", ["你好", "转人工", "退换货政策是什么?", "我的订单什么时候发货?", "What is your return policy?"]
)
def test_clear_messages_are_sure(text):
    assert read(text).confidence >= 0.7


@pytest.mark.parametrize(
    "unit", ["你好", "我的订单", "不要转人工", "a", "talk to the ", "滚", "no need for a ", "！"]
)
def test_long_messages_are_read_too(unit):
    text = (unit * 2000)[:2000]
    assert read(text) == read(text)
