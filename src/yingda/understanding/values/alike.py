"""What a recogniser of speech writes for a digit, a letter or a province: characters that sound alike."""

from __future__ import annotations

# First what is meant, then what is written for it; tones are not looked at.
_DIGITS = """
0 林临铃灵另领凌玲陵令龄岭伶东动懂冬栋
1 要腰药邀摇耀夭妖吆咬遥谣窑姚瑶钥衣依医亿伊易益以已亦义乙移椅艺忆异议意疑
2 而儿耳尔饵俩亮量良凉粮
3 伞散山
4 是事死司似寺思丝斯私撕
5 舞无吴武午乌屋污物务误雾勿
6 流刘留溜柳榴琉
7 期气妻起其齐器弃骑奇旗棋启企汽漆怪乖
8 吧把爸巴罢疤扒拔坝霸靶叭
9 酒久就旧救舅揪究纠韭狗够沟购钩
"""
_INITIALS = """
京 静经惊精景晶鲸竟镜井睛净敬径警竞境
津 今斤金巾筋襟仅紧谨锦
沪 户护湖胡虎呼互壶糊狐乎忽葫
渝 于鱼余愉愚娱渔雨语与羽予宇
冀 记季寄计继纪际济技忌既迹
晋 进近尽劲浸禁
辽 聊疗撩僚料了
吉 极级急集籍即及机鸡几击基激积
黑 嘿嗨
苏 酥素速诉塑俗宿
浙 这着折者哲遮
皖 晚碗万完玩弯挽湾
闽 敏民抿悯
赣 感敢赶
鲁 路卢炉录陆露鹿
豫 预遇玉育欲御裕域誉愈浴寓
鄂 饿恶额俄鹅
湘 香相乡想向像象箱响项享
粤 月越约乐跃岳悦阅
琼 穷穹
川 穿船传串喘
贵 柜归鬼跪规龟
云 运晕匀孕允芸
陕 闪山善扇删衫
甘 干肝柑竿杆
青 清轻情请倾晴庆氢
蒙 猛梦萌盟孟
桂 硅
藏 脏葬臧仓苍
宁 凝柠拧
新 心辛欣信芯薪
"""
_LETTERS = """
A 诶 欸 哎 唉 埃 艾儿 诶儿
B 必 比 币 毕 笔 逼 壁 避 闭 彼 鼻 臂 碧
C 西 希 夕 系 细 洗 吸 息 习 喜 席 戏
D 地 弟 第 迪 低 底 滴 递 帝 敌 抵 笛
E 伊 易 意 亿 义 议 衣 医 依 益 以 已 亦 乙 移 椅 艺 忆 异 疑
F 艾弗 爱福 艾夫 爱夫 埃夫 诶福 诶夫 艾福 佛
G 记 计 鸡 寄 及 级 季 继 机 吉 技 际 基 几 急 极 集
H 艾尺 爱吃 艾吃 诶吃 诶尺 爱尺 埃尺 挨吃 爱去 尺
J 杰 街 接 借 洁 姐 结 捷 揭 阶 界 介 节 解
K 凯 开 楷 慨 卡 克 剋
L 艾勒 爱了 艾了 爱乐 诶了 埃勒 哎了 艾乐 勒 乐
M 艾姆 爱木 爱姆 艾木 诶姆 埃姆 哎姆 爱母 姆 木
N 恩 摁 嗯 艾恩 爱恩 按 安
P 批 皮 屁 匹 披 劈 痞 疲
Q 球 丘 秋 求 囚 扣 圈
R 阿 啊 阿尔 啊儿 阿儿 啊尔 尔 儿
S 艾斯 爱死 艾丝 爱思 爱斯 诶斯 埃斯 哎斯 艾思 斯
T 提 踢 题 体 替 梯 蹄 剔
U 优 由 油 有 右 友 又 游 幼 悠 邮
V 微 威 维 为 位 喂 未 味 围 伟 薇 唯 韦 卫
W 达不溜 打不溜 大不溜 搭不溜 达布溜 达不流 打不六 达不六 大不六 打布溜 答不溜 哒不溜 大不流 打不流
X 艾克斯 爱克斯 埃克斯 艾克思 诶克斯 哎克斯 艾克死 爱克思 叉
Y 歪 外 崴
Z 贼 泽 则 贼的 贼德 贼特 兹 子 字 再
"""
_PROVINCES = """
北京京 天津津 上海沪 重庆渝 河北冀 山西晋 辽宁辽 吉林吉 黑龙江黑 江苏苏 浙江浙 安徽皖 福建闽 江西赣 山东鲁
河南豫 湖北鄂 湖南湘 广东粤 海南琼 四川川 贵州贵 云南云 陕西陕 甘肃甘 青海青 内蒙古蒙 内蒙蒙 广西桂 西藏藏
宁夏宁 新疆新
"""


def _by_char(table: str) -> dict[str, str]:
    rows = (line.split() for line in table.strip().splitlines())
    return {char: meant for meant, chars in rows for char in chars}


def _by_word(table: str) -> dict[str, str]:
    rows = (line.split() for line in table.strip().splitlines())
    return {word: meant for meant, *words in rows for word in words}


DIGITS = _by_char(_DIGITS)
"""They count only inside a run of sure digits."""
INITIALS = _by_char(_INITIALS)
"""They count only before the letter of a plate, and are read back."""
LETTERS = _by_word(_LETTERS)
"""They count only where a letter is due."""
PROVINCES = {word[:-1]: word[-1] for word in _PROVINCES.split()}
"""A province's name leads to the initial on its plates."""
