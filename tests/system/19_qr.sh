#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# An invitation as a QR code: on the county's terminal, or a picture to be printed. A program that knows nothing of
# this project reads it back, and the text is the invitation that a desk joins with.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
if ! command -v zbarimg >/dev/null; then
  echo "skip - zbarimg is not installed (zbar-tools)"
  exit 77
fi
invite() { "$huced" invite --ledger $village --role village --person "$1" --url "$url" --data county "${@:2}" 2>/dev/null; }
read_picture() { zbarimg --nodbus -q --raw "$1"; }

invite 马建国 --qr-file ma.png >ma.txt
check "the picture holds the invitation" equal "$(read_picture ma.png)" "$(cat ma.txt)"
check "only its owner may read it" equal "$(stat -c %a ma.png)" 600
check "a desk joins with what was read" bash -c 'zbarimg --nodbus -q --raw ma.png | "$0" join - --data ma' "$huce"
invite 丁丽 --qr-file ding.svg >ding.txt
check "an SVG is XML with a white ground" python3 -c 'import xml.dom.minidom as x; d = x.parse("ding.svg"); assert d.documentElement.tagName == "svg" and d.getElementsByTagName("rect")[0].getAttribute("fill") == "#fff"'
# The modules of SVG and of half blocks, drawn by other means than the program's.
python3 - <<'PY'
import re
def pgm(name, dark, side, scale=6):
    with open(name, "wb") as f:
        f.write(b"P5 %d %d 255\n" % (side * scale, side * scale))
        for y in range(side * scale):
            f.write(bytes(0 if (x // scale, y // scale) in dark else 255 for x in range(side * scale)))
svg = open("ding.svg").read()
side = int(re.search(r'viewBox="0 0 (\d+) ', svg).group(1))
pgm("ding.pgm", {(int(x) + i, int(y)) for x, y, n in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg) for i in range(int(n))}, side)
PY
check "and holds the invitation" equal "$(read_picture ding.pgm)" "$(cat ding.txt)"
invite 白审 --qr >bai.txt
python3 - <<'PY'
dark, side = set(), 0
lines = open("bai.txt", encoding="utf-8").read().split("\n")[1:-1]
for y, line in enumerate(lines):
    side = max(side, len(line), 2 * len(lines))
    for x, c in enumerate(line):
        dark |= {(x, 2 * y)} if c in "▀█" else set()
        dark |= {(x, 2 * y + 1)} if c in "▄█" else set()
with open("bai.pgm", "wb") as f:
    f.write(b"P5 %d %d 255\n" % (side * 6, side * 6))
    for y in range(side * 6):
        f.write(bytes(0 if (x // 6, y // 6) in dark else 255 for x in range(side * 6)))
PY
check "on the terminal, too" equal "$(read_picture bai.pgm)" "$(head -n 1 bai.txt)"
check "which fits a screen of 100 columns" python3 -c 'assert max(map(len, open("bai.txt", encoding="utf-8").read().split("\n")[1:])) <= 100'
check "with --json there is one document" bash -c '"$0" invite --ledger '$village' --role village --person 海明 --url http://127.0.0.1:1 --qr --json --data county 2>/dev/null | jq -e .invite' "$huced"
check_fails 1 "the picture itself is no invitation" "$huce" join ma.png --data nobody
said=$("$huce" join ma.png --data nobody 2>&1)
check "but it is told how to read it" grep -q "zbarimg -q --raw ma.png | huce join -" <<<"$said"
check_fails 2 "another kind of picture is refused" "$huced" invite --ledger $village --role village --person 海明 --url http://127.0.0.1:1 --qr-file x.gif --data county
check "before anything is noted" [ ! -e x.gif ]
finish
