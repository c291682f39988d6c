"""Writes a small PNG file of every kind into a folder: colours, depths, palettes, transparency, interlacing.

usage: make_pictures.py FOLDER"""
import os
import struct
import sys
import zlib

WIDTH, HEIGHT = 5, 3
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of grey, RGB, palette, grey with alpha, RGB with alpha
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(letters, data):
    return struct.pack(">I", len(data)) + letters + data + struct.pack(">I", zlib.crc32(letters + data))


def rows(width, height, bits):
    """Rows of `bits` a pixel, each with another filter."""
    size = (width * bits + 7) // 8
    return b"".join(bytes([y % 5]) + bytes((7 * x + 31 * y) % 2 for x in range(size)) for y in range(height))


def picture(color, depth, interlaced, transparent):
    bits = depth * CHANNELS[color]
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    pixels = b"".join(rows(-(-(WIDTH - x) // dx), -(-(HEIGHT - y) // dy), bits) for x, y, dx, dy in passes
                      if x < WIDTH and y < HEIGHT)
    chunks = [chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, color, 0, 0, interlaced))]
    if color == 3:
        chunks.append(chunk(b"PLTE", bytes(range(6))))
    if transparent:
        chunks.append(chunk(b"tRNS", {0: b"\0\1", 2: b"\0\1\0\1\0\1", 3: b"\x80"}[color]))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


for color, depths in DEPTHS.items():
    for depth in depths:
        for interlaced in (0, 1):
            for transparent in (False, True) if color < 4 else (False,):
                name = f"{color}-{depth}-{interlaced}-{int(transparent)}.png"
                with open(os.path.join(sys.argv[1], name), "wb") as file:
                    file.write(picture(color, depth, interlaced, transparent))
