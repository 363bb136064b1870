#!/usr/bin/env python3
"""Makes data/han.txt from the Unihan database (Debian: unicode-data), of which it says in a form that is quick to search: radical,
strokes beside it, strokes in all, and readings without their tones.

    tools/han.py /usr/share/unicode > data/han.txt
"""

import bz2
import collections
import pathlib
import re
import sys
import unicodedata

folder = pathlib.Path(sys.argv[1])


def lines(name):
    for path in sorted(folder.glob(name)):
        opened = bz2.open(path, "rt") if path.suffix == ".bz2" else open(path)
        with opened as text:
            for line in text:
                if line.startswith("U+"):
                    point, key, value = line.rstrip("\n").split("\t", 2)
                    yield chr(int(point[2:], 16)), key, value


def plain(reading):
    letters = unicodedata.normalize("NFD", reading.lower().replace("ü", "v"))
    letters = "".join(c for c in letters if "a" <= c <= "z")
    return letters


radical, strokes, readings = {}, {}, collections.defaultdict(set)
for c, key, value in lines("Unihan_*"):
    if key == "kRSUnicode":
        found = re.match(r"(\d+)'*\.(-?\d+)", value)
        radical[c] = (int(found[1]), max(0, int(found[2])))
    elif key == "kTotalStrokes":
        strokes[c] = int(value.split()[0])
    elif key == "kMandarin":
        readings[c].update(plain(r) for r in value.split())
    elif key in ("kHanyuPinyin", "kXHC1983", "kTGHZ2013"):
        for part in value.split():
            readings[c].update(plain(r) for r in part.split(":", 1)[1].split(","))

groups = collections.defaultdict(list)
for c in sorted(radical):
    # Compatibility ideographs are other spellings of characters that are here.
    if unicodedata.normalize("NFC", c) == c:
        groups[(*radical[c], strokes[c])].append(c)
sounds = collections.defaultdict(list)
for c in sorted(readings):
    if unicodedata.normalize("NFC", c) == c:
        for reading in readings[c]:
            if reading:
                sounds[reading].append(c)
print("# Made by tools/han.py from the Unihan database of Unicode 15.0.0; its licence is in data/han.LICENSE.")
for (number, rest, total), all in sorted(groups.items()):
    print(f"{number} {rest} {total} {''.join(all)}")
for reading, all in sorted(sounds.items()):
    print(f"{reading} {''.join(all)}")
