"""One spelling for what people type: widths, cases, scripts and stray spaces made equal."""

import re
import unicodedata
from collections.abc import Iterator

#: Traditional characters that are frequent in everyday requests, each followed by its simplified
#: form. Basic on purpose: one to one, no regional wording.
# Source: 通用规范汉字表 (2013), appendix 1, the everyday part of it.
_SCRIPTS = (
    "萬万與与專专業业東东絲丝兩两嚴严個个豐丰臨临為为麗丽舉举義义烏乌樂乐鄉乡書书買买亂乱爭争於于虧亏雲云亞亚產产親亲"
    "億亿僅仅從从倉仓儀仪們们價价眾众優优會会傘伞偉伟傳传傷伤倫伦偽伪體体餘余傭佣側侧債债傾倾償偿儲储兒儿黨党蘭兰關关"
    "興兴養养獸兽內内岡冈冊册寫写軍军農农馮冯沖冲決决況况凍冻淨净準准涼凉減减湊凑幾几鳳凤憑凭凱凯擊击鑿凿劃划劉刘則则"
    "剛刚創创刪删別别劑剂劍剑劇剧勸劝辦办務务動动勵励勁劲勞劳勢势勻匀區区醫医華华協协單单賣卖盧卢衛卫廠厂廳厅歷历厲厉"
    "壓压厭厌廁厕縣县參参雙双發发變变敘叙疊叠葉叶號号嘆叹嚇吓聽听啟启吳吴員员嗚呜詠咏嚨咙鹹咸響响啞哑嘩哗喚唤嘗尝噴喷"
    "團团園园圍围國国圖图圓圆聖圣場场壞坏塊块堅坚壇坛墳坟墜坠壟垄壘垒墊垫塵尘牆墙壯壮聲声殼壳壺壶處处備备複复夠够頭头"
    "誇夸夾夹奪夺奮奋奧奥婦妇媽妈婁娄嬌娇娛娱嬰婴嬸婶孫孙學学寧宁寶宝實实寵宠審审憲宪宮宫寬宽賓宾對对尋寻導导壽寿將将"
    "爾尔塵尘堯尧盡尽層层屜屉屆届屬属歲岁豈岂島岛峽峡崗岗嶺岭幣币帥帅師师帳帐簾帘帶带幫帮廣广慶庆廬庐應应廟庙龐庞廢废"
    "開开異异棄弃張张彌弥彎弯彈弹強强歸归當当錄录徹彻徑径憶忆憂忧懷怀態态憐怜總总恆恒懇恳惡恶惱恼悅悦懸悬驚惊懼惧慘惨"
    "慣惯願愿戲戏戰战戶户撲扑執执擴扩掃扫揚扬擾扰撫抚拋抛搶抢護护報报擔担擬拟攏拢揀拣擁拥攔拦擰拧撥拨擇择掛挂擋挡擠挤"
    "揮挥損损撿捡換换據据擄掳攤摊擺摆搖摇攙搀斷断無无舊旧時时曠旷晝昼顯显曬晒曉晓暈晕暫暂術术樸朴機机殺杀雜杂權权條条"
    "來来楊杨極极構构樞枢棗枣櫃柜檸柠標标棧栈棟栋樹树樣样橋桥檔档夢梦檢检樓楼槍枪歡欢歐欧殘残毆殴毀毁氣气漢汉湯汤溝沟"
    "沒没滬沪淚泪潔洁澆浇濁浊測测濟济渾浑濃浓塗涂濤涛潤润漲涨澀涩漸渐漁渔溫温灣湾濕湿灑洒滅灭燈灯靈灵災灾爐炉點点煉炼"
    "爛烂煩烦燒烧燙烫熱热愛爱爺爷狀状猶犹獨独獄狱貓猫獻献瑪玛環环現现電电畫画暢畅療疗瘋疯癢痒監监盤盘蓋盖著着睜睁瞞瞒"
    "矯矫礦矿磚砖碼码確确禮礼離离種种積积稱称穩稳窮穷竊窃竅窍競竞筆笔築筑簽签簡简籃篮類类糧粮糞粪緊紧紅红紀纪約约級级"
    "純纯紙纸線线練练組组細细織织終终經经結结給给絕绝統统繼继績绩續续維维綠绿編编緣缘縮缩總总網网罰罚罷罢羅罗聯联聰聪"
    "肅肃腸肠膚肤腫肿脹胀脅胁膽胆勝胜腦脑腳脚臉脸艙舱艱艰藝艺節节蘆芦蘇苏蘋苹莊庄藍蓝藥药蟲虫雖虽蝦虾補补襯衬襲袭襪袜"
    "見见觀观規规視视覺觉覽览觸触計计訂订認认討讨讓让訓训議议記记講讲許许論论設设訪访證证評评識识訴诉診诊詞词試试詩诗"
    "誠诚話话詢询該该詳详語语誤误說说請请諸诸讀读課课誰谁調调談谈謀谋謊谎謝谢謠谣譜谱負负財财責责貪贪貧贫貨货購购貼贴"
    "貴贵費费賀贺資资賊贼賠赔賬账賭赌賴赖賺赚趕赶躍跃踐践蹤踪車车軌轨輪轮軟软轉转輛辆輕轻較较輔辅輸输轎轿邊边遼辽達达"
    "遷迁過过邁迈運运還还這这進进遠远違违連连遲迟適适選选遺遗鄰邻鄭郑醬酱釋释裡里鐘钟針针釘钉釣钓鋼钢鑰钥鉛铅鈴铃錢钱"
    "鐵铁鋪铺鎖锁銀银鍋锅錯错鍵键鎮镇鏡镜長长門门閃闪閉闭問问間间悶闷鬧闹聞闻閱阅隊队陽阳陰阴陣阵階阶際际陸陆陳陈險险"
    "隨随隱隐難难雛雏霧雾靜静韓韩頂顶項项順顺須须顧顾頓顿預预領领頗颇頻频題题額额顏颜風风飛飞飯饭飲饮飽饱餓饿館馆馬马"
    "駕驾駛驶騎骑騙骗騷骚驗验鬆松鬥斗魚鱼鮮鲜鳥鸟雞鸡鴨鸭麥麦麼么黃黄齊齐齒齿龍龙龜龟徵征鍾钟鑽钻囑嘱嬤嬷擱搁攪搅"
)
#: Signs that look alike and mean the same here.
_SIGNS = "’'‘'“\"”\"–-—-−-‐-‑-─-〜~"
_TABLE = {
    ord(given): wanted
    for table in (_SCRIPTS, _SIGNS)
    for given, wanted in zip(table[::2], table[1::2], strict=True)
}
#: Zero-width characters and variation selectors: invisible, but they split words.
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\u00ad]")
#: A text typed with a space after each character; ordinary spaces between words stay.
_SPREAD = re.compile(r"(?:(?<![一-鿿])[一-鿿][ \t]+){2,}[一-鿿](?![一-鿿])")
_BLANKS = re.compile(r"[ \t\r\f\v]+")


