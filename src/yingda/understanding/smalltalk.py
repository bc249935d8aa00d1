"""Messages that are nothing but a greeting, thanks, a farewell or a nod."""

from __future__ import annotations

import re
from typing import Literal

from yingda.understanding.normalise import any_of, any_word, fold

Smalltalk = Literal["greeting", "thanks", "bye", "who", "nod", "other"]

# Read top to bottom: the first kind present names the message, every phrase is taken out of it.
_PHRASES: tuple[tuple[Smalltalk, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "who",
        (
            "(?:请问)?(?:你|您)(?:到底)?是(?:谁|什么|哪位|干什么的|干嘛的|做什么的)",
            "(?:你|您)(?:叫|的名字(?:是|叫))(?:什么|啥)?(?:名字|名)?",
            "(?:你|您)(?:到底)?是(?:不是)?(?:一?个)?(?:ai|机器人|真人|人工|人工智能|人类|活人|"
            "人)(?:还是(?:机器人|真人|人工|人|ai))?",
            "(?:你|您)(?:都)?(?:能|会|可以)(?:帮我)?(?:做|干)(?:些|点)?(?:什么|啥)",
            "(?:是)?谁(?:开发|做|创造|设计|制造)(?:了|出)?的?(?:你|您)(?:的)?",
            "(?:做个|请|你)?自我介绍(?:一下)?",
        ),
        (
            "who (?:are|r) (?:you|u)",
            "what(?:'s| is) your name",
            "what are you",
            "am i (?:talking|speaking|chatting) (?:to|with) (?:an? )?(?:(?:real|actual|live) )?(?:person|"
            "human|someone real|bot|robot|ai|machine)(?: or (?:an? )?(?:bot|robot|ai|machine|person|"
            "human))?",
            "who (?:made|created|built|programmed) you",
            "are you (?:a |an )?(?:bot|robot|human|real(?: person)?|ai|person|machine)",
            "what can you do(?: for me)?|what can i ask(?: you)?(?: about)?",
            "(?:please )?introduce yourself",
        ),
    ),
    (
        "thanks",
        ("多谢|谢谢|感谢|谢啦|谢了|谢过|3q|十分感激|辛苦(?:了|你|您)?|帮(?:了)?大忙了",),
        (
            "(?:thank you|thanks) for (?:all )?(?:your|the|that|this|helping|answering|"
            "explaining)(?: (?!how|what|where|when|why|can|do|is|but|and)[a-z]+){0,3}",
            "thank (?:you|u)(?: (?:so|very) much| a lot| for (?:your|the) (?:help|time|reply|support))?",
            "(?:many )?thanks(?: a (?:lot|million|bunch)| so much| for (?:your|the) (?:help|time|reply|"
            "support))?",
            "thx|thks|ty|tysm|cheers|much appreciated|(?:i )?appreciate (?:it|that|your help)",
        ),
    ),
    (
        "bye",
        (
            "再见|拜拜|(?:回头|下次)见|晚安|88+|(?:我)?先(?:走|撤|下)了|没(?:有)?(?:别的|其他)?(?:事|"
            "问题|什么)了",
        ),
        (
            "(?:good ?)?bye(?: bye)?|see (?:you|ya)(?: later| soon)?|good ?night|cya|have a (?:nice|good|"
            "great) (?:day|one|evening|weekend)",
            "that(?:'s| is| was| will be|'ll be) (?:all|it|everything)(?: for (?:now|today))?",
            "(?:nothing|no) (?:else|more)(?: for (?:now|today))?",
        ),
    ),
    (
        "greeting",
        (
            "(?:你|您|大家|客服)好(?:吗|啊|呀)?|哈[喽啰罗]|嗨+|嘿+|在(?:吗|么|嘛|不在|不)|有(?:人|"
            "客服)(?:在)?(?:吗|么|嘛)",
            "(?:早上|上午|中午|下午|晚上)好|早安|午安|早啊|早(?=[呀啊!。]|$)|新年快乐|节日快乐|好久不见|"
            "很高兴认识你",
            "(?:你|您)?(?:吃(?:饭)?了(?:吗|没)|最近(?:怎么样|好吗))",
        ),
        (
            "hi+|hello+|hey+|hiya|yo|howdy|greetings|good (?:morning|afternoon|evening|day)",
            "how(?:'s| is) it going|how are (?:you|u)(?: doing)?(?: today)?|what'?s up|sup|nice to meet you",
            "(?:is )?(?:anyone|anybody|someone|somebody) (?:there|here)|are you there|you there|"
            "long time no see",
        ),
    ),
    (
        "nod",
        (
            "好(?:的|吧|滴|哒|嘞|哦|啊)*|嗯+|哦+|噢+|(?:我)?(?:知道|明白|了解|懂|清楚|收到)了?|行|"
            "可以(?:了|的)|没事|不用了?|对(?:的)?|是的?",
            "(?:解决|搞定|弄好)了|(?:不|别)客气|没关系|棒|赞|太好了|不错|厉害",
            "[👍🙏😊😄😁🙂👌❤🌹]",
        ),
        (
            "ok(?:ay)?|k+|sure|yes|yep|yeah|no|nope|got it|i see|understood|alright|all right|right|"
            "great|perfect|cool|nice|awesome",
            "good(?: job)?|well done|excellent|no problem|never ?mind|you(?:'re| are) welcome|no worries|"
            "makes sense",
        ),
    ),
    (
        "other",
        (
            "(?:给我)?(?:讲|说)(?:一?个|段)?(?:笑话|故事)|(?:陪我)?(?:聊聊天|聊天|聊聊)|(?:好|真|"
            "我)?(?:好)?无聊|哈哈+|呵呵+|嘻嘻+",
            "(?:你|您)(?:真|好|太|很)(?:棒|好|厉害|可爱|聪明|贴心|牛)|(?:我)?(?:爱|喜欢)你|"
            "(?:今天)?天气(?:真好|不错|真不错)",
        ),
        (
            "tell (?:me )?a (?:joke|story)|(?:let'?s )?chat(?: with me)?|i(?:'m| am) bored|(?:ha){2,}|"
            "lol|haha+",
            "i (?:love|like) you|you(?:'re| are) (?:so |very |really )?(?:great|awesome|nice|cute|smart|"
            "helpful|funny)",
        ),
    ),
)
_KINDS = tuple((kind, any_of(*chinese), any_word(*english)) for kind, chinese, english in _PHRASES)
_PARTICLES = any_of(
    r"[的了啊呀吧哦呢嘛哈啦哟喔吗么咯耶呐您你们我]|真的?|非常|十分|太|很|那|亲(?:爱的)?|请问|客服|小姐姐|先生"
)
_PARTICLE_WORDS = any_word(
    "there|then|so|very|much|all|everyone|team|guys|sir|madam|please|again|well|oh|and|for|now|today|you|"
    "dear|folks"
)
_NOTHING = re.compile(r"[\W_]*")
_LEAD = re.compile(
    r"^(?:(?:您好|你好|哈喽|嗨|谢谢|早上好|下午好|晚上好|在吗|亲|hi|hello|hey|thanks|thank you|"
    r"good morning)(?:there|啊|呀|啦|了)?[\s,!.。~]+)+"
)


def smalltalk_of(text: str) -> Smalltalk | None:
    """The kind of small talk the whole message is; None where anything else is left in it."""
    left, kind = fold(text), None
    if len(left) > _LONGEST:
        return None
    for name, chinese, english in _KINDS:
        left, hits = chinese.subn(" ", left)
        left, words = english.subn(" ", left)
        if hits + words and kind is None:
            kind = name
    left = _PARTICLE_WORDS.sub("", _PARTICLES.sub("", left))
    return kind if _NOTHING.fullmatch(left) else None


def without_opening(folded: str) -> str:
    """The message after its salutation, so that "hello, where is my order" is about the order."""
    return _LEAD.sub("", folded)


_LONGEST = 60
"""Characters beyond which a message is never small talk only."""
