#!/usr/bin/env python3
"""Measures the networks `detect` and `repair`, and OpenCV's filling, on the set of repair_set.py.

    python3 repair_scores.py SET [--detect WEIGHTS] [--repair WEIGHTS] [--clean FOLDER] [--sensitivity N…] [--save FOLDER]

Needs opencv-python-headless for the comparison. With --clean it also counts the false marks on clean photos.
"""
import argparse, glob, math, os
import numpy as np
import torch
from PIL import Image
import repair
from rednet import load

TOLERANCE = 2  # px
LEVELS = {"low": 25, "medium": 50, "high": 75}


def read(file):
    return torch.from_numpy(np.asarray(Image.open(file).convert("RGB")).copy()).permute(2, 0, 1)[None] / 255


def read_set(folder, limit=None):
    """(clean, damaged, true mask H x W) of each picture of the set."""
    for file in sorted(glob.glob(os.path.join(folder, "clean", "*.png")))[:limit]:
        mask = np.asarray(Image.open(file.replace("clean", "masks")).convert("L")) > 127
        yield read(file), read(file.replace("clean", "damaged")), mask


def plane(mask):
    return torch.from_numpy(mask)[None, None].float()


def psnr(a, b, where=None):
    error = ((a - b) ** 2).mean(1)[0]
    return -10 * math.log10(float(error.mean() if where is None else error[torch.from_numpy(where)].mean()) + 1e-10)


class F1:
    """Of marked pixels with a tolerance, over all pictures."""

    def __init__(self):
        self.counts = np.zeros(4)

    def add(self, marked, true):
        near = lambda m: repair.dilated(plane(m), TOLERANCE)[0, 0].numpy() > 0
        self.counts += (marked & near(true)).sum(), marked.sum(), (true & near(marked)).sum(), true.sum()

    def value(self):
        right, marked, found, true = self.counts
        precision, recall = right / max(marked, 1), found / max(true, 1)
        return 2 * precision * recall / max(precision + recall, 1e-9), precision, recall


@torch.no_grad()
def measure_detect(net, folder, limit):
    """F1, precision and recall by threshold, of the network's own probabilities."""
    net.eval()
    scores = {t: F1() for t in (0.3, 0.5, 0.7)}
    for _, damaged, true in read_set(folder, limit):
        likely = repair.probability(net, damaged)[0, 0].numpy()
        for t, f1 in scores.items():
            f1.add(likely >= t, true)
    net.train()
    return {t: [round(float(v), 3) for v in f1.value()] for t, f1 in scores.items()}


@torch.no_grad()
def measure_repair(net, folder, limit):
    """PSNR in dB inside the true masks, given these dilated by 1 px and hidden; the gain of the whole picture, hidden and not."""
    net.eval()
    inside, gain, seen = [], [], []
    for clean, damaged, true in read_set(folder, limit):
        mask, before = repair.dilated(plane(true), 1), psnr(damaged, clean)
        output = repair.repaired(net, damaged, mask, mask)
        inside.append(psnr(output, clean, true))
        gain.append(psnr(output, clean) - before)
        seen.append(psnr(repair.repaired(net, damaged, mask, torch.zeros_like(mask)), clean) - before)
    net.train()
    return {name: round(float(np.mean(values)), 3) for name, values in (("inside", inside), ("gain", gain), ("seen", seen))}


MEASURES = {"detect": measure_detect, "repair": measure_repair}


