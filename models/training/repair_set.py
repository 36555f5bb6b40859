#!/usr/bin/env python3
"""Composes the held-back test set for scratches: photos and overlays that training never uses.

    python3 repair_set.py --photos PHOTOS --damage DAMAGE OUT

Writes OUT/clean, OUT/damaged and OUT/masks (white: visible damage), PNG files of the same names.
"""
import argparse, os
import torch
import numpy as np
from PIL import Image
import scratches
from photos import photo_files

SIDE = 512  # px


def square(file, k):
    """A photo's middle, downscaled by 1 to 2."""
    photo = Image.open(file).convert("RGB")
    side = min(photo.width, photo.height, SIDE * (4 + k % 5) // 4)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    return photo.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.LANCZOS)


def bytes_of(x):
    return (x.clamp(0, 1) * 255).round().byte()


def save(x, folder, name):
    os.makedirs(folder, exist_ok=True)
    Image.fromarray(x.permute(1, 2, 0).squeeze(2).numpy() if len(x) == 1 else x.permute(1, 2, 0).numpy()).save(os.path.join(folder, name))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--photos", required=True)
    p.add_argument("--damage", required=True)
    p.add_argument("out")
    a = p.parse_args()
    kinds = {kind: scratches.held_back(files) for kind, files in scratches.overlay_files(a.damage).items()}
    names = list(kinds)
    for k, file in enumerate(scratches.held_back(photo_files(a.photos))):
        torch.manual_seed(k)
        clean = torch.from_numpy(np.asarray(square(file, k)).copy()).permute(2, 0, 1)[None] / 255
        if k % 3 == 1:
            clean = scratches.print_of(clean)
        clean = (clean * 255).round() / 255
        damaged = clean
        for j in range(3):
            files = kinds[names[(5 * k + j * 3) % len(names)]]
            overlay = scratches.Overlays([scratches.opacity_of(files[(k + j) % len(files)])], [1.0], "cpu")
            opacity = overlay.place(1, SIDE, 0.8, 2) * (0.7 + 0.3 * torch.rand(1))
            light = 0.9 + 0.1 * torch.rand(1) if torch.rand(1) < 0.75 else 0.15 * torch.rand(1)
            damaged = scratches.mixed(damaged, opacity, light)
        damaged = (damaged * 255).round() / 255
        name = f"{k:02}.png"
        save(bytes_of(clean[0]), os.path.join(a.out, "clean"), name)
        save(bytes_of(damaged[0]), os.path.join(a.out, "damaged"), name)
        save(bytes_of(scratches.visible(clean, damaged)[0]), os.path.join(a.out, "masks"), name)


if __name__ == "__main__":
    main()
