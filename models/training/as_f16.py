#!/usr/bin/env python3
"""Stores the weights of a network as f16, for shipping: half the size.

    python3 as_f16.py FILE.safetensors OUT.safetensors
"""
import argparse
from safetensors import safe_open
from safetensors.torch import save_file


def main():
    p = argparse.ArgumentParser()
    p.add_argument("file")
    p.add_argument("out")
    a = p.parse_args()
    with safe_open(a.file, "pt") as f:
        save_file({k: f.get_tensor(k).half().contiguous() for k in f.keys()}, a.out, metadata=f.metadata())


if __name__ == "__main__":
    main()
