#!/usr/bin/env python3
"""Train a RED-Net for denoising, super-resolution or JPEG artefacts, on a CPU or a CUDA device.

Everything but the first read of the photos runs on the training device, so that a fast device is never starved.
Training can be stopped and resumed: NAME.pt holds weights, averaged weights, optimizer and step count.

    python3 train.py --task noise --photos DIR --out NAME --pairs 10 --width 64 --stride 2 --minutes 60
    python3 train.py --task noise --photos DIR --out NAME --minutes 0      # only measure and export NAME.safetensors

Tasks (input planes -> output planes, all values 0..1 of the encoded, gamma-bearing picture):
    noise  R, G, B, sigma/255          -> R, G, B     Gaussian noise, sigma drawn from 0..75; a share of it as cameras leave it
    sr     Y, scale/4                  -> Y           bicubic down and up by 2, 3 or 4; Y = BT.601 luma, full range
    jpeg   R, G, B, (100-quality)/100  -> R, G, B     baseline JPEG of quality 5..95, 4:2:0 or 4:4:4
"""
import argparse, contextlib, glob, json, math, os, time
import numpy as np
import torch, torch.nn as nn, torch.nn.functional as F
from PIL import Image

PLANES = {"noise": (4, 3), "sr": (2, 1), "jpeg": (4, 3)}


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


class Photos:
    """All photos in one byte tensor on the device; patches are gathered by index, flipped and turned on the way."""

    def __init__(self, folder, device):
        images = [np.asarray(Image.open(f).convert("RGB")) for f in sorted(glob.glob(os.path.join(folder, "**", "*"), recursive=True)) if f.lower().endswith((".jpg", ".jpeg", ".png", ".webp"))]
        if not images:
            raise SystemExit(f"no photos in {folder}")
        self.bytes = torch.from_numpy(np.concatenate([i.reshape(-1) for i in images])).to(device)
        self.offset = torch.tensor(np.cumsum([0] + [i.size for i in images[:-1]]), device=device)
        self.height = torch.tensor([i.shape[0] for i in images], device=device)
        self.width = torch.tensor([i.shape[1] for i in images], device=device)
        area = self.height * self.width
        self.weight = area.clamp(max=1_500_000).float()
        self.device = device
        print(f"{len(images)} photos, {int(area.sum()) / 1e6:.0f} MP", flush=True)

    def patches(self, batch, size):
        d = self.device
        i = torch.multinomial(self.weight, batch, replacement=True)
        y = (torch.rand(batch, device=d) * (self.height[i] - size + 1)).long()
        x = (torch.rand(batch, device=d) * (self.width[i] - size + 1)).long()
        a = torch.arange(size, device=d)
        rows, cols = a[None, :, None].expand(batch, size, size), a[None, None, :].expand(batch, size, size)
        flip_rows, flip_cols, turn = (torch.rand(3, batch, 1, 1, device=d) < 0.5)
        rows, cols = torch.where(flip_rows, size - 1 - rows, rows), torch.where(flip_cols, size - 1 - cols, cols)
        rows, cols = torch.where(turn, cols, rows), torch.where(turn, rows, cols)
        at = self.offset[i][:, None, None] + ((y[:, None, None] + rows) * self.width[i][:, None, None] + x[:, None, None] + cols) * 3
        return torch.stack([self.bytes[at + c] for c in range(3)], 1).float() / 255


def luma(rgb):
    r, g, b = rgb.unbind(1)
    return (0.299 * r + 0.587 * g + 0.114 * b)[:, None]


def bicubic(x, size):
    return F.interpolate(x, size=size, mode="bicubic", antialias=True, align_corners=False)


