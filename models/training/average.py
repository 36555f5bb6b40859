#!/usr/bin/env python3
"""The weighted mean of two weight files of the same network: SHARE of the first, the rest of the second, which may have fewer input
planes (see `rednet.with_planes`).

    python3 average.py FIRST SECOND SHARE OUT
"""
import sys
from safetensors import safe_open
from safetensors.torch import save_file
from rednet import with_planes


def read(path):
    with safe_open(path, "pt") as f:
        return {k: f.get_tensor(k).float() for k in f.keys()}, f.metadata()


first, second, share, out = sys.argv[1:]
(one, metadata), (other, _) = read(first), read(second)
other = with_planes(other, one["enc.0.weight"].shape[1])
if {k: v.shape for k, v in one.items()} != {k: v.shape for k, v in other.items()}:
    sys.exit(f"{first} and {second} are not the same network")
save_file({k: float(share) * v + (1 - float(share)) * other[k] for k, v in one.items()}, out, metadata=metadata)