def classical(kind):
    import cv2

    def fill(damaged, mask):
        picture = (damaged[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        output = cv2.inpaint(picture, (mask[0, 0].numpy() * 255).astype(np.uint8), 3, kind)
        return torch.from_numpy(output).permute(2, 0, 1)[None] / 255

    return fill


def save(picture, folder, name):
    os.makedirs(folder, exist_ok=True)
    Image.fromarray((picture[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()).save(os.path.join(folder, name))


@torch.no_grad()
def main():
    p = argparse.ArgumentParser()
    p.add_argument("set")
    p.add_argument("--detect")
    p.add_argument("--repair")
    p.add_argument("--clean")
    p.add_argument("--sensitivity", type=int, nargs="+", default=list(LEVELS.values()))
    p.add_argument("--limit", type=int)
    p.add_argument("--save", help="a folder for the pictures repaired with the true and the found marks")
    a = p.parse_args()
    pictures = list(read_set(a.set, a.limit))
    before = float(np.mean([psnr(damaged, clean) for clean, damaged, _ in pictures]))
    print(f"{len(pictures)} pictures, {np.mean([m.mean() for *_, m in pictures]):.2%} damaged, {before:.2f} dB\n")
    fills = {}
    try:
        import cv2
        fills = {"Telea": classical(cv2.INPAINT_TELEA), "Navier–Stokes": classical(cv2.INPAINT_NS)}
    except ImportError:
        print("no OpenCV: not compared")
    if a.repair:
        net = load(a.repair)[0]
        fills["repair"] = lambda damaged, mask: repair.repaired(net, damaged, mask, mask)
        fills["repair, not hidden"] = lambda damaged, mask: repair.repaired(net, damaged, mask, torch.zeros_like(mask))
    detect = load(a.detect)[0] if a.detect else None
    if a.repair and detect:

        def as_mask(damaged, mask):
            likely = repair.probability(detect, repair.halved(damaged), repair.DETECT_HALVINGS - 1)
            return repair.repaired(net, damaged, mask, plane(repair.without_damage(mask[0, 0].numpy() > 0, likely)))

        fills["repair, as a mask"] = as_mask
    print("| fill, true marks | inside, dB | whole, dB | gain, dB |\n|---|---|---|---|")
    for name, fill in fills.items():
        outputs = [fill(damaged, repair.dilated(plane(mask), 1)) for _, damaged, mask in pictures]
        inside = np.mean([psnr(o, clean, mask) for o, (clean, _, mask) in zip(outputs, pictures)])
        whole = np.mean([psnr(o, clean) for o, (clean, *_) in zip(outputs, pictures)])
        print(f"| {name} | {inside:.2f} | {whole:.2f} | {whole - before:.2f} |", flush=True)
        for k, output in enumerate(outputs if a.save and name == "repair" else []):
            save(output, a.save, f"{k:02}-true.png")
    if not detect:
        return
    likely = [repair.corrected(repair.probability(detect, damaged)[0, 0].numpy()) for _, damaged, _ in pictures]
    print("\n| sensitivity | F1 | precision | recall | marked | auto: whole, dB | gain, dB |\n|---|---|---|---|---|---|---|")
    for sensitivity in a.sensitivity:
        f1, wholes, shares = F1(), [], []
        for k, (probability, (clean, damaged, mask)) in enumerate(zip(likely, pictures)):
            f1.add(repair.marks(probability, sensitivity, margin=0), mask)
            marked = repair.marks(probability, sensitivity)
            shares.append(marked.mean())
            if a.repair:
                output = fills["repair, not hidden"](damaged, plane(marked))
                wholes.append(psnr(output, clean))
                if a.save:
                    save(output, a.save, f"{k:02}-auto-{sensitivity}.png")
        whole = np.mean(wholes) if wholes else float("nan")
        print(f"| {sensitivity} | {' | '.join(f'{v:.3f}' for v in f1.value())} | {np.mean(shares):.2%} | {whole:.2f} | {whole - before:.2f} |", flush=True)
    if a.clean:
        files = sorted(glob.glob(os.path.join(a.clean, "*.*")))
        likely = [repair.corrected(repair.probability(detect, read(f))[0, 0].numpy()) for f in files]
        print(f"\n| sensitivity | marked of {len(files)} clean photos: median | mean | most |\n|---|---|---|---|")
        for sensitivity in a.sensitivity:
            shares = [repair.marks(v, sensitivity).mean() for v in likely]
            print(f"| {sensitivity} | {np.median(shares):.3%} | {np.mean(shares):.3%} | {np.max(shares):.2%} |", flush=True)


if __name__ == "__main__":
    main()
