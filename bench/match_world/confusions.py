"""Characters that clerks take for one another.  Our own lists, made for these worlds alone; the matcher has its own."""

from collections.abc import Mapping
from typing import Final

from bench.match_world.stock import words

_SAME_SOUND: Final = words(
    "伟玮维威薇卫蔚炜 明铭鸣茗 英颖瑛莹迎盈 丽莉立力利黎李 华花桦骅 建健剑坚 军君俊均钧骏 平萍苹 玲铃灵岭凌 红虹宏洪鸿弘 "
    "霞夏 静敬晶京靖婧 芳方 燕艳岩彦妍 娟涓 敏民闽 志智芝之至 国果 文雯纹闻 东冬 林琳霖麟 峰锋丰凤枫 春椿 梅美妹玫 兰蓝岚 "
    "秀绣 珍真臻 玉宇雨余钰昱煜于俞 云芸韵 金今锦进瑾 贵桂 生胜升盛声 福富付傅 成诚承程城 学雪 光广 辉晖慧惠会 新欣鑫馨 "
    "勇永泳咏 波博 涛韬桃 飞菲 杰洁捷 龙隆 亮良梁 佳嘉家 怡仪义依宜艺 涵晗含翰 子梓紫姿 轩萱宣璇 浩昊皓 诗施世 琪奇琦棋祺 "
    "婷庭廷 洋阳扬杨 张章 王汪 徐许 江姜蒋 陈晨辰 朱祝诸 肖萧 闫阎严 邱丘秋 荣容蓉 忠中钟 祥翔香湘 清青庆 仁任 武伍 "
    "兵彬斌滨 泽则 心昕 思丝 瑶尧姚 莲连廉 素苏 喜希熙西 柱珠竹 根跟 正政铮征 德得 才财 宝保 长常昌畅 树书淑舒 海亥 安庵 "
    "康慷 乐勒 山珊杉 发法 田甜 水税 有友由 元园圆媛源 月悦岳越 全泉权 顺舜 宁凝 强蔷 超朝 鹏朋彭 磊蕾 可珂柯"
)
_SAME_SHAPE: Final = words(
    "未末 戊戍 己已 日曰 晴睛 梅海 桂挂 杨扬 淑椒 芬芳 彬杉 宏宠 大太 天夫 田由 申甲 士土 千干 木本 刀力 人入 侯候 崔雀 "
    "洋样 清情 强弹 波坡 香杳 季李 汪江 洪供 海悔 娜哪 婷停 娟捐 艳绝 霞露 雷雪 云去 志忘 忠患 思恩 晨震 昌冒 明朋 勇男 "
    "佳住 宇字 宗宋 定宝 金全 令今 光先 化华 平乎 东车 军车 广厂 庆床 永水 冬各 良艮 凤风 贵责 员贞 林材 柏拍 桃挑 根银 "
    "英央 茹如 若苦 荷何 钟针 铭络 鹏鸥 龙尤 玉王 玲珍 秋秩 秀季 红纪 丽雨 刘列 陈阵 张帐 黄横 周用 徐除 胡湖 朱来 高亮 "
    "郭郊 梁粱 郑关 谢射 唐康 董重 程和 袁衷 邓邦 许计 傅博 沈沉 曾僧 彭影 吕宫 苏办 卢户 蔡祭 丁下 魏巍 叶叮 余佘 潘番 "
    "杜社 戴载 夏复 汝如 建健 文丈 斌赋 涛祷 超起 辉晖 德得 祥样 福副 兴共 成咸 生牛 春舂 元无 长卡 子于 轩杆 浩活 涵函 "
    "萱宣 怡恰 欣欢 嘉喜 梓桦 诗待 雨两 琪珙 颖频 雅难 静睁 若右 心必 月用 可司 一二 小少 仁仕 义叉 礼扎 智知 信言"
)
_OTHER_FORM: Final = words(
    "国國 华華 军軍 伟偉 丽麗 兰蘭 凤鳳 云雲 艳艷 红紅 龙龍 东東 庆慶 刚剛 强強 刘劉 陈陳 张張 杨楊 赵趙 黄黃 吴吳 孙孫 "
    "马馬 罗羅 郑鄭 谢謝 韩韓 冯馮 邓鄧 许許 苏蘇 卢盧 蒋蔣 贾賈 叶葉 阎閻 钟鍾 谭譚 邹鄒 陆陸 万萬 钱錢 汤湯 龚龔 颜顏 "
    "齐齊 庄莊 关關 费費 纪紀 欧歐 项項 闵閔 单單 宝寶 贵貴 荣榮 兴興 发發 学學 义義 银銀 铁鐵 锋鋒 鹏鵬 飞飛 涛濤 辉輝 "
    "晓曉 梦夢 诗詩 语語 颖穎 莹瑩 静靜 娇嬌 琼瓊 珑瓏 莲蓮 萧蕭 爱愛 风風 岚嵐 峰峯 杰傑 群羣 坚堅 双雙 连連 进進 远遠 "
    "运運 达達 乐樂 礼禮 宁寧 卫衛 长長 书書 宪憲 胜勝 汉漢 泽澤 洁潔 润潤 灵靈 灿燦 炜煒 玮瑋 绍紹 维維 纯純 继繼 绣繡 "
    "缘緣 贤賢 贞貞 财財 轩軒 锦錦 镇鎮 阳陽 韵韻 顺順 顾顧 骏駿 骁驍 鸿鴻 鹤鶴 亚亞 业業 严嚴 凯凱 创創 励勵 劲勁 勋勳 "
    "协協 启啟 咏詠 图圖 圣聖 壮壯 声聲 复復 奋奮 姗姍 宾賓 实實 寿壽 将將 尔爾 尧堯 岗崗 岭嶺 帅帥 师師 彦彥 忆憶 怀懷 "
    "恒恆 战戰 时時 显顯 晋晉 机機 权權 来來 枫楓 栋棟 树樹 桥橋 桢楨 桦樺 欢歡 毕畢 沧滄 浓濃 涟漣 渊淵 渔漁 温溫 满滿 "
    "滨濱 潇瀟 澜瀾 烨燁 焕煥 玛瑪 环環 玺璽 瑶瑤 畅暢 监監 硕碩 积積 稳穩 竞競 简簡 纬緯 芸蕓 苹蘋 荣榮 蓝藍 见見 观觀 "
    "诚誠 诺諾 谨謹 谦謙 贺賀 车車 邵卲 郁鬱 铭銘 闻聞 雾霧 霁霽 韦韋 颂頌 飏颺"
)


def _groups(texts: list[str]) -> Mapping[str, str]:
    """Character -> those it is taken for."""
    taken: dict[str, str] = {}
    for group in texts:
        for character in group:
            taken[character] = taken.get(character, "") + "".join(other for other in group if other != character)
    return {character: others for character, others in taken.items() if others}


SAME_SOUND: Final = _groups(_SAME_SOUND)
SAME_SHAPE: Final = _groups(_SAME_SHAPE)
OTHER_FORM: Final = {pair[0]: pair[1] for pair in _OTHER_FORM}
