#!/usr/bin/env python3
"""Writes the site that the captures fetch into a folder: page, style, script, pictures. Same bytes on every run.

    build.py FOLDER
"""
import gzip
import math
import os
import random
import struct
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
out = sys.argv[1]
chance = random.Random(802)


def write(name, data):
    path = os.path.join(out, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def png(width, height, grain, hue):
    """Waves in one colour; `grain` bits of noise a sample make the file as large as wanted."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            wave = math.sin(x / 9 + hue) + math.sin(y / 7) + math.sin((x + y) / 13)
            for channel in (0, 1, 2):
                level = 128 + 30 * wave + 40 * math.sin(hue + 2.1 * channel)
                rows.append(max(0, min(255, int(level) + chance.randrange(1 << grain))))

    def chunk(kind, data):
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    header = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), 9))
            + chunk(b"IEND", b""))


rows = "".join(
    "<tr><td>%d</td><td>192.0.2.%d</td><td>%d</td><td>%.6f</td><td>%08x</td><td>%s / %s</td></tr>\n" % (
        n, chance.randrange(100, 200), chance.randrange(49152, 65536), chance.uniform(0, 40), chance.getrandbits(32),
        *chance.choice([("handshake", "三次握手"), ("request", "请求"), ("response", "响应"), ("close", "四次挥手")]))
    for n in range(1, 251))
with open(os.path.join(HERE, "index.html"), encoding="utf-8") as f:
    write("index.html", f.read().replace("<!-- rows -->\n", rows).encode())
for name in ("style.css", "lab.js"):
    with open(os.path.join(HERE, name), "rb") as f:
        data = f.read()
    write(name, data)
    write(name + ".gz", gzip.compress(data, 9, mtime=0))
for n, (width, height, grain) in enumerate(
        [(96, 64, 2), (120, 80, 3), (140, 90, 3), (160, 100, 3), (96, 96, 4), (128, 96, 4), (64, 64, 5), (150, 100, 3)], 1):
    write("images/figure-%d.png" % n, png(width, height, grain, n))
write("images/icon.png", png(16, 16, 1, 3))
write("images/large.png", png(190, 170, 6, 5))
write("after.txt", "Fetched nine seconds later, on a new connection.\n".encode())
write("hello.txt", b"".join(b"%02d Hello from the lab's server.\n" % n for n in range(1, 41)))
write("account/index.html", "<!doctype html><title>Account</title><p>Signed in. 已登录。\n".encode())
for folder, _, names in os.walk(out):
    for name in names:
        os.utime(os.path.join(folder, name), (1704536919, 1704536919))  # Sat, 06 Jan 2024 10:28:39 GMT
