"""How the characters of Japanese names may be read, where nobody wrote it down.

The usual readings in family and given names: enough to tell that 戸村 令佳 may be Tomura
Reika and that 幸希子 is not Akane. Who has an unusual reading is not known, not refused.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import prod

from crm_plugin import normalise

_READINGS = """
ア 亜阿有安天|アイ 愛藍相合逢|アオ 青葵蒼碧|アオイ 葵蒼碧|アカ 赤明朱紅|アカネ 茜|アカリ 灯明|アキ 明秋昭章彰晃晶亮暁顕昌陽旭日映啓瑛朗光義爽哲煌
アキラ 明彰晃昭章晶亮暁玲旭陽聡哲晟瑛顕|アサ 朝麻旭浅|アサヒ 旭|アシ 芦足|アズサ 梓|アツ 敦厚篤淳温惇|アツシ 敦篤淳厚温|アヤ 彩綾文絢紋礼綺郁
アユ 歩鮎|アユミ 歩|アラ 荒新|アリ 有在|アン 杏安晏|イ 井伊衣依惟維以五|イイ 飯|イエ 家|イク 育郁生|イケ 池|イサ 勇功勲|イサム 勇功勲
イシ 石|イズミ 泉和|イソ 磯|イタ 板|イチ 一市壱|イツ 逸五伊|イト 糸絃|イナ 稲|イヌイ 乾|イヌ 犬|イマ 今|イワ 岩磐巌|ウ 羽宇右兎佑|ウエ 上植|ウシ 牛
ウス 臼薄|ウチ 内|ウミ 海|ウメ 梅|ウラ 浦|エ 恵江絵枝衣英栄依慧笑永重会|エイ 英栄永瑛映叡詠衛|エツ 悦越|エノ 榎|エミ 笑咲恵|エン 遠円縁
オ 男雄夫央生緒小尾郎桜於織|オウ 王央桜旺|オオ 大多太|オカ 岡丘|オキ 沖興|オク 奥|オサム 修治理収|オチ 落越|オト 音乙|オリ 織|カ 香花佳加夏華果可嘉歌河霞珂架鹿翔賀
カイ 海快魁甲介開櫂|カオ 香薫郁|カオリ 香薫|カオル 薫香馨郁|カキ 柿|カク 角|カケル 翔駆|カゲ 影景|カサ 笠|カシワ 柏|カジ 梶|カズ 和一数加寿|カタ 片方形|カツ 勝克活葛
カド 門角|カナ 金奏叶|カナエ 叶|カナデ 奏|カネ 金兼|カマ 鎌|カミ 上神|カメ 亀|カモ 鴨|カヤ 茅萱|カワ 川河|カン 寛幹貫完勘菅神|キ 木樹喜希貴紀輝季生基来城稀葵規機己起毅岐軌暉
キク 菊|キシ 岸|キタ 北|キチ 吉|キヌ 絹衣|キミ 君公仁|キヨ 清聖潔静|キヨシ 清潔淳|キョウ 京恭杏響今経教鏡|キリ 桐霧|キン 金均欣錦勤|ク 久玖空九工来|クサ 草|クス 楠|クチ 口
クニ 国邦州|クボ 窪|クマ 熊|クミ 組|クラ 倉蔵|クリ 栗|クロ 黒|クワ 桑|ケ 毛|ケイ 恵圭慶敬啓佳景桂継京蛍渓慧|ケン 健賢憲謙研剣建堅顕兼絢|ゲン 元源玄弦|コ 子小湖呼己古児心香瑚虎
コウ 幸光孝康浩広宏公功晃弘航耕煌虹洸江香高紅好厚昊河|コエ 越|コシ 越|コト 琴言|コマ 駒|コレ 惟是|コン 近今根紺|ゴ 五吾悟伍後|ゴウ 剛豪郷|サ 佐沙紗早咲左彩桜小砂|サイ 西斎斉彩才
サカ 坂阪酒|サカエ 栄|サガ 相|サキ 咲崎先|サク 作朔咲策|サクラ 桜|ササ 笹|サダ 貞定|サチ 幸祥|サト 里聡智郷聖悟怜慧|サトシ 聡智哲敏悟賢慧|サトル 悟覚聡智|サブ 三|サヤ 清
サワ 沢爽|サン 三|シ 志司史士四仕紫詩子至清|シイ 椎|シオ 塩汐潮|シオリ 栞|シカ 鹿|シゲ 重茂繁滋成|シゲル 茂繁滋|シズ 静|シズカ 静|シタ 下|シノ 忍篠|シノブ 忍|シバ 柴芝|シマ 島
シモ 下|シュウ 秀修周宗脩柊州秋|シュン 俊駿瞬旬春舜峻隼|ショウ 翔正祥将昌章匠笙昇勝尚聖生晶小庄|シロ 白城代|シラ 白|シン 真進慎新信心伸晋森紳|ジ 治司二次児慈路爾時|ジュン 順純淳潤準惇隼洵
ジョウ 丈城条譲|ジン 仁尋陣神|ス 須州寿素栖守|スエ 末|スガ 菅|スギ 杉|スケ 介助輔祐佑亮|スズ 鈴涼|ススム 進|スナ 砂|スナオ 直|スミ 純澄住角隅|スミレ 菫|セ 瀬世|セイ 聖清誠星成晴正生静世征
セキ 関|セリ 芹|セン 千仙|ソ 祖曽|ソウ 宗颯奏蒼創聡壮想総爽草|ソノ 園苑|ソラ 空昊天|タ 太多田汰|タイ 泰大太平|タエ 妙|タカ 高孝隆貴崇敬尚鷹岳尊卓喬峻嵩宝|タカシ 隆孝崇貴敬高岳嵩|タキ 滝
タク 拓卓琢匠|タクミ 巧匠拓|タケ 武竹健岳丈猛威剛|タケシ 武健剛毅猛岳威|タケル 武健尊猛|タダ 忠正唯直|タダシ 正忠匡|タチ 立|タチバナ 橘|タツ 達辰竜立|タテ 立館|タニ 谷|タネ 種
タマ 玉珠環|タミ 民|タン 丹|ダ 田|ダイ 大代|チ 千知智茅治|チカ 近親知愛周|チョウ 長|ツ 津都|ツカ 塚|ツカサ 司|ツキ 月|ツグ 次継嗣|ツジ 辻|ツチ 土|ツツミ 堤|ツトム 勉務努|ツネ 常恒経
ツヨシ 剛毅強|ツル 鶴|テ 手|テツ 哲鉄徹|テラ 寺|テル 輝照光|ト 人斗登翔都十戸富音杜飛仁利|トウ 藤東桃冬透統登|トオル 徹透亨|トキ 時|トク 徳|トシ 俊敏利年寿歳紀稔|トミ 富|トモ 友智知朋朝共伴
トヨ 豊|トラ 虎寅|トリ 鳥|ド 土渡|ドウ 堂道藤|ナ 奈菜名那凪七夏|ナオ 直尚|ナカ 中仲|ナガ 永長|ナギ 凪|ナツ 夏|ナナ 七菜|ナベ 辺鍋|ナミ 波浪|ナラ 楢|ナリ 成也業|ナル 成|ニ 二仁丹|ニイ 新
ニシ 西|ヌマ 沼|ネ 音根子寧|ノ 乃野之|ノゾミ 望希|ノゾム 望|ノブ 信伸延宣展暢|ノボル 昇登|ノリ 典則紀憲法範徳規教宣義|ハ 葉羽波巴|ハギ 萩|ハシ 橋|ハジメ 一元始|ハス 蓮|ハタ 畑幡秦畠
ハナ 花華英|ハマ 浜|ハヤ 早速隼|ハヤシ 林|ハヤト 隼|ハラ 原|ハル 春晴陽治遥温悠大|ハルカ 遥悠|バ 馬場|バン 伴番坂|ヒ 日飛陽妃樋|ヒカリ 光|ヒカル 光輝|ヒガシ 東|ヒコ 彦|ヒサ 久寿尚|ヒデ 秀英栄
ヒト 仁人一|ヒトシ 仁均等|ヒトミ 瞳|ヒナ 雛陽|ヒビキ 響|ヒメ 姫媛|ヒョウ 兵|ヒラ 平|ヒロ 博広浩弘裕宏寛洋大啓紘拓|ヒロシ 博浩宏弘寛洋広裕|フ 布風富府|フウ 風楓|フカ 深|フク 福|フサ 房
フジ 藤富|フナ 船|フミ 文史郁|フユ 冬|フル 古|ヘイ 平兵|ベ 部辺|ホ 穂帆保歩|ホシ 星|ホソ 細|ホリ 堀|ホン 本|マ 真麻万茉磨馬間摩|マイ 舞麻|マエ 前|マキ 牧巻槙真|マコト 誠真信諒
マサ 正昌雅政将勝真匡優|マサシ 正雅|マサル 勝優|マス 増益|マチ 町街|マツ 松|マド 円|マドカ 円|マナ 愛真学|マナブ 学|マモル 守衛護|マリ 鞠毬|マル 丸|ミ 美実未三水巳海味光深心望見箕
ミキ 幹樹|ミサキ 岬|ミズ 水瑞|ミズキ 瑞|ミチ 道通路|ミツ 光満充三|ミドリ 緑翠碧|ミナ 南皆|ミナト 湊港|ミナミ 南|ミネ 峰嶺|ミノル 実稔|ミヤ 宮都雅|ミユキ 幸|ム 夢六武|ムツ 睦|ムネ 宗|ムラ 村
メ 女芽目|メイ 芽明|メグミ 恵愛萌|モ 茂|モト 本元基下|モチ 望持|モモ 桃百|モリ 森守盛|ヤ 矢也弥哉屋谷八耶夜|ヤス 安康保泰靖恭|ヤスシ 靖康泰|ヤナギ 柳|ヤブ 藪|ヤマ 山|ユ 由優友悠夕柚結有唯裕祐湯
ユイ 唯結|ユウ 優裕祐悠勇雄佑有友夕侑由遊結|ユカリ 縁紫|ユキ 雪幸之行由征志|ユズ 柚|ユミ 弓|ユメ 夢|ヨ 代世与夜|ヨウ 陽洋葉庸|ヨコ 横|ヨシ 吉義良好芳佳美善喜嘉由慶能|ヨネ 米|ヨリ 頼
ラ 良羅来|ライ 来雷|ラン 蘭|リ 里理梨莉利璃李吏浬|リク 陸|リツ 律立|リュウ 竜隆流琉|リョウ 良涼亮遼凌諒僚両|リン 林凛鈴倫|ル 留瑠流琉|レイ 玲怜麗礼令鈴零|レン 蓮恋廉錬|ロ 路呂|ロウ 郎朗|ロク 六
ワ 和輪|ワカ 若|ワキ 脇|ワタ 渡|ワタル 渡航亘渉
チ 池地|カキ 垣|デ 出|イデ 出|アラシ 嵐|フク 服|ムカイ 向|ムコウ 向|ヒ 比緋斐肥|ヤケ 宅|タク 宅|ツボ 坪|シブ 渋|オギ 荻|ハシ 端|ハタ 端|フチ 淵|イ 居斐猪入偉|オイ 及|サカキ 榊|ミゾ 溝|ハク 伯|ムロ 室|イノ 猪|ガ 我賀|シリ 尻|マタ 俣又
カリ 狩|ツツ 筒|イリ 入|ハン 半|ツキ 槻築|ノウ 納|ソエ 添|トコロ 所|ニワ 庭|カシ 樫|サコ 迫|ナン 難|オキ 置|カイ 飼貝|ナミ 並|オニ 鬼|ソト 外|ソメ 染|シシ 宍|ス 諏|ワ 訪羽|クレ 暮|シナ 品|ツマ 妻|フクロ 袋|モロ 諸|ムク 椋|ワラ 原|ナイ 内|ツノ 角|オサ 長|ソウ 相生
ヤギ 柳|トオ 遠|モウ 毛|カザ 風|ハネ 羽|サナ 真|ヤナ 柳|アマ 天雨|ハタケ 畠畑|ヌキ 貫|ノリ 宜記訓慎|ヨシ 宜禎淑|ギ 宜|キ 記騎|ホマレ 誉|タカ 宜誉考享昂尭|シ 資詞姿|クニ 訓|マサ 允全|コウ 昂皓滉貢考|サダ 禎|ケイ 計|オミ 臣|シン 臣|アキ 彬尭精|アキラ 彬|ヒロ 皓容宙|ゼン 全善
ゾウ 造三蔵|ヨウ 容|ソラ 宙|チュウ 宙忠|ミツグ 貢|トシ 淑鋭|ジョウ 丞|スケ 丞|ハジメ 肇|セイ 精|エイ 鋭|ナエ 苗|チ 稚|フ 芙|エリ 衿|ナギサ 渚|レイ 伶|ハル 暖美|カナメ 要|サエ 冴|ツバキ 椿|カエデ 楓|ツムギ 紬|ミオ 澪|シズク 雫|ツバサ 翼|ハヤテ 颯|ハヤ 颯|イツキ 樹|タツ 樹
アラタ 新|ココ 心|ア 愛|モン 門|コ 琥|テイ 禎貞|フミ 詞|ダン 暖|キ 来|サ 佐|ウジ 氏|ベツ 別|マリ 万|ユリ 百|ハ 芳|カ 葛
"""
_BY_CHARACTER: dict[str, list[str]] = defaultdict(list)
for _entry in _READINGS.replace("\n", "|").strip("|").split("|"):
    _reading, _characters = _entry.split()
    for _character in _characters:
        _BY_CHARACTER[_character].append(_reading)

_PLAIN = "カキクケコサシスセソタチツテトハヒフヘホ"
_VOICED = dict(zip(_PLAIN, "ガギグゲゴザジズゼゾダヂヅデドバビブベボ", strict=True))
_POPPED = dict(zip("ハヒフヘホ", "パピプペポ", strict=True))
# How long a character of unknown reading may sound, and how many ways are tried.
WILD, MOST = 8, 200
NO, PERHAPS, YES = 0, 1, 2
_LONG = re.compile(r"(?<=o)[ou]+|(?<=u)u+|(?<=a)a+|(?<=e)e+")
VOWELS = "aiueo"
_MELTING = ("shi", "chi", "ji")
_CLIPPED = ("chi", "tsu", "ki", "ku")


@lru_cache(maxsize=100_000)
def reads(written: str, heard: str) -> bool | None:
    """Whether a folded name in kanji can sound like *heard*; None: one cannot tell.

    The first consonant of a later character may be voiced (川 is カワ and ガワ), and
    what stands before it clipped (一平 is イッペイ).
    """
    if not written or not heard:
        return None
    best = _Walk(_spread(written), heard).best(0, 0)
    return None if best == PERHAPS else best == YES


def telling(written: str) -> bool:
    """Whether it is known of every character how it may be read."""
    return all(_forms(character, False) for character in _spread(written))


def starts(written: str) -> set[str]:
    """The first two letters of every sound that *written* may have."""
    return {form[:2] for form in _forms(written[:1], False)}


@lru_cache(maxsize=20_000)
def agree(one: str, other: str) -> bool:
    """Whether two names in kanji may have one and the same sound."""
    every = [_every(_spread(name)) for name in (one, other)]
    fewer, rest = (every[0], other) if every[0] else (every[1], one)
    return any(reads(rest, heard) for heard in fewer)


def _spread(written: str) -> str:
    """々 stands for the character before it."""
    return "".join(
        written[place - 1] if character == "々" and place else character
        for place, character in enumerate(written)
    )


@lru_cache(maxsize=5_000)
def _forms(character: str, later: bool) -> tuple[str, ...]:
    """The sounds of one character; none where they are not known."""
    if normalise.is_kana(character):
        return (normalise.sound(character),)
    readings = list(_BY_CHARACTER.get(character, ()))
    for table in (_VOICED, _POPPED) if later else ():
        readings += [
            table[reading[0]] + reading[1:]
            for reading in _BY_CHARACTER.get(character, ())
            if reading[0] in table
        ]
    return tuple(dict.fromkeys(filter(None, map(normalise.sound, readings))))


def _every(written: str) -> set[str]:
    """All sounds of a short name; nothing where there are too many, or one is unknown."""
    forms = [_forms(character, place > 0) for place, character in enumerate(written)]
    if not 0 < prod(map(len, forms)) <= MOST:
        return set()
    return {_LONG.sub("", "".join(parts)) for parts in product(*forms)}


class _Walk:
    """Reads a name character by character along what was heard."""

    def __init__(self, written: str, heard: str) -> None:
        self.written, self.heard = written, heard
        self.known: dict[tuple[int, int], int] = {}

    def best(self, place: int, at: int) -> int:
        """How well the characters from *place* on read as what is heard from *at* on."""
        if place == len(self.written):
            return YES if at == len(self.heard) else NO
        if (place, at) not in self.known:
            self.known[place, at] = NO
            self.known[place, at] = self._best(place, at)
        return self.known[place, at]

    def _best(self, place: int, at: int) -> int:
        forms = _forms(self.written[place], place > 0)
        if not forms:
            wild = range(at + 1, min(at + WILD, len(self.heard)) + 1)
            found = max((self.best(place + 1, end) for end in wild), default=NO)
            return min(found, PERHAPS)
        ends = {end for form in forms for end in self._ends(form, at)}
        # 井上 is イノウエ, 木下 キノシタ.
        if place == 1 and self.heard.startswith("no", at):
            ends |= {end for form in forms for end in self._ends(form, at + 2)}
        return max((self.best(place + 1, end) for end in ends), default=NO)

    def _ends(self, form: str, at: int) -> Iterator[int]:
        heard = self.heard
        if heard.startswith(form, at):
            yield at + len(form)
        # 智男 is トモオ, whose length does not count.
        longer = at > 0 and _LONG.fullmatch(heard[at - 1] + form[0], 1)
        if longer and heard.startswith(form[1:], at):
            yield at + len(form) - 1
        # 幸江 is サチエ, which sounds like サチェ.
        if form.endswith(_MELTING) and heard.startswith(form[:-1] + "e", at):
            yield at + len(form) - 1
        stem = next((form[: -len(e)] for e in _CLIPPED if form.endswith(e)), "")
        end = at + len(stem)
        doubled = heard[end : end + 1] == heard[end + 1 : end + 2]
        if (
            stem
            and heard.startswith(stem, at)
            and doubled
            and heard[end : end + 1] not in VOWELS
        ):
            yield end + 1
