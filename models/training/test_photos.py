#!/usr/bin/env python3
"""Generates the test pictures of `tests/noise/`: camera and film noise, each with its noise-free counterpart, and
noise-free graphics that must not be harmed.

    python3 test_photos.py CLEAN_PHOTOS OUT

CLEAN_PHOTOS are the CC0 photos of `tests/photos/README.md` at 1600 px. The seeds are not used in training.
"""
import argparse, glob, os
import numpy as np
import torch
from PIL import Image
import camera, graphics

SIDE = 192
# Name, noise seed and JPEG quality (None: PNG).
PHOTOS = [("camera", 11, None), ("camera", 25, 92), ("camera", 37, 75), ("camera", 41, None), ("film", 5, None), ("film", 6, 85)]
GRAPHICS_SEEDS = range(5000, 5012)


def to_image(x):
    return Image.fromarray((x[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy())


def save(picture, path, quality):
    path = f"{path}.{'jpg' if quality else 'png'}"
    picture.save(path, **(dict(quality=quality) if quality else dict(optimize=True)))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("photos")
    p.add_argument("out")
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    for index, (file, (kind, seed, quality)) in enumerate(zip(sorted(glob.glob(os.path.join(a.photos, "*.jpg"))), PHOTOS)):
        photo = Image.open(file).convert("RGB")
        photo = photo.resize((photo.width // 2, photo.height // 2), Image.BOX)
        left, top = (photo.width - SIDE) // 2, (photo.height - SIDE) // 2
        clean = torch.from_numpy(np.asarray(photo.crop((left, top, left + SIDE, top + SIDE))).copy()).permute(2, 0, 1)[None] / 255
        torch.manual_seed(seed)
        noisy, target = camera.developed(clean) if kind == "camera" else (camera.film(clean, torch.full((1, 1, 1, 1), 12 / 255)), clean)
        name = os.path.join(a.out, f"{kind}-{index}")
        save(to_image(noisy), f"{name}-noisy", quality)
        save(to_image(target), f"{name}-clean", None)
        print(name, "σ", round(float((noisy.clamp(0, 1) - target).square().mean().sqrt()) * 255, 2))
    for seed in GRAPHICS_SEEDS:
        picture = Image.fromarray(graphics.make(seed)).crop((0, 0, SIDE, SIDE))
        kind = graphics.KINDS[seed % len(graphics.KINDS)].__name__
        save(picture, os.path.join(a.out, f"graphics-{kind}-{seed % 100}"), 90 if seed % 3 == 0 else None)


if __name__ == "__main__":
    main()