def jpeg(x, quality, chroma_half):
    """Baseline JPEG as arithmetic: 8x8 DCT, the standard tables scaled by `quality`, rounding. x: Bx3xHxW, sides multiples of 16."""
    d = x.device
    k = torch.arange(8, device=d, dtype=torch.float32)
    dct = torch.cos((2 * k[None] + 1) * k[:, None] * math.pi / 16) * torch.where(k == 0, math.sqrt(1 / 8), math.sqrt(2 / 8))[:, None]
    luma_table = torch.tensor([16,11,10,16,24,40,51,61,12,12,14,19,26,58,60,55,14,13,16,24,40,57,69,56,14,17,22,29,51,87,80,62,18,22,37,56,68,109,103,77,24,35,55,64,81,104,113,92,49,64,78,87,103,121,120,101,72,92,95,98,112,100,103,99.], device=d).view(8, 8)
    chroma_table = torch.full((8, 8), 99.0, device=d)
    chroma_table[:4, :4] = torch.tensor([[17,18,24,47],[18,21,26,66],[24,26,56,99],[47,66,99,99.]], device=d)
    factor = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)[:, None, None, None, None]
    r, g, b = (x * 255).round().unbind(1)
    y = 0.299 * r + 0.587 * g + 0.114 * b
    planes = [y - 128, (b - y) / 1.772, (r - y) / 1.402]

    def through(p, table):
        n, h, w = p.shape
        blocks = p.view(n, h // 8, 8, w // 8, 8).permute(0, 1, 3, 2, 4)
        q = ((table * factor + 50) / 100).floor().clamp(1, 255)
        c = (dct @ blocks @ dct.T / q).round() * q
        return (dct.T @ c @ dct).permute(0, 1, 3, 2, 4).reshape(n, h, w)

    y = through(planes[0], luma_table)
    chroma = []
    for p in planes[1:]:
        full = through(p, chroma_table)
        half = through(F.avg_pool2d(p[:, None], 2)[:, 0], chroma_table)
        half = F.interpolate(half[:, None], scale_factor=2, mode="bilinear", align_corners=False)[:, 0]
        chroma.append(torch.where(chroma_half[:, None, None], half, full))
    cb, cr = chroma
    y = y + 128
    rgb = torch.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], 1)
    return rgb.round().clamp(0, 255) / 255


def blurred(noise, radius):
    """Noise of every sample blurred by a Gaussian of its own radius (px, B), its variance made 1 again."""
    b, c, h, w = noise.shape
    k = torch.arange(-4, 5, device=noise.device)
    kernel = torch.exp(-(k**2) / (2 * radius.clamp(min=0.1)[:, None] ** 2))
    kernel = (kernel / kernel.square().sum(1, keepdim=True).sqrt()).repeat_interleave(c, 0)[:, None]
    noise = F.pad(noise, (4, 4, 4, 4), mode="reflect").view(1, b * c, h + 8, w + 8)
    noise = F.conv2d(F.conv2d(noise, kernel[..., None], groups=b * c), kernel[:, :, None], groups=b * c)
    return noise.view(b, c, h, w)


def camera(clean, sigma, draw=None):
    """Noise as files from cameras and scanners have it, of about `sigma` (0..1, Bx1x1x1): brightness and colour with a
    grain of their own, stronger or weaker in the light, clipped, and half the time coded as JPEG.

    `draw` (7xB, uniform in 0..1) chooses grain, colour, light and coding; None: by chance.
    """
    b, d = clean.shape[0], clean.device
    u = torch.rand(7, b, device=d) if draw is None else draw
    white = torch.randn_like(clean)
    light = white.mean(1, keepdim=True)
    grain = u[0] ** 1.5
    light_part = blurred(light, grain)
    colour_part = blurred(white - light, grain + u[1])
    noise = light_part + (0.3 + u[2])[:, None, None, None] * colour_part
    strength = noise * (0.05 + clean) ** (u[3] - 0.5)[:, None, None, None]
    noise = strength / strength.square().mean((1, 2, 3), keepdim=True).sqrt()
    noisy = ((clean + sigma * noise).clamp(0, 1) * 255).round() / 255
    coded = jpeg(noisy, (60 + 38 * u[4]).round(), u[5] < 0.5)
    return torch.where((u[6] < 0.5)[:, None, None, None], coded, noisy)