#: As many marks as may stand on one character; more would only cost time, as sorting them takes
#: the square of their number. Source: UAX #15, section 13, Stream-Safe Text Format.
_MOST_MARKS = 30
#: Signs that become marks, or several: of Tibetan vowels and of narrow Japanese letters.
_LATE_MARKS = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")
#: Signs that NFKC spells out in more characters: whole words of other scripts, sums of units. A
#: text of them would be searched as one many times its length.
_LONGEST_SIGN = 4
#: Where those signs stand: squared words, ligatures of letters and of Arabic words.
_SIGN_BLOCKS = (range(0x2000, 0x3400), range(0xFB00, 0xFE00), range(0x1F100, 0x1F300))
_WORDY = {
    code: " "
    for block in _SIGN_BLOCKS
    for code in block
    if len(unicodedata.normalize("NFKC", chr(code))) > _LONGEST_SIGN
}
_WORDY_SIGNS = frozenset(map(chr, _WORDY))


def normal(text: str) -> str:
    """Give a text in NFKC, in linear time: signs that stand for whole words become blanks, and of
    the marks piled on one character the first thirty count."""
    if text.isascii():
        return text
    if any(map(unicodedata.combining, text)) or not _LATE_MARKS.isdisjoint(text):
        text = "".join(_without_piles(text))
    if not _WORDY_SIGNS.isdisjoint(text):  # seldom, and to look is faster than to replace
        text = text.translate(_WORDY)
    return unicodedata.normalize("NFKC", text)


def _without_piles(text: str) -> Iterator[str]:
    height = 0
    for sign in text:
        is_mark = unicodedata.combining(sign) > 0 or sign in _LATE_MARKS
        height = height + 1 if is_mark else 0
        if height <= _MOST_MARKS:
            yield sign


def plain_text(text: str) -> str:
    """Give a text in one spelling: NFKC, lower case, simplified characters, single blanks.

    Line breaks stay, as they end sentences. The result is for comparing, never for showing.
    """
    plain = _INVISIBLE.sub("", normal(text)).lower().translate(_TABLE)
    plain = _SPREAD.sub(lambda spread: _BLANKS.sub("", spread[0]), plain)
    return _BLANKS.sub(" ", plain).strip()


def plain_sign(sign: str) -> str:
    """Give one sign in one spelling that is one sign again, so that places do not move."""
    even = unicodedata.normalize("NFKC", sign).lower().translate(_TABLE)
    return even if len(even) == 1 else sign
