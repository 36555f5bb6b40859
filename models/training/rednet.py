"""RED-Net as `src/engine/` runs it, and loading its weight files."""
import json, math
import torch, torch.nn as nn, torch.nn.functional as F


class REDNet(nn.Module):
    """`pairs` convolutions and as many deconvolutions of `width` channels; the outer pair has stride `stride`.

    Every second encoder activation is added to the mirrored decoder layer before its ReLU. Output = input + F(input).
    Deconvolutions of stride 1 are stored as the convolutions they equal.
    """

    def __init__(self, planes_in, planes_out, pairs, width, stride):
        super().__init__()
        self.pairs, self.planes_out = pairs, planes_out
        outer = dict(kernel_size=4, stride=2, padding=1) if stride == 2 else dict(kernel_size=3, padding=1)
        inner = dict(kernel_size=3, padding=1)
        self.enc = nn.ModuleList([nn.Conv2d(planes_in, width, **outer)] + [nn.Conv2d(width, width, **inner) for _ in range(pairs - 1)])
        self.dec = nn.ModuleList([nn.Conv2d(width, width, **inner) for _ in range(pairs - 1)])
        self.out = nn.ConvTranspose2d(width, planes_out, **outer) if stride == 2 else nn.Conv2d(width, planes_out, **inner)
        for layer in [*self.enc, *self.dec]:
            nn.init.orthogonal_(layer.weight, math.sqrt(2))
            nn.init.zeros_(layer.bias)
        for layer in self.dec:
            layer.weight.data.mul_(0.7)
        nn.init.normal_(self.out.weight, 0, 1e-3)
        nn.init.zeros_(self.out.bias)

    def forward(self, x, watch=lambda activation: None):
        """Calls `watch` with the activation of each hidden layer, in order."""
        h, skips = x, {}
        for i, layer in enumerate(self.enc):
            h = F.relu(layer(h))
            watch(h)
            if i % 2 == 1 and i < self.pairs - 1:
                skips[i] = h
        for j, layer in enumerate(self.dec):
            h = layer(h)
            mirrored = self.pairs - 2 - j
            if mirrored in skips:
                h = h + skips[mirrored]
            h = F.relu(h)
            watch(h)
        return x[:, : self.planes_out] + self.out(h)

    @torch.no_grad()
    def revive(self, inputs):
        """Reinitialises channels that are never active on `inputs`, and returns their number.

        Without normalisation, too large a step leaves a channel at 0 for every picture, where it gets no gradient; a
        whole layer of these cuts off everything behind it. The new input weights are random and the output weights
        zero, so that the network's output does not change.
        """
        active = None
        for x in inputs:
            shares = []
            self(x, lambda h: shares.append((h > 0).float().mean((0, 2, 3))))
            active = shares if active is None else [torch.maximum(a, b) for a, b in zip(active, shares)]
        layers = [*self.enc, *self.dec, self.out]
        dead = 0
        for layer, after, share in zip(layers, layers[1:], active):
            for c in (share < 1e-4).nonzero().flatten().tolist():
                fresh = torch.randn_like(layer.weight[c])
                fresh -= fresh.mean()
                layer.weight[c] = fresh * math.sqrt(1 / fresh.numel())
                layer.bias[c] = 0
                (after.weight[c] if isinstance(after, nn.ConvTranspose2d) else after.weight[:, c]).zero_()
                dead += 1
        return dead

    @torch.no_grad()
    def deepen(self, weights, pairs):
        """Loads the weights of a network of fewer `pairs`; the output stays that network's.

        The new pairs go in the middle, under a skip of their own, with random weights. The layers between the old
        middle and that skip start as the identity, and the deconvolution it is added to as zero. Exits if there are
        too few new pairs for such a skip.
        """
        added = self.pairs - pairs
        own = self.state_dict()
        for name, value in weights.items():
            kind, number, *rest = name.split(".")
            own[".".join([kind, str(int(number) + added), *rest]) if kind == "dec" else name].copy_(value)
        skip = pairs - 1 + pairs % 2
        if skip >= self.pairs - 1:
            raise SystemExit(f"{self.pairs} pairs have no skip over the middle of {pairs}: use one or two more")
        identity = range(pairs, skip + 1), range(self.pairs - 1 - skip, added)
        for layer in [self.enc[i] for i in identity[0]] + [self.dec[j] for j in identity[1]]:
            nn.init.dirac_(layer.weight)
        self.dec[self.pairs - 2 - skip].weight.zero_()


@torch.no_grad()
def widened(weights, width):
    """Weights of a network of `width` channels with the same output as one of fewer.

    New channels have random input weights; what they add to the old channels and to the output starts as zero.
    """
    old = weights["enc.0.bias"].numel()
    wide = {}
    for name, value in weights.items():
        value = value.float()
        shape = list(value.shape)
        if name != "out.bias":
            shape = [width if side == old else side for side in shape]
        new = torch.zeros(shape)
        if value.dim() == 4 and not name.startswith("out."):
            new[old:] = torch.randn(new[old:].shape) / math.sqrt(math.prod(shape[1:]))
        new[tuple(slice(side) for side in value.shape)] = value
        wide[name] = new
    return wide


def with_planes(weights, planes):
    """Weights of a network of so many input planes with the same output as one of fewer: the new ones, before the last, count 0."""
    first = weights["enc.0.weight"]
    new = torch.zeros_like(first[:, :1]).repeat(1, planes - first.shape[1], 1, 1)
    return weights | {"enc.0.weight": torch.cat([first[:, :-1], new, first[:, -1:]], 1)}


def load(path):
    """The network of a .safetensors file, and its metadata."""
    from safetensors import safe_open

    with safe_open(path, "pt") as f:
        shape = json.loads(f.metadata()["rednet"])
        net = REDNet(*(shape[k] for k in ("planes_in", "planes_out", "pairs", "width", "stride")))
        net.load_state_dict({k: f.get_tensor(k) for k in f.keys() if not k.startswith("golden.")})
        return net.eval(), f.metadata()
