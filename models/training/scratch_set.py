#!/usr/bin/env python3
"""Draws single scratches on intact photos, to measure how many of them are found.

    python3 scratch_set.py --photos PHOTOS OUT

Writes the folders OUT/bright-straight, bright-uneven, dark-straight and dark-uneven, each like a folder of repair_set.py, with
three scratches on each photo.
"""
import argparse, math, os, random
import numpy as np
import torch
from PIL import Image, ImageDraw
from photos import photo_files
from repair_set import bytes_of, save
from scratches import mixed

SCRATCHES = 3  # per photo
WIDTH = 2.5  # px
LEVELS = {"bright": 0.94, "dark": 0.05}
ENLARGED = 4  # scratches are drawn so much larger, for smooth edges


def scratch(rng, draw, width, height, uneven):
    """A line from side to side, slanted by up to 30°; an uneven one bends, and is 40 to 160 % as wide."""
    x, angle = rng.uniform(0.1, 0.9) * width, rng.uniform(-math.pi / 6, math.pi / 6)
    for y in range(height):
        angle += uneven * rng.gauss(0, 0.02)
        radius = ENLARGED * WIDTH / 2 * (rng.uniform(0.4, 1.6) if uneven else 1)
        at_x, at_y = ENLARGED * x, ENLARGED * y
        draw.ellipse([at_x - radius, at_y - radius, at_x + radius, at_y + radius], fill=255)
        step = math.tan(angle)
        draw.line([at_x, at_y, at_x + ENLARGED * step, at_y + ENLARGED], fill=255, width=max(1, round(2 * radius)))
        x += step


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--photos", required=True)
    p.add_argument("out")
    a = p.parse_args()
    for k, file in enumerate(photo_files(a.photos)):
        clean = torch.from_numpy(np.asarray(Image.open(file).convert("RGB")).copy()).permute(2, 0, 1)[None] / 255
        height, width = clean.shape[2:]
        for name, level in LEVELS.items():
            for uneven in (False, True):
                rng = random.Random(1000 * k + uneven)
                drawn = Image.new("L", (ENLARGED * width, ENLARGED * height))
                for _ in range(SCRATCHES):
                    scratch(rng, ImageDraw.Draw(drawn), width, height, uneven)
                opacity = np.asarray(drawn.resize((width, height), Image.BOX))
                opacity = torch.from_numpy(opacity.copy())[None, None] / 255
                folder = os.path.join(a.out, f"{name}-{'uneven' if uneven else 'straight'}")
                for part, value in (("clean", clean), ("damaged", mixed(clean, opacity, level)), ("masks", (opacity > 0.5).float())):
                    save(bytes_of(value[0]), os.path.join(folder, part), f"{k:02}.png")


if __name__ == "__main__":
    main()
