"""The data files that are derived from libraries, so that no function loads these: `.venv/bin/python -m infra.lexicons`.

Run it after a change of the tags or an update of the libraries; a test fails until the files agree with both.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice, product

from services.circles.names import pinyin
from services.circles.taxonomy import SEARCH_NAMES, Tag, taxonomy
from services.circles.taxonomy.normalizing import normalize_for_search, normalize_spelling
from services.shared.kernel import links
from services.shared.kernel.appearance import normalize_appearance
from services.shared.kernel.names import look_alikes

# Characters with several readings that users type for the words in the tags: right ones, and those that many take for right.
# fmt: off
READINGS = {
    "乐": "le/yue", "长": "chang/zhang", "角": "jiao/jue", "调": "tiao/diao", "弹": "tan/dan",
    "重": "chong/zhong", "拓": "ta/tuo", "扎": "zha/za", "粘": "nian/zhan", "黏": "nian/zhan",
    "宿": "su/xiu", "朝": "chao/zhao", "勒": "le/lei", "着": "zhuo/zhe/zhao", "曝": "bao/pu",
    "血": "xue/xie", "壳": "ke/qiao", "熟": "shu/shou", "谁": "shui/shei", "削": "xue/xiao",
    "抹": "mo/ma", "仔": "zai/zi", "爪": "zhua/zhao", "骰": "tou/shai", "攒": "cuan/zan",
    "择": "ze/zhai", "轧": "ya/zha/ga", "薄": "bo/bao", "传": "chuan/zhuan", "畜": "chu/xu",
    "校": "xiao/jiao", "藏": "cang/zang", "觉": "jue/jiao", "咖": "ka/ga", "茄": "qie/jia",
    "会": "hui/kuai", "弄": "nong/long", "露": "lu/lou", "伽": "jia/qie", "模": "mo/mu",
    "率": "lv/shuai", "落": "luo/lao", "亲": "qin/qing", "卜": "bu/bo", "瀑": "pu/bao",
    "六": "liu/lu",
}
# fmt: on
MAX_READINGS = 64  # of one name; none has more
# How users without ü on their keyboard type it, beside its IME key v.
U_UMLAUT = ("v", "u", "yu")
FIRST_CHINESE, LAST_CHINESE = 0x4E00, 0x9FFF
MAX_PHRASE = 3  # characters; the readings of longer ones differ in idioms only


def main() -> None:
    links.FILE.write_text(top_level_domains(), encoding="utf-8")
    SEARCH_NAMES.write_text(search_names(), encoding="utf-8")
    pinyin.FILE.write_text(readings(), encoding="utf-8")
    look_alikes.FILE.write_text(latin_look_alikes(), encoding="utf-8")


def top_level_domains() -> str:
    """Return the top-level domains of the snapshot that tldextract ships, one per line, in ASCII and as they are written."""
    from tldextract import TLDExtract

    suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None).tlds  # without addresses it never goes online
    names = {suffix.rpartition(".")[2] for suffix in suffixes}
    return "".join(f"{name}\n" for name in sorted(names | {name.encode("idna").decode() for name in names}))


def readings() -> str:
    """Return a line per syllable with its characters, then a line per phrase whose reading differs from its characters'."""
    from pypinyin import lazy_pinyin
    from pypinyin.contrib.tone_convert import to_normal
    from pypinyin.phrases_dict import phrases_dict

    syllables = {chr(code): lazy_pinyin(chr(code))[0] for code in range(FIRST_CHINESE, LAST_CHINESE + 1)}
    syllables = {character: syllable for character, syllable in syllables.items() if syllable.isascii()}
    lines = defaultdict(list)
    for character, syllable in syllables.items():
        lines[syllable].append(character)
    phrases = {phrase: [to_normal(tones[0]) for tones in read] for phrase, read in phrases_dict.items()}
    differing = sorted(
        f"{phrase} {' '.join(read)}\n"
        for phrase, read in phrases.items()
        if len(phrase) <= MAX_PHRASE and read != [syllables.get(character) for character in phrase]
    )
    return "".join(f"{syllable} {''.join(lines[syllable])}\n" for syllable in sorted(lines)) + "\n" + "".join(differing)


def latin_look_alikes() -> str:
    """Return a line per Latin character with those of all scripts that look like it and that no other rule converts."""
    from confusable_homoglyphs.confusables import confusables_data

    lines = defaultdict(list)
    for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ":
        for alike in confusables_data[letter]:
            character = alike["c"]
            if len(character) == 1 and character.isalpha() and not normalize_appearance(character).isascii():
                lines[letter.lower()].append(character)
    return "".join(f"{letter} {''.join(sorted({*alike}))}\n" for letter, alike in sorted(lines.items()))


def search_names() -> str:
    """Return a line per tag with its names and the spellings of their pinyin, as the search compares them."""
    return "".join(_line_of(tag) for _, tag in sorted(taxonomy().tags.items()))


def _line_of(tag: Tag) -> str:
    names = dict.fromkeys(map(normalize_for_search, tag.names))
    spellings = {tag.pinyin: None} | {spelling: None for name in (tag.zh, *tag.aliases) for spelling in spellings_of(name)}
    return "\t".join([tag.slug, *names, "", *(spelling for spelling in spellings if spelling not in names), "\n"])


def spellings_of(name: str) -> list[str]:
    """Return the spellings of the pinyin of a Chinese name: each reading of its characters, and each way to type ü."""
    from pypinyin import lazy_pinyin

    if name.isascii():
        return []
    parts = re.findall(r"[\u3400-\u9fff]|[^\u3400-\u9fff]+", name)
    choices = [_choices(part, syllable) for part, syllable in zip(parts, lazy_pinyin(name), strict=True)]
    readings = islice(product(*choices), MAX_READINGS)
    return list(dict.fromkeys(normalize_spelling("".join(reading)) for reading in readings))


def _choices(part: str, syllable: str) -> Sequence[str]:
    readings = dict.fromkeys([syllable, *READINGS.get(part, syllable).split("/")])
    return list(dict.fromkeys(spelling for reading in readings for spelling in _with_umlaut(reading)))


def _with_umlaut(syllable: str) -> Iterator[str]:
    """Yield the ways to type a syllable: `lv`, `lu` and `lyu` for lü."""
    is_umlaut = syllable[:2] in ("lv", "nv")
    yield from (syllable.replace("v", vowel) for vowel in U_UMLAUT) if is_umlaut else [syllable]


if __name__ == "__main__":
    main()
