"""page.py - what a browser made of a page.

    page.py links PAGE            every link inside it leads somewhere; ids stand once; nothing is loaded
    page.py framed PAGE WIDTH FRAME   FRAME shows PAGE that wide (a browser's window is never as narrow
                                      as a phone); its title becomes "scroll width, width" of it
    page.py colours SHOT WIDTH    how many colours a screenshot of that width has, and its share of white
"""
import re
import struct
import sys
import zlib
from html.parser import HTMLParser


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids, self.hrefs, self.loaded = [], [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if "href" in attrs:
            self.hrefs.append(attrs["href"])
        if tag in ("script", "link", "img", "iframe", "object") or "src" in attrs:
            self.loaded.append(tag)


def links(page):
    found = Links()
    found.feed(open(page, encoding="utf-8").read())
    print("dead", sorted({h for h in found.hrefs if h[:1] != "#" or h[1:] not in found.ids}))
    print("twice", sorted({i for i in found.ids if found.ids.count(i) > 1}))
    print("loaded", found.loaded)


def framed(page, width, frame):
    text = open(page, encoding="utf-8").read()
    text, n = re.subn(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", text)
    assert n == 1
    rule = ("<script>onload=function(){var d=document.documentElement;"
            "parent.postMessage(d.scrollWidth+' '+d.clientWidth,'*')}</script>")
    open(frame + ".page.html", "w", encoding="utf-8").write(text.replace("</body>", rule + "</body>"))
    name = frame.rsplit("/", 1)[-1] + ".page.html"
    open(frame, "w", encoding="utf-8").write(
        "<!DOCTYPE html><title></title><script>onmessage=function(e){document.title=e.data}</script>"
        f"<body style='margin:0'><iframe src='{name}' style='border:0' width='{width}' height='1600'>"
        "</iframe>")


def rows(shot, width):
    """Lines of an 8-bit RGB or RGBA picture, unfiltered (PNG, section 9)."""
    data = open(shot, "rb").read()
    at, pixels = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            w, _, depth, colour = struct.unpack(">IIBB", data[at + 8:at + 18])
            assert (w, depth) == (width, 8) and colour in (2, 6), (w, depth, colour)
            bpp = 3 if colour == 2 else 4
        if kind == b"IDAT":
            pixels += data[at + 8:at + 8 + size]
        at += 12 + size
    pixels, line = zlib.decompress(pixels), width * bpp
    above = bytearray(line)
    for start in range(0, len(pixels), line + 1):
        how, row = pixels[start], bytearray(pixels[start + 1:start + 1 + line])
        for i in range(line):
            a = row[i - bpp] if i >= bpp else 0
            b, c = above[i], above[i - bpp] if i >= bpp else 0
            near = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            row[i] = row[i] + (0, a, b, (a + b) // 2, near)[how] & 255
        yield bpp, row
        above = row


def colours(shot, width):
    seen, white, count = set(), 0, 0
    for bpp, row in rows(shot, int(width)):
        for i in range(0, len(row), bpp * 4):
            pixel = bytes(row[i:i + 3])
            seen.add(pixel)
            white += pixel == b"\xff\xff\xff"
            count += 1
    print(len(seen), white * 100 // count)


{"links": links, "framed": framed, "colours": colours}[sys.argv[1]](*sys.argv[2:])
