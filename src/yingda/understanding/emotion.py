"""How upset a message is, from words with boundaries, denials and third parties taken into account."""

from __future__ import annotations

import re

from yingda.understanding.negation import is_denied
from yingda.understanding.normalise import any_of, any_word

STRONGEST = 5.0
"""The top of the scale of anger; above 4 a message is `emotion_sensitive` (helpdesk 2.4)."""

_FEELINGS: tuple[tuple[float, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        5.0,
        (
            "傻[逼比b×x叉屌]|煞笔|沙比|(?<![a-z0-9])(?:s[b13]|tmd|nmsl)(?![a-z0-9])|(?:操|艹|草|日|"
            "干)(?:你|他)(?:妈|大爷|娘|祖宗|"
            "全家)|草泥马|尼玛|你(?:妈|大爷)的",
            "他妈的|[你真太都就还]他妈(?!妈)|特么的?(?=[^会])|妈(?:的|了个)(?=[^妈话手电衣生年礼]|$)|tmd|"
            "nmsl|王八蛋|混蛋|畜生|狗(?:东西|日的|屁)|贱人|去死|不得好死|全家死",
            "(?:^|[,你们都给我快]|赶紧)滚(?:蛋|开|粗|远点|一边去|出去)?(?:吧|啊)?$|滚蛋|^操+$|操蛋|"
            "我操(?![作控场心盘练持])|脑残|智障(?:客服|机器人|东西|玩意)",
            "废物(?:客服|机器人|公司|平台|东西|一?个)|(?:一群|都是|真是|你这个?|你们这群)(?:废物|垃圾|"
            "骗子|智障|白痴|蠢货)",
            "垃圾(?:客服|公司|平台|店|商家|服务|机器人|东西|玩意|软件|app|系统|厂家|卖家|品牌)|"
            "白痴(?:客服|机器人)|蠢货|不要脸|臭不要脸|(?:死|滚)骗子",
        ),
        (
            r"(?:mother)?f(?:u+c+k+|\*+c?k|u\*+k|u\*c?k)(?:er|ers|ed|ing|off|in)?(?! (?:great|good|"
            r"awesome|amazing))|fck|fk (?:you|off)|wtf|stfu|gtfo",
            r"bullsh[i*]t|sh[i*]t(?:ty|hole)?|assholes?|a\*\*holes?|bitch(?:es)?|bastards?|morons?|"
            r"dickheads?|go to hell|screw you|damn you",
            r"(?:you |such |bunch of |complete |total |these )+(?:stupid |useless |damn )?(?:idiots?|"
            r"liars?|scammers?|thieves|crooks?|frauds?)",
            r"(?:stupid|idiotic|dumb|useless|worthless) (?:bot|robot|company|people|support|service|"
            r"agents?|machine|thing|ass|system)",
        ),
    ),
    (
        4.5,
        (
            "气死|气炸|气疯|气得(?:我)?|火大|恼火得|忍无可忍|欺人太甚|岂有此理|(?:实在|真是?|也|"
            "简直)太过分|受够了|无耻|恶心(?:死|透|至极)|黑心|奸商|黑店",
            "什么(?:破|烂|垃圾|狗屁|鬼)(?:玩意|东西|公司|平台|店|服务|客服|系统|软件|质量)|(?:你们|这家|"
            "一帮|黑心)(?:就是|都是|简直是|是|这群|这帮|这些)?(?:个)?(?:大)?(?:骗子|强盗|流氓|诈骗)",
            "老子|你们(?:都)?(?:瞎|聋|死)了|(?:愤怒|暴怒)(?:至极|到极点)|(?:非常|极其|极度|十分|相当|"
            "特别|超级?|太)(?:愤怒|气愤|生气)|要疯了|逼疯",
        ),
        (
            "furious|pissed(?: off)?|outraged|enraged|livid|fed up|sick (?:and tired )?of (?:this|you|"
            "your|waiting)|had enough of (?:this|you|your)",
            "(?:so|very|extremely|really|absolutely|incredibly) (?:angry|mad|upset)|(?:you(?:'re| are)|"
            "this is|what) (?:all |a |an |such a )?(?:scam|scammers|fraud|thieves|rip-?off)",
            "(?:hate|despise) (?:you|this|your)|(?:worst|most horrible|"
            "most terrible) (?:customer )?(?:service|company|support|experience)(?: ever)?",
        ),
    ),
    (
        3.0,
        (
            "生气|气愤|愤怒(?!的?小?鸟|的葡萄)|恼火|火冒|太(?:差劲?|烂|坑|黑|垃圾|离谱|恶心|欺负人|不像话|不负责任?)|差劲|"
            "骗人|坑人|坑爹|忽悠(?:人|我)|骗(?:我|钱)|耍(?:我|人)|欺骗(?:消费者|我|人)",
            "垃圾(?=[!。了啊]|$)|真(?:垃圾|坑|恶心|烂|差)|(?:到底|究竟)(?:管不管|有没有人管|什么时候)|"
            "没人管|不作为|踢皮球|推卸责任|敷衍|态度(?:这么|太|很|真|那么|极其)?(?:差|恶劣|不好)|卧槽|"
            "我?靠(?=[!,。]|$)",
        ),
        (
            "angry|mad at|outrageous|ridiculous|unacceptable|terrible|horrible|awful|pathetic|disgusting|"
            "disgrace(?:ful)?|useless|crap(?:py)?|sucks?|hell|damn(?:ed|it)?",
            "shut up|liars?|incompetent|rip-?off|scam(?:med|ming) me|cheat(?:ed|ing) me|lied to me|"
            "wasting my time|waste of (?:my )?(?:time|money)|joke of a",
        ),
    ),
    (
        1.5,
        (
            "失望|不满意?|不爽|不高兴|不开心|郁闷|无语|烦(?:死|人|躁|透)|真烦|好烦|太慢|这么慢|那么慢|"
            "差评|着急|急死|急用|崩溃|难受|委屈|离谱|坑(?:啊|了)|搞什么|怎么(?:搞|回事)的?(?=[!?啊]|$)",
            "(?:都|已经)(?:等|过|拖)?(?:了)?(?:好几|几|半|一|两|三|四|五|六|七|八|九|十|"
            "\\d+)(?:个)?(?:天|周|星期|月|小时|年)了|等了(?:半|一|两|三|四|五|六|七|八|九|十|"
            "\\d+)(?:个)?(?:天|周|星期|月|小时|年)|等(?:了)?(?:好|这么|那么|太|很)久|一直(?:没|"
            "不)(?:人|有人|回复|处理|解决)|怎么还(?:没|不)|催(?:了)?(?:好)?几次|第[三四五六七八九十]次",
        ),
        (
            "disappoint(?:ed|ing|ment)|frustrat(?:ed|ing|ion)|annoy(?:ed|ing)|upset|unhappy|dissatisfied|"
            "not happy|not satisfied|not acceptable|too slow|so slow|fed-up|worried|concerned",
            "still (?:haven't|hasn't|not|no|waiting)|waiting (?:for )?(?:days|weeks|ages|forever|so long|"
            "\\d+ (?:days|weeks|hours))|for the (?:third|fourth|fifth|\\d+th) time|keeps? (?:failing|"
            "crashing|breaking)",
        ),
    ),
)
_RULES = tuple((weight, any_of(*chinese), any_word(*english)) for weight, chinese, english in _FEELINGS)
# Words about somebody else's conduct: a question, not a feeling towards us.
_REPORTED = re.compile(
    "遇到|碰到|冒充|举报.{0,4}骗|如何(?:处理|应对|识别|避免)|怎么(?:处理|应对|识别|避免|防)|什么意思|"
    "防骗|遭遇|"
    r"how to (?:deal|handle|spot|avoid)|what does .{0,20}mean|avoid (?:a )?scams?|report (?:a )?(?:scam|"
    r"fraud)"
)
_LOUD = re.compile(r"[!！]{2,}|[?？]{3,}")
_PER_EXTRA_HIT = 0.5
_PER_LOUDNESS = 0.3
_SHOUTED_LETTERS_COUNT = 12


def anger(clauses: tuple[str, ...], text: str) -> float:
    """0 calm to `STRONGEST`: the strongest word, a little more for each further one and for shouting."""
    weights = sorted((weight for clause in clauses for weight in _weights(clause)), reverse=True)
    if not weights:
        return 0.0
    loudness = bool(_LOUD.search(text)) + _is_shouted(text)
    return min(STRONGEST, weights[0] + _PER_EXTRA_HIT * (len(weights) - 1) + _PER_LOUDNESS * loudness)


def _weights(clause: str) -> list[float]:
    if _REPORTED.search(clause):
        return []
    return [
        weight
        for weight, chinese, english in _RULES
        for pattern in (chinese, english)
        for hit in pattern.finditer(clause)
        if not is_denied(clause, hit.start())
    ]


def _is_shouted(text: str) -> bool:
    letters = [char for char in text if char.isascii() and char.isalpha()]
    return len(letters) >= _SHOUTED_LETTERS_COUNT and sum(char.isupper() for char in letters) > 0.8 * len(
        letters
    )
