"""Generates noise-free graphics: text, drawings, charts, dithers, halftones, patterns, codes, stars, gradients, screens.

    python3 graphics.py FOLDER [--seed N] [--count N]      # as PNG files, to look at or measure
"""
import argparse, glob, math, os, random
import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 384
WORDS = "light river stone amber window quiet signal harbour paper orbit violet meadow 1914 37.5 % total north Ångström figure table garden copper".split()


def font(rng, size):
    files = sorted(glob.glob("/usr/share/fonts/**/*.ttf", recursive=True))
    return ImageFont.truetype(rng.choice(files), size) if files else ImageFont.load_default(size)


def colour(rng, low=0, high=255):
    return tuple(rng.randint(low, high) for _ in range(3))


def canvas(rng, background=None, scale=1):
    picture = Image.new("RGB", (SIDE * scale, SIDE * scale), background or rng.choice([(255, 255, 255)] * 3 + [(250, 246, 235), (30, 30, 34), (0, 0, 0), colour(rng)]))
    return picture, ImageDraw.Draw(picture)


def ink_on(rng, picture):
    background = sum(picture.getpixel((0, 0))) / 3
    return colour(rng, 0, 90) if background > 128 else colour(rng, 165, 255)


def text(rng):
    picture, draw = canvas(rng)
    y = rng.randint(2, 20)
    while y < SIDE:
        size = rng.choice([9, 11, 12, 14, 18, 26, 48])
        draw.text((rng.randint(2, 30), y), " ".join(rng.choices(WORDS, k=14)), fill=ink_on(rng, picture), font=font(rng, size))
        y += int(size * rng.uniform(1.2, 1.9))
    return picture


def shapes(rng):
    scale = rng.choice([1, 3])
    picture, draw = canvas(rng, scale=scale)
    for _ in range(rng.randint(4, 30)):
        x, y, r = (rng.uniform(0, SIDE) * scale for _ in range(3))
        r *= rng.choice([0.03, 0.1, 0.3])
        fill, width = rng.choice([colour(rng), None]), rng.randint(1, 6) * scale
        kind = rng.choice(["ellipse", "rectangle", "line", "polygon", "arc", "text"])
        if kind == "line":
            draw.line([x, y, rng.uniform(0, SIDE) * scale, rng.uniform(0, SIDE) * scale], fill=colour(rng), width=width)
        elif kind == "polygon":
            n = rng.randint(3, 9)
            turn = rng.uniform(0, 6)
            inner = rng.choice([1, 0.4])
            points = [(x + r * (inner if k % 2 else 1) * math.cos(turn + k * 2 * math.pi / n / 2), y + r * (inner if k % 2 else 1) * math.sin(turn + k * math.pi / n)) for k in range(2 * n)]
            draw.polygon(points, fill=colour(rng))
        elif kind == "arc":
            draw.arc([x - r, y - r, x + r, y + r], rng.uniform(0, 180), rng.uniform(180, 360), fill=colour(rng), width=width)
        elif kind == "text":
            draw.text((x, y), rng.choice(WORDS), fill=colour(rng), font=font(rng, rng.randint(12, 70) * scale))
        else:
            getattr(draw, kind)([x - r, y - r, x + r, y + r * rng.uniform(0.3, 1)], fill=fill, outline=colour(rng), width=width)
    return picture.resize((SIDE, SIDE), Image.LANCZOS) if scale > 1 else picture