def make_pair(task, photos, batch, size, camera_share=0.0):
    """Returns (input planes, clean target, border to leave out of the loss)."""
    clean = photos.patches(batch, size)
    d, one = clean.device, torch.ones(batch, 1, size, size, device=clean.device)
    if task == "noise":
        grey = torch.rand(batch, 1, 1, 1, device=d) < 0.2
        clean = torch.where(grey, luma(clean).expand(-1, 3, -1, -1), clean)
        noise = torch.randn_like(clean)
        noise = torch.where(grey, noise[:, :1].expand(-1, 3, -1, -1), noise)
        sigma = torch.rand(batch, 1, 1, 1, device=d) * 75 / 255
        noisy = clean + sigma * noise
        real = int(torch.binomial(torch.tensor(float(batch)), torch.tensor(camera_share)))
        if real:  # their sigma is never known well: half to a quarter more
            noisy[:real] = camera(clean[:real], sigma[:real])
            sigma[:real] *= 0.5 + 0.75 * torch.rand(real, 1, 1, 1, device=d)
        return torch.cat([noisy, sigma * one], 1), clean, 0
    if task == "sr":
        clean = luma(clean)
        scale = int(torch.randint(2, 5, (1,)))
        small = bicubic(clean, size // scale)
        small = torch.where(torch.rand(batch, 1, 1, 1, device=d) < 0.5, (small * 255).round() / 255, small)
        return torch.cat([bicubic(small, size), scale / 4 * one], 1), clean, 6
    quality = 5 + torch.rand(batch, device=d) * 90
    damaged = jpeg(clean, quality.round(), torch.rand(batch, device=d) < 0.6)
    return torch.cat([damaged, (1 - quality / 100).view(-1, 1, 1, 1) * one], 1), clean, 0


def autocast(device):
    """bfloat16 where it is faster: on a CPU without AVX-512 it takes ten times as long as f32."""
    fast = device.type == "cuda" or "AVX512" in torch.backends.cpu.get_cpu_capability()
    return torch.autocast(device.type, dtype=torch.bfloat16) if fast else contextlib.nullcontext()


def psnr(a, b):
    return -10 * math.log10(float(((a - b) ** 2).mean()) + 1e-12)


@torch.no_grad()
def evaluate(model, task, files, device, limit):
    """Mean PSNR over the validation photos at the task's usual levels (fixed seeds, full precision)."""
    levels = {"noise": (5, 15, 25, 50, 75, "camera 10", "camera 25"), "sr": (2, 3, 4), "jpeg": (10, 20, 40)}[task]
    model.eval()
    found = {}
    for level in levels:
        values = []
        for k, f in enumerate(files[:limit]):
            clean = torch.from_numpy(np.asarray(Image.open(f).convert("RGB")).copy()).permute(2, 0, 1)[None].float().to(device) / 255
            m = 2 * level if task == "sr" else 2 if type(level) is int and task == "noise" else 16
            h, w = clean.shape[2] // m * m, clean.shape[3] // m * m
            clean, one = clean[..., :h, :w], torch.ones(1, 1, h, w, device=device)
            if type(level) is str:
                sigma = torch.full((1, 1, 1, 1), int(level.split()[1]) / 255, device=device)
                with torch.random.fork_rng(devices=[]):
                    torch.manual_seed(k)
                    shape = torch.tensor([0.5, 0.5, 0.5, 0.6, 0.6, 0, k % 2]).view(7, 1)
                    x = torch.cat([camera(clean.cpu(), sigma.cpu(), shape).to(device), sigma * one], 1)
            elif task == "noise":
                g = torch.Generator().manual_seed(k)
                x = torch.cat([clean + level / 255 * torch.randn(clean.shape, generator=g).to(device), level / 255 * one], 1)
            elif task == "sr":
                clean = luma(clean)
                x = torch.cat([bicubic(bicubic(clean, (h // level, w // level)), (h, w)), level / 4 * one], 1)
            else:
                x = torch.cat([jpeg(clean, torch.tensor([float(level)], device=device), torch.tensor([True], device=device)), (1 - level / 100) * one], 1)
            y = model(x.to(memory_format=torch.channels_last)).float().clamp(0, 1)
            if task == "sr":  # the papers' protocol: Y in 16..235, `scale` border pixels left out
                y, clean = [t[..., level:-level, level:-level] * 219 / 255 for t in (y, clean)]
            values.append(psnr(y, clean))
        found[level] = round(sum(values) / len(values), 3)
    model.train()
    return found


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--task", choices=PLANES, required=True)
    p.add_argument("--photos", required=True)
    p.add_argument("--val", default="")
    p.add_argument("--val-limit", type=int, default=12)
    p.add_argument("--out", required=True)
    p.add_argument("--init", default="", help="start from the weights of this .safetensors file (when there is no OUT.pt to resume), which may have fewer pairs")
    p.add_argument("--pairs", type=int, default=10)
    p.add_argument("--width", type=int, default=64)
    p.add_argument("--stride", type=int, choices=(1, 2), default=2)
    p.add_argument("--patch", type=int, default=64)
    p.add_argument("--batch", type=int, default=8)
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--lr-end", type=float, default=0.01, help="last learning rate as a share of --lr")
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--steps", type=int, default=0, help="train for so many steps instead of --minutes, so that runs can be compared and repeated")
    p.add_argument("--eval-every", type=float, default=10, help="minutes")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--loss", choices=("rmse", "mse"), default="rmse", help="rmse: every patch counts by its error, not by the square of it, so that light damage is not drowned by heavy")
    p.add_argument("--revive-every", type=int, default=2000, help="steps between looks for dead features, in the first two thirds of the time")
    p.add_argument("--camera", type=float, default=0.2, help="noise: the share of patches with the noise of camera files instead of white noise")
    p.add_argument("--average", type=float, default=0.999, help="decay a step of the averaged weights, which are what is measured and exported")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--compile", action="store_true")
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.benchmark = True
    planes_in, planes_out = PLANES[a.task]
    model = REDNet(planes_in, planes_out, a.pairs, a.width, a.stride).to(device, memory_format=torch.channels_last)
    average = {k: v.detach().clone() for k, v in model.state_dict().items()}
    optimizer = torch.optim.Adam(model.parameters(), lr=a.lr, betas=(0.9, 0.99))
    step, seen = 0, 0
    if os.path.exists(a.out + ".pt"):
        state = torch.load(a.out + ".pt", map_location=device)
        model.load_state_dict(state["model"]); optimizer.load_state_dict(state["optimizer"])
        average, step, seen = state["average"], state["step"], state["seen"]
        print(f"resumed at step {step}", flush=True)
    elif a.init:
        from safetensors import safe_open
        with safe_open(a.init, "pt") as f:
            weights, shape = {k: f.get_tensor(k) for k in f.keys()}, json.loads(f.metadata()["rednet"])
            model.deepen(weights, shape["pairs"]) if shape["pairs"] < a.pairs else model.load_state_dict(weights)
            history = json.loads((f.metadata() or {}).get("training", "{}"))
        step, seen = history.get("steps", 0), history.get("patches", 0)
        average = {k: v.detach().clone() for k, v in model.state_dict().items()}
        print(f"started from {a.init}, step {step}", flush=True)
    torch.manual_seed(a.seed + step)
    files = sorted(glob.glob(os.path.join(a.val, "*"))) if a.val else []

    def save(final=False):
        torch.save(dict(model=model.state_dict(), average=average, optimizer=optimizer.state_dict(), step=step, seen=seen, args=vars(a)), a.out + ".pt.part")
        os.replace(a.out + ".pt.part", a.out + ".pt")
        own = {k: v.clone() for k, v in model.state_dict().items()}
        model.load_state_dict(average)
        scores = evaluate(model, a.task, files, device, None if final else a.val_limit) if files else {}
        if final:
            from safetensors.torch import save_file
            config = dict(task=a.task, planes_in=planes_in, planes_out=planes_out, pairs=a.pairs, width=a.width, stride=a.stride)
            save_file({k: v.float().contiguous().cpu() for k, v in average.items()}, a.out + ".safetensors", metadata={"rednet": json.dumps(config), "training": json.dumps(dict(steps=step, patches=seen, patch=a.patch, scores=scores))})
        model.load_state_dict(own)
        print(f"{'FINAL' if final else 'eval'} step {step} patches {seen} psnr {scores}", flush=True)

    if a.minutes > 0:
        photos = Photos(a.photos, device)
        run_model = torch.compile(model) if a.compile else model
        start, first, last_eval, running = time.time(), step, time.time(), None
        while True:
            share = (step - first) / a.steps if a.steps else (time.time() - start) / 60 / a.minutes
            if share >= 1:
                break
            lr = a.lr * min(1, (step - first + 1) / 200) * (a.lr_end + (1 - a.lr_end) * 0.5 * (1 + math.cos(math.pi * share)))
            for group in optimizer.param_groups:
                group["lr"] = lr
            x, clean, border = make_pair(a.task, photos, a.batch, a.patch, a.camera)
            with autocast(device):
                y = run_model(x.contiguous(memory_format=torch.channels_last))
            y, clean = (y.float(), clean) if border == 0 else (y.float()[..., border:-border, border:-border], clean[..., border:-border, border:-border])
            loss = F.mse_loss(y, clean) if a.loss == "mse" else ((y - clean) ** 2).mean((1, 2, 3)).add(1e-7).sqrt().mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            step += 1
            seen += a.batch
            decay = min(a.average, (step + 1) / (step + 10))
            with torch.no_grad():
                torch._foreach_lerp_(list(average.values()), [v.to(average[k].dtype) for k, v in model.state_dict().items()], 1 - decay)
            if (step - first) % a.revive_every == 1 and share < 2 / 3:
                dead = model.revive(make_pair(a.task, photos, 4 * a.batch, a.patch)[0] for _ in range(3))
                if dead:
                    average = {k: v.detach().clone() for k, v in model.state_dict().items()}
                    print(f"step {step} revived {dead} features", flush=True)
            if step % 100 == 0:
                value = loss.item()
                running = value if running is None else 0.8 * running + 0.2 * value
                print(f"step {step} psnr {-10 * math.log10(running):.2f} lr {lr:.1e} {(time.time() - start) / (step - first):.4f} s/step {(time.time() - start) / 60:.1f} min", flush=True)
                if time.time() - last_eval > a.eval_every * 60:
                    save()
                    last_eval = time.time()
    save(final=True)


if __name__ == "__main__":
    main()
