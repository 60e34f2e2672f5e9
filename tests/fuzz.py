#!/usr/bin/env python3
"""Throws texts that nobody would type at a bot: python3 tests/fuzz.py TURNWISE BOT [seconds] [seed]

Each is made of pieces: words and values a user might type, signs, other scripts, broken ones, the same over and over, up to 10,000
characters; as first turns and as answers to each slot and confirmation of the bot. `turnwise understand` reads them with 1 GiB of
memory. Told are texts without an answer (the program ended), and those that took longer than 20 ms, which counts for a release
build only. The same seed makes the same texts. Ends with 1 if the program did.
"""
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = """create update delete show find list lead leads deal contact phone email status city company owner amount please not don't no yes
cancel help undo for at from with the a my all new next named called and or then "to" is are was = : -> hot warm cold open closed""".split()
VALUES = """ines@larkspur.example +44 20 7946 0018|$12,500|1.2 million euros|12k|next friday|2031-06-30|3/4|end of next month|Q3|half past four|
Nora Albrecht|van der Berg|Harrow & Pine|O'Neill|Jean-Luc|Zürich|Porto Alegre|number 2|the last one|25 %|https://larkspur.example/a?b=c|
00Q5e00000A1b2CEAB|1-800-FLOWERS|99999999999999999999999999|-0|1e309|NaN|31 February|in 9999999999 years|the 0th|00:61""".replace("\n", "").split("|")
SIGNS = list("()[]{}<>\"'`.,;:!?@#$%^&*+=/\\|~-_ \t\n\r\0\x07\x1b") + ["\u200b", "\u200d", "\ufeff", "\u202e", "\u0301", "\u2028", "…", "’", "“"]
LETTERS = ["ß", "İ", "ı", "ﬁ", "Å", "Ǆ", "עברית", "العربية", "日本語", "ไทย", "हिन्दी", "한국어", "👍", "👩‍👩‍👧‍👦", "🇵🇹", "𝒜", "㍿", "Ⅷ", "½", "٣", "ﷺ"]


def piece(rnd):
    kind = rnd.randrange(12)
    if kind < 4:
        return rnd.choice(WORDS)
    if kind < 6:
        return rnd.choice(VALUES)
    if kind == 6:
        return rnd.choice(SIGNS)
    if kind == 7:
        return rnd.choice(LETTERS)
    if kind == 8:
        return chr(rnd.choice([rnd.randrange(32, 127), rnd.randrange(160, 0xd800), rnd.randrange(0xe000, 0x30000)]))
    if kind == 9:
        return "".join(rnd.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rnd.randrange(1, 30)))
    if kind == 10:
        return str(rnd.randrange(10 ** rnd.randrange(1, 25)))
    word = rnd.choice(WORDS + VALUES)
    at = rnd.randrange(len(word) + 1)
    return word[:at] + rnd.choice(SIGNS + LETTERS) + word[at:]


def text(rnd):
    longest = rnd.choice([20, 80, 300, 2000, 10000]) if rnd.random() < 0.3 else 60
    if rnd.random() < 0.1:
        unit = piece(rnd) + rnd.choice(["", " ", ", "])
        return (unit * (longest // len(unit) + 1))[:longest]
    out = ""
    while len(out) < longest and (not out or rnd.random() < 0.97):
        out += piece(rnd) + rnd.choice(["", " ", " ", " ", ", ", "\n"])
    out = out[:longest]
    return out.upper() if rnd.random() < 0.05 else out


def questions(bot):
    """What the bot may have asked: each slot of its templates, and each confirmation."""
    found = [None]
    for path in sorted(Path(bot).rglob("*.yaml")):
        file = path.read_text(encoding="utf-8")
        template = re.search(r"^template: *(\w+)", file, re.M)
        if template:
            slots = re.search(r"^slots:\n((?:[ #].*\n|\n)*)", file, re.M)
            ids = re.findall(r"^  (\w+):", slots.group(1), re.M) if slots else []
            found += [{"template": template.group(1), "slot": slot} for slot in ids]
            found += [{"template": template.group(1), "confirm": does} for does in ("create", "update", "delete")]
    return found


def main():
    turnwise, bot = sys.argv[1:3]
    until = time.monotonic() + float(sys.argv[3] if len(sys.argv) > 3 else 60)
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    asked, count, slow, ended = questions(bot), 0, [], 0
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    while time.monotonic() < until:
        rnd = random.Random(seed)
        lines = []
        for n in range(400):
            line = {"id": str(n), "text": text(rnd), "now": "2026-11-24T10:00:00Z"}
            question = rnd.choice(asked) if rnd.random() < 0.5 else None
            lines.append({**line, "awaiting": question} if question else line)
        with tempfile.TemporaryFile("w+") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
            file.seek(0)
            ran = subprocess.run([turnwise, "understand", bot], stdin=file, capture_output=True, preexec_fn=limit)
        answers = [json.loads(line) for line in ran.stdout.splitlines()]
        if len(answers) < len(lines):
            ended += 1
            print("seed %d: no answer to %s\n  %s" % (seed, json.dumps(lines[len(answers)])[:300], ran.stderr.decode()[-500:]), flush=True)
        took = [(a["micros"], line["text"]) for a, line in zip(answers, lines) if "micros" in a]
        slow += [(micros, seed, len(said), said) for micros, said in took if micros > 20000]
        count += len(answers)
        seed += 1
    print("%d texts, %d times the program ended, %d texts took longer than 20 ms" % (count, ended, len(slow)))
    for micros, of, length, said in sorted(slow, reverse=True)[:20]:
        print("  %6d µs, seed %d, %d characters: %s" % (micros, of, length, json.dumps(said)[:120]))
    return 1 if ended else 0


if __name__ == "__main__":
    sys.exit(main())
