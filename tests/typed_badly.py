#!/usr/bin/env python3
"""Copies a set of texts with one slip of the finger in each: python3 tests/typed_badly.py dev.jsonl.gz out.jsonl.gz [seed]

Rows are JSON with a `text`; a file whose name ends in .gz is packed. In each text a word of four letters or more is drawn and in
it a letter left out, doubled, put wrong by a neighbour on the keyboard, or swapped with the next. The first letter stays, as it
nearly always does. A text without such a word stays as it is. The same seed gives the same copy.
"""
import gzip
import json
import random
import re
import sys

ROWS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"]


def beside(letter):
    row = next(row for row in ROWS if letter in row)
    at = row.index(letter)
    return row[max(0, at - 1):at] + row[at + 1:at + 2]


def slipped(word, rnd):
    at = rnd.randrange(1, len(word) - 1)
    kind = rnd.randrange(4)
    letter = word[at]
    if kind == 0:
        return word[:at] + word[at + 1:]
    if kind == 1:
        return word[:at] + letter + word[at:]
    if kind == 2 and letter.lower() in "".join(ROWS):
        return word[:at] + rnd.choice(beside(letter.lower())) + word[at + 1:]
    return word[:at] + word[at + 1] + letter + word[at + 2:]


def typed(text, rnd):
    words = list(re.finditer(r"[A-Za-z]{4,}", text))
    if not words:
        return text
    word = rnd.choice(words)
    for _ in range(20):
        new = slipped(word.group(), rnd)
        if new != word.group():
            return text[:word.start()] + new + text[word.end():]
    return text


def main():
    source, target = sys.argv[1:3]
    rnd = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    opened = lambda path, mode: (gzip.open if path.endswith(".gz") else open)(path, mode + "t", encoding="utf-8")
    with opened(source, "r") as rows, opened(target, "w") as out:
        for row in map(json.loads, rows):
            out.write(json.dumps({**row, "text": typed(row["text"], rnd)}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
