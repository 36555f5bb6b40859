#!/usr/bin/env python3
"""Measures a weight file on every test set with `redawn eval`, prints the scores and writes them into its metadata; or
measures `redawn restore` with its default settings on real photos.

    python3 scores.py WEIGHTS.safetensors SETS [--redawn PROGRAM]
    python3 scores.py --real FOLDER… [--redawn PROGRAM] [--each]

SETS has a folder of clean pictures for each test set; missing sets are skipped. A FOLDER of real photos has
NAME_real.png, the camera's picture, and NAME_mean.png, the mean of many shots.
"""
import argparse, glob, json, math, os, subprocess, tempfile
import numpy as np
from PIL import Image

# Task: the sets, with options that follow the papers' protocols; the damage option, and its levels.
PROTOCOLS = {
    "noise": ({"CBSD68": [], "Kodak24": [], "McMaster": [], "Set12": ["--grey"], "BSD68": ["--grey"]}, "--noise", (15, 25, 50)),
    "jpeg": ({"LIVE1": [], "LIVE1 luma": ["--grey"], "Classic5": ["--grey"]}, "--jpeg", (10, 20, 30, 40)),
    "sr": ({"Set5": [], "Set14": []}, "--scale", (2, 3, 4)),
}
FIXED_SIGMAS = (5, 8, 10, 15)
MAX_PSNR = 99.0  # dB, for unchanged pictures


def measure(weights, sets_folder, redawn):
    from safetensors import safe_open
    from safetensors.torch import save_file

    with safe_open(weights, "pt") as f:
        tensors, metadata = {k: f.get_tensor(k) for k in f.keys()}, f.metadata()
    sets, option, levels = PROTOCOLS[json.loads(metadata["rednet"])["task"]]
    scores = {}
    for name, options in sets.items():
        folder = os.path.join(sets_folder, name.split()[0])
        if not os.path.isdir(folder):
            print(f"no {folder}: skipped")
            continue
        for level in levels:
            command = [redawn, "eval", folder, option, str(level), "--model", weights, "--device", "cpu", "--json", *options]
            lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
            mean = json.loads(lines[-1])
            numbers = [round(mean[when][measure], places) for measure, places in (("psnr", 2), ("ssim", 4)) for when in ("before", "classical", "after")]
            scores.setdefault(name, {})[level] = dict(psnr=numbers[2], ssim=numbers[5])
            print(f"| {name} | {len(lines) - 1} | {level} | {numbers[0]} | {numbers[1]} | **{numbers[2]}** | {numbers[3]} | {numbers[5]} |", flush=True)
    metadata["scores"] = json.dumps(scores)
    save_file(tensors, weights + ".part", metadata=metadata)
    os.replace(weights + ".part", weights)


def psnr(a, b):
    error = float(((a - b) ** 2).mean())
    return min(MAX_PSNR, 10 * math.log10(255**2 / error)) if error else MAX_PSNR


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(float)


def restored(redawn, files, *options):
    """Restores all files on the CPU in one run of `redawn restore`."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([redawn, "restore", *files, "-o", folder, "--device", "cpu", "--quiet", *options], check=True)
        return [pixels(os.path.join(folder, os.path.basename(f))) for f in files]


def measure_real(folder, redawn, each):
    noisy = sorted(glob.glob(os.path.join(folder, "*_real.*")))
    means = [glob.glob(os.path.splitext(f)[0].replace("_real", "_mean") + ".*")[0] for f in noisy]
    truth = [pixels(f) for f in means]
    scores = lambda pictures: [psnr(a, b) for a, b in zip(pictures, truth)]
    before, auto = scores([pixels(f) for f in noisy]), scores(restored(redawn, noisy))
    fixed = {sigma: scores(restored(redawn, noisy, "--noise", str(sigma), "--jpeg", "none")) for sigma in FIXED_SIGMAS}
    clean = scores(restored(redawn, means))
    best, sigma = max((np.mean(v), sigma) for sigma, v in fixed.items())
    best_each = np.mean([max(v) for v in zip(*fixed.values())])
    name = os.path.basename(os.path.normpath(folder))
    print(f"| {name} | {len(noisy)} | {np.mean(before):.2f} | **{np.mean(auto):.2f}** | {best:.2f} (σ {sigma}) | {best_each:.2f} | {np.mean(clean):.1f} | {min(clean):.1f} |", flush=True)
    for k, file in enumerate(noisy if each else []):
        print(f"|   {os.path.basename(file)} | | {before[k]:.2f} | {auto[k]:.2f} | | {max(v[k] for v in fixed.values()):.2f} | {clean[k]:.1f} | |")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("weights", nargs="?")
    p.add_argument("sets", nargs="?")
    p.add_argument("--real", nargs="+", default=[], metavar="FOLDER")
    p.add_argument("--each", action="store_true", help="also print a line for each real photo")
    p.add_argument("--redawn", default="redawn")
    a = p.parse_args()
    if a.real:
        print("| set | photos | noisy | auto | best σ for all | best σ for each | means through auto | the worst of these |\n|---|---|---|---|---|---|---|---|")
    for folder in a.real:
        measure_real(folder, a.redawn, a.each)
    if a.weights:
        measure(a.weights, a.sets, a.redawn)


if __name__ == "__main__":
    main()