def chart(rng):
    picture, draw = canvas(rng)
    ink = ink_on(rng, picture)
    step = rng.choice([4, 8, 16, 24, 40])
    for k in range(0, SIDE, step):
        draw.line([k, 0, k, SIDE], fill=colour(rng, 170, 230), width=1)
        draw.line([0, k, SIDE, k], fill=colour(rng, 170, 230), width=1)
    for _ in range(rng.randint(1, 5)):
        y, points = rng.uniform(50, 300), []
        for x in range(0, SIDE, rng.randint(2, 20)):
            y += rng.gauss(0, 12)
            points.append((x, y))
        draw.line(points, fill=colour(rng), width=rng.randint(1, 3))
    for k in range(rng.randint(0, 12)):
        draw.rectangle([k * 30, rng.randint(50, SIDE), k * 30 + 20, SIDE], fill=colour(rng), outline=ink)
    for _ in range(12):
        draw.text((rng.randint(0, SIDE), rng.randint(0, SIDE)), rng.choice(WORDS), fill=ink, font=font(rng, rng.choice([9, 11, 13])))
    return picture


def pattern(rng):
    """Checkerboards, stripes, sines, weaves and zone plates of fine period."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    a, b = (np.array(colour(rng), float) for _ in range(2))
    kind = rng.choice(["checker", "stripes", "sine", "weave", "zone"])
    period, turn = rng.choice([1, 2, 3, 4, 6, 9]), rng.uniform(0, math.pi)
    along = x * math.cos(turn) + y * math.sin(turn)
    if kind == "checker":
        share = ((x // period + y // period) % 2)
    elif kind == "stripes":
        share = (((x if rng.random() < 0.5 else y) // period) % 2)
    elif kind == "sine":
        share = 0.5 + 0.5 * np.sin(along * 2 * math.pi / (period + 1.3))
    elif kind == "weave":
        across = y * math.cos(turn) - x * math.sin(turn)
        p = period + 1.7
        share = 0.5 + 0.25 * np.sin(along * 2 * math.pi / p) * (1 + np.sign(np.sin(across * math.pi / p))) / 2 + 0.25 * np.sin(across * 2 * math.pi / p)
    else:
        share = 0.5 + 0.5 * np.cos(((x - SIDE / 2) ** 2 + (y - SIDE / 2) ** 2) * math.pi / SIDE / rng.uniform(1, 3))
    return Image.fromarray((a + (b - a) * share[..., None]).clip(0, 255).round().astype(np.uint8))


def photo_like(rng, photo):
    if photo is not None:
        h, w = photo.shape[:2]
        y, x = rng.randint(0, max(0, h - SIDE)), rng.randint(0, max(0, w - SIDE))
        return Image.fromarray(photo[y : y + SIDE, x : x + SIDE]).resize((SIDE, SIDE))
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    waves = sum(np.sin(rng.uniform(1, 9) * x + rng.uniform(1, 9) * y + rng.uniform(0, 6)) for _ in range(4)) / 8 + 0.5
    return Image.fromarray((waves * np.array(colour(rng, 80, 255))[:, None, None]).transpose(1, 2, 0).clip(0, 255).astype(np.uint8))


def dither(rng, photo=None):
    picture = photo_like(rng, photo)
    kind = rng.choice(["diffused", "ordered", "palette"])
    if kind == "diffused":
        return picture.convert("1").convert("RGB")
    if kind == "palette":
        return picture.quantize(rng.choice([4, 8, 16, 32]), dither=Image.Dither.FLOYDSTEINBERG).convert("RGB")
    matrix = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 + 1 / 32
    levels = rng.choice([1, 1, 3, 5])
    values = np.asarray(picture if rng.random() < 0.5 else picture.convert("L").convert("RGB")) / 255
    tiled = np.tile(matrix, (SIDE // 4, SIDE // 4))[..., None]
    return Image.fromarray((np.floor(values * levels + tiled).clip(0, levels) / levels * 255).astype(np.uint8))


def halftone(rng, photo=None):
    values = np.asarray(photo_like(rng, photo)) / 255
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    period, softness = rng.uniform(3, 8), rng.uniform(1, 8)
    channels = []
    for c, degrees in enumerate((15, 75, 0) if rng.random() < 0.5 else (45, 45, 45)):
        turn = math.radians(degrees)
        u, v = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
        screen = 0.5 + 0.25 * (np.cos(u * 2 * math.pi / period) + np.cos(v * 2 * math.pi / period))
        channels.append(1 / (1 + np.exp(-softness * 4 * (values[..., c] - screen).clip(-3, 3))))
    return Image.fromarray((np.stack(channels, -1) * 255).astype(np.uint8))


def code(rng):
    module = rng.choice([1, 2, 3, 5, 8])
    n = SIDE // module + 1
    bits = np.array([[rng.random() < 0.5 for _ in range(n)] for _ in range(n if rng.random() < 0.5 else 1)])
    bits = np.broadcast_to(bits, (n, n))
    picture = np.kron(bits, np.ones((module, module)))[:SIDE, :SIDE]
    return Image.fromarray((np.where(picture[..., None], 255 * np.ones(3), np.array(colour(rng, 0, 80)))).astype(np.uint8))


def stars(rng):
    sky = np.zeros((SIDE, SIDE, 3)) + np.array(colour(rng, 0, 30))
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    sky += 25 * np.exp(-((y - x * rng.uniform(0, 1) - 60) ** 2) / 9000)[..., None]
    for _ in range(rng.randint(60, 400)):
        cy, cx, bright, r = rng.uniform(0, SIDE), rng.uniform(0, SIDE), rng.uniform(10, 255) ** 1, rng.uniform(0.4, 1.2)
        t, l = max(0, int(cy) - 4), max(0, int(cx) - 4)
        part = np.exp(-((y[t : t + 9, l : l + 9] - cy) ** 2 + (x[t : t + 9, l : l + 9] - cx) ** 2) / 2 / r**2)
        sky[t : t + 9, l : l + 9] += bright * part[..., None] * np.array([rng.uniform(0.7, 1), rng.uniform(0.8, 1), 1])
    return Image.fromarray(sky.clip(0, 255).astype(np.uint8))


def gradient(rng):
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    a, b, c = (np.array(colour(rng), float) for _ in range(3))
    share, other = (x * rng.random() + y * rng.random())[..., None], np.hypot(x - rng.random(), y - rng.random())[..., None]
    return Image.fromarray((a + (b - a) * share + (c - b) * other * rng.random()).clip(0, 255).round().astype(np.uint8))


def screen(rng):
    picture, draw = canvas(rng, colour(rng, 200, 245) if rng.random() < 0.6 else colour(rng, 20, 60))
    for _ in range(rng.randint(2, 6)):
        x, y, w, h = rng.randint(0, 250), rng.randint(0, 250), rng.randint(60, 300), rng.randint(40, 250)
        draw.rounded_rectangle([x, y, x + w, y + h], rng.randint(0, 12), fill=colour(rng, 225, 255) if rng.random() < 0.6 else colour(rng, 30, 70), outline=colour(rng, 90, 160))
        draw.rectangle([x, y, x + w, y + 18], fill=colour(rng))
        for line in range(rng.randint(1, 9)):
            draw.text((x + 6, y + 24 + 15 * line), " ".join(rng.choices(WORDS, k=5)), fill=colour(rng, 0, 110), font=font(rng, rng.choice([9, 10, 11, 13])))
    return picture


KINDS = [text, text, shapes, shapes, chart, pattern, dither, halftone, code, stars, gradient, screen]


def make(seed, photos=()):
    """A picture (SIDE x SIDE x 3 bytes), determined by the seed and the photos."""
    rng = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    photo = rng.choice(photos) if len(photos) and rng.random() < 0.8 else None
    return np.asarray(kind(rng, photo) if kind in (dither, halftone) else kind(rng)).copy()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("folder")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--count", type=int, default=len(KINDS))
    a = p.parse_args()
    os.makedirs(a.folder, exist_ok=True)
    for seed in range(a.seed, a.seed + a.count):
        Image.fromarray(make(seed)).save(os.path.join(a.folder, f"{KINDS[seed % len(KINDS)].__name__}-{seed}.png"))


if __name__ == "__main__":
    main()
