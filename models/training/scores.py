#!/usr/bin/env python3
"""Measures a weight file on every test set with `redawn eval`, writes the scores into its metadata, prints them.

    python3 scores.py WEIGHTS.safetensors SETS [--redawn PROGRAM]

SETS is a folder with a folder of clean pictures for each set; those that are missing are left out.
"""
import argparse, json, os, subprocess
from safetensors import safe_open
from safetensors.torch import save_file

# Task: sets, with how they are measured in the papers; the option that damages, and its levels.
PROTOCOLS = {
    "noise": ({"CBSD68": [], "Kodak24": [], "McMaster": [], "Set12": ["--grey"], "BSD68": ["--grey"]}, "--noise", (15, 25, 50)),
    "jpeg": ({"LIVE1": [], "LIVE1 luma": ["--grey"], "Classic5": ["--grey"]}, "--jpeg", (10, 20, 30, 40)),
    "sr": ({"Set5": [], "Set14": []}, "--scale", (2, 3, 4)),
}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("weights")
    p.add_argument("sets")
    p.add_argument("--redawn", default="redawn")
    a = p.parse_args()
    with safe_open(a.weights, "pt") as f:
        tensors, metadata = {k: f.get_tensor(k) for k in f.keys()}, f.metadata()
    sets, option, levels = PROTOCOLS[json.loads(metadata["rednet"])["task"]]
    scores = {}
    for name, how in sets.items():
        folder = os.path.join(a.sets, name.split()[0])
        if not os.path.isdir(folder):
            print(f"no {folder}: left out")
            continue
        for level in levels:
            command = [a.redawn, "eval", folder, option, str(level), "--model", a.weights, "--device", "cpu", "--json", *how]
            lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
            mean = json.loads(lines[-1])
            numbers = [round(mean[when][measure], places) for measure, places in (("psnr", 2), ("ssim", 4)) for when in ("before", "classical", "after")]
            scores.setdefault(name, {})[level] = dict(psnr=numbers[2], ssim=numbers[5])
            print(f"| {name} | {len(lines) - 1} | {level} | {numbers[0]} | {numbers[1]} | **{numbers[2]}** | {numbers[3]} | {numbers[5]} |", flush=True)
    metadata["scores"] = json.dumps(scores)
    save_file(tensors, a.weights + ".part", metadata=metadata)
    os.replace(a.weights + ".part", a.weights)


if __name__ == "__main__":
    main()
