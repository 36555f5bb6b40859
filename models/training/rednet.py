"""The network itself: RED-Net as `src/engine/` runs it, and weight files read and written."""
import json, math
import torch, torch.nn as nn, torch.nn.functional as F


class REDNet(nn.Module):
    """`pairs` convolutions and as many deconvolutions of `width` features; the outer pair has `stride`.

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
        """`watch` sees what every hidden layer gives, in their order."""
        h, kept = x, {}
        for i, layer in enumerate(self.enc):
            h = F.relu(layer(h))
            watch(h)
            if i % 2 == 1 and i < self.pairs - 1:
                kept[i] = h
        for j, layer in enumerate(self.dec):
            h = layer(h)
            mirrored = self.pairs - 2 - j
            if mirrored in kept:
                h = h + kept[mirrored]
            h = F.relu(h)
            watch(h)
        return x[:, : self.planes_out] + self.out(h)

    @torch.no_grad()
    def revive(self, inputs):
        """Gives features that never fire on `inputs` a new start; how many there were.

        Without normalisation a step too far leaves a feature at 0 for every picture, and no gradient brings it back: of
        a whole layer it cuts off all that lies behind. A new start has random weights on the way in and none on the way
        out, so that the network gives what it gave.
        """
        fires = None
        for x in inputs:
            now = []
            self(x, lambda h: now.append((h > 0).float().mean((0, 2, 3))))
            fires = now if fires is None else [torch.maximum(a, b) for a, b in zip(fires, now)]
        layers = [*self.enc, *self.dec, self.out]
        dead = 0
        for layer, after, share in zip(layers, layers[1:], fires):
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
        """Takes the weights of a network of fewer `pairs`, and gives what that gave.

        Ends the program where the new pairs are too few for a skip of their own. The new pairs lie in the middle. The outermost skip over them carries all there is, and the deconvolution it
        is added to begins at 0: from there on the new layers, with their random weights, learn what is missing.
        """
        more = self.pairs - pairs
        own = self.state_dict()
        for name, value in weights.items():
            kind, number, *rest = name.split(".")
            own[".".join([kind, str(int(number) + more), *rest]) if kind == "dec" else name].copy_(value)
        kept = pairs - 1 + pairs % 2
        if kept >= self.pairs - 1:
            raise SystemExit(f"{self.pairs} pairs have no skip over the middle of {pairs}: take one or two more")
        carry = range(pairs, kept + 1), range(self.pairs - 1 - kept, more)
        for layer in [self.enc[i] for i in carry[0]] + [self.dec[j] for j in carry[1]]:
            nn.init.dirac_(layer.weight)
        self.dec[self.pairs - 2 - kept].weight.zero_()


def load(path):
    """The network of a .safetensors file, and its metadata."""
    from safetensors import safe_open

    with safe_open(path, "pt") as f:
        shape = json.loads(f.metadata()["rednet"])
        net = REDNet(*(shape[k] for k in ("planes_in", "planes_out", "pairs", "width", "stride")))
        net.load_state_dict({k: f.get_tensor(k) for k in f.keys() if not k.startswith("golden.")})
        return net.eval(), f.metadata()
