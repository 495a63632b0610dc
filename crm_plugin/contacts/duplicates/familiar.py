"""How common some names are everywhere: what a small list cannot know by itself."""

from collections import Counter

from crm_plugin import normalise

# Frequent Japanese family names: folded, reading, bearers among 10,000 people. Rounded
# from the public counts of telephone books; only their order of magnitude matters.
_JAPANESE = """
佐藤 サトウ 150|鈴木 スズキ 140|高橋 タカハシ 110|田中 タナカ 105|伊藤 イトウ 85|渡辺 ワタナベ 84
山本 ヤマモト 83|中村 ナカムラ 82|小林 コバヤシ 81|加藤 カトウ 70|吉田 ヨシダ 65|山田 ヤマダ 64
佐々木 ササキ 53|山口 ヤマグチ 51|松本 マツモト 49|井上 イノウエ 48|木村 キムラ 45|林 ハヤシ 43
斉藤 サイトウ 43|清水 シミズ 42|山崎 ヤマザキ 38|森 モリ 37|池田 イケダ 36|橋本 ハシモト 35
阿部 アベ 35|石川 イシカワ 33|山下 ヤマシタ 33|中島 ナカジマ 32|石井 イシイ 31|小川 オガワ 31
前田 マエダ 30|岡田 オカダ 29|長谷川 ハセガワ 29|藤田 フジタ 29|後藤 ゴトウ 29|近藤 コンドウ 29
村上 ムラカミ 28|遠藤 エンドウ 26|青木 アオキ 26|坂本 サカモト 26|福田 フクダ 25|太田 オオタ 25
西村 ニシムラ 25|藤井 フジイ 24|金子 カネコ 23|岡本 オカモト 23|藤原 フジワラ 23|三浦 ミウラ 22
中野 ナカノ 22|中川 ナカガワ 22|原田 ハラダ 22|松田 マツダ 21|竹内 タケウチ 21|小野 オノ 21
田村 タムラ 21|中山 ナカヤマ 20|和田 ワダ 20|石田 イシダ 20|森田 モリタ 19|上田 ウエダ 19
原 ハラ 18|内田 ウチダ 18|柴田 シバタ 18|酒井 サカイ 17|宮崎 ミヤザキ 17|横山 ヨコヤマ 17
高木 タカギ 17|安藤 アンドウ 16|宮本 ミヤモト 16|大野 オオノ 16|小島 コジマ 16|谷口 タニグチ 16
今井 イマイ 16|工藤 クドウ 15|高田 タカダ 15|増田 マスダ 15|丸山 マルヤマ 15|杉山 スギヤマ 15
村田 ムラタ 15|大塚 オオツカ 15|新井 アライ 15|小山 コヤマ 15|平野 ヒラノ 14|藤本 フジモト 14
河野 コウノ 14|上野 ウエノ 14|野口 ノグチ 14|武田 タケダ 14|松井 マツイ 14|千葉 チバ 14
菅原 スガワラ 14|岩崎 イワサキ 14|久保 クボ 13|木下 キノシタ 13|佐野 サノ 13|野村 ノムラ 13
"""
_WESTERN = """
smith 100|johnson 80|williams 65|brown 60|jones 60|garcia 45|miller 45|davis 45|martin 35|wilson 35
anderson 33|taylor 33|thomas 32|moore 30|lee 60|white 28|wang 60|li 60|zhang 55|chen 50|kim 60|nguyen 50
park 30|muller 40|schmidt 40|dubois 20|rossi 25|silva 40|singh 40|kumar 30
"""

_ENTRIES = [entry.split() for entry in _JAPANESE.replace("\n", "|").split("|") if entry]
_OTHERS = [entry.split() for entry in _WESTERN.replace("\n", "|").split("|") if entry]
SHARES: Counter[str] = Counter()
for _entry in [*_ENTRIES, *_OTHERS]:
    # By the name, its kana and its sound; spellings with one sound add up.
    for _form in {*_entry[:-1], normalise.sound(_entry[-2])}:
        SHARES[_form] += int(_entry[-1]) / 10_000  # type: ignore[assignment]
READINGS = {name: reading for name, reading, _count in _ENTRIES}

# Mail providers whose domain says nothing about who somebody is.
_FREE_MAIL = (
    "gmail.com googlemail.com yahoo.com yahoo.co.jp ymail.ne.jp icloud.com me.com mac.com"
    " hotmail.com hotmail.co.jp outlook.com outlook.jp live.jp live.com msn.com aol.com"
    " docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp vodafone.ne.jp"
    " t.vodafone.ne.jp k.vodafone.ne.jp ymobile.ne.jp y-mobile.ne.jp rakuten.jp"
    " rakumail.jp uqmobile.jp willcom.com disney.ne.jp nifty.com ocn.ne.jp biglobe.ne.jp"
    " so-net.ne.jp plala.or.jp dion.ne.jp infoseek.jp excite.co.jp goo.jp gmx.de gmx.net"
    " web.de t-online.de orange.fr wanadoo.fr free.fr libero.it mail.ru yandex.ru qq.com"
    " 163.com naver.com hanmail.net proton.me protonmail.com comcast.net"
)
FREE_MAIL = frozenset(_FREE_MAIL.split())
# Addresses that belong to a post, not to a person.
_ROLES = (
    "info contact office admin mail shop support sales hello webmaster postmaster"
    " reception front desk soumu jimu eigyo uketsuke noreply no-reply service team"
)
ROLES = frozenset(_ROLES.split())

_NICKNAMES = """
robert bob bobby rob robbie|william bill billy will liam|richard dick rick ricky rich
james jim jimmy jamie|john jack johnny jon|michael mike mick mikey|thomas tom tommy
charles charlie chuck|joseph joe joey|edward ed eddie ted ned|david dave davey
daniel dan danny|matthew matt|christopher chris kit|anthony tony|andrew andy drew
steven stephen steve|benjamin ben|samuel sam|alexander alex sandy|nicholas nick
patrick pat paddy|peter pete|gregory greg|kenneth ken|ronald ron|timothy tim
elizabeth liz beth betty lizzie eliza|katherine catherine kate kathy katie cathy
margaret maggie meg peggy|jennifer jen jenny|susan sue susie|patricia pat patty tricia
barbara barb|deborah debbie deb|rebecca becky|victoria vicky tori|christine chris tina
jessica jess|samantha sam|alexandra alex sandra|theodore ted theo|frederick fred
lawrence larry|leonard leo len|philip phil|raymond ray|gerald jerry|jeffrey jeff
"""
NICKNAMES: dict[str, set[str]] = {}
for _group in _NICKNAMES.replace("\n", "|").strip("|").split("|"):
    for _name in _group.split():
        NICKNAMES.setdefault(_name, set()).update(_group.split())
