#!/usr/bin/env python3
"""Cross-checks `redawn eval` with PyTorch: the same damage, the same scores to 0.01 dB.

    python3 evaluate.py WEIGHTS.safetensors FOLDER --noise 25 [--seed 0]
    python3 evaluate.py WEIGHTS.safetensors FOLDER --scale 2

Prints a JSON object: PSNR (dB) and SSIM (scikit-image) of each picture before and after.
"""
import argparse, json, math, os
import numpy as np
import torch
from PIL import Image
from skimage.metrics import structural_similarity
from damage import bicubic, luma
from rednet import load


def noise(shape, seed):
    """The noise of `redawn eval`: SplitMix64 and Box-Muller, plane by plane."""
    bits = 2**64 - 1
    with np.errstate(over="ignore"):
        steps = np.arange(1, 2 * math.prod(shape) + 1, dtype=np.uint64)
        z = np.uint64(seed * 0x9E3779B97F4A7C15 & bits) + steps * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    uniform = ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) / 2.0**53
    radius, angle = np.sqrt(-2 * np.log(1 - uniform[0::2])), 2 * math.pi * uniform[1::2]
    return torch.from_numpy((radius * np.cos(angle)).astype(np.float32).reshape(shape))


def similarity(a, b):
    a, b = a.double(), b.double()
    window = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    ssim = structural_similarity(a[0].numpy(), b[0].numpy(), channel_axis=0, data_range=1, **window)
    return {"psnr": round(-10 * math.log10(float(((a - b) ** 2).mean())), 4), "ssim": round(float(ssim), 6)}


@torch.no_grad()
def score(net, clean, a, seed):
    plane = lambda value: torch.full_like(clean[:, :1], value)
    if a.noise:
        damaged = clean + a.noise / 255 * noise(tuple(clean.shape), seed)
        restored = net(torch.cat([damaged, plane(a.noise / 255)], 1)).clamp(0, 1)
    else:
        s = a.scale
        h, w = clean.shape[2] // s, clean.shape[3] // s
        clean = clean[..., : h * s, : w * s]
        damaged = bicubic(bicubic(clean, (h, w)), (h * s, w * s))
        restored = net(torch.cat([luma(damaged), plane(s / 4)[..., : h * s, : w * s]], 1)).clamp(0, 1)
        cropped = lambda y: y.clamp(0, 1)[..., s:-s, s:-s] * 219 / 255
        clean, damaged, restored = cropped(luma(clean)), cropped(luma(damaged)), cropped(restored)
    return {"before": similarity(clean, damaged), "after": similarity(clean, restored)}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("weights")
    p.add_argument("folder")
    p.add_argument("--noise", type=float, default=0)
    p.add_argument("--scale", type=int, choices=(2, 3, 4), default=2)
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    (net, _), scores = load(a.weights), {}
    for index, name in enumerate(sorted(os.listdir(a.folder))):
        rgb = np.asarray(Image.open(os.path.join(a.folder, name)).convert("RGB")).copy()
        clean = torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255
        scores[name] = score(net, clean, a, a.seed + index)
    print(json.dumps(scores))


if __name__ == "__main__":
    main()
