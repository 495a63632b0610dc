"""Accounts on social networks: the same one, whether as an address or in words."""

import re
from urllib.parse import parse_qs, urlsplit

from .words import fold, text

_NETWORKS = {
    "instagram": ("instagram", "insta", "ig", "インスタグラム", "インスタ"),
    "x": ("x", "twitter", "ツイッター", "エックス", "x(旧twitter)", "旧twitter"),
    "facebook": ("facebook", "fb", "フェイスブック"),
    "tiktok": ("tiktok", "ティックトック"),
    "youtube": ("youtube", "ユーチューブ"),
    "threads": ("threads", "スレッズ"),
    "linkedin": ("linkedin", "リンクトイン"),
    "note": ("note",),
}
_BY_NAME = {fold(name): key for key, names in _NETWORKS.items() for name in names}
_ADDRESS = re.compile(r"(?:https?://)?(?:[a-z]{1,6}\.)?([a-z]+)\.(?:com|net)/.+")
_SAID = re.compile(r"(x\(旧twitter\)|[^\s:@/(]+)\s*[:@\s(]\s*@?([^\s@/?#()]+)\)?")
# What stands before the account in a profile's address.
_BEFORE = ("in", "c", "user", "channel")
# A handle as networks give it out; anything else in an address is no profile.
_HANDLE = re.compile(r"[\w.\-]{2,60}")
_NO_HANDLES = frozenset(
    [
        "p",
        "reel",
        "reels",
        "stories",
        "explore",
        "tv",
        "share",
        "people",
        "groups",
        "pages",
        "watch",
        "events",
        "photo",
        "shorts",
        "playlist",
        "results",
        "live",
        "hashtag",
        "search",
        "home",
        "i",
        "intent",
        "status",
        "company",
        "school",
        "posts",
        "video",
        "tag",
        "login",
        "profile.php",
        "story.php",
        "permalink.php",
    ]
)


def account(value: object) -> str:
    """``network:handle`` where *value* names its network, else what it says, folded.

    The network may stand as the profile's address or as a word before the handle; a
    handle alone says only half: two networks may give it to two people. An address of
    something else than a profile (a post, a video) is no account and stays whole.
    """
    plain = text(value).lower()
    if found := _ADDRESS.fullmatch(plain):
        network, handle = _BY_NAME.get(fold(found[1])), _of_address(plain)
    elif found := _SAID.fullmatch(plain):
        network, handle = _BY_NAME.get(fold(found[1])), found[2]
    else:
        network, handle = None, ""
    if network and handle:
        return f"{network}:{handle}"
    return fold(plain.lstrip("@")) or fold(plain)


def _of_address(address: str) -> str:
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
    except ValueError:
        return ""
    path = [part for part in parts.path.split("/") if part]
    if path and path[0] == "profile.php":
        return parse_qs(parts.query).get("id", [""])[0]
    if path and path[0] in _BEFORE:
        path = path[1:]
    handle = path[0].removeprefix("@") if path else ""
    known = _HANDLE.fullmatch(handle) and handle not in _NO_HANDLES
    return handle if known else ""
