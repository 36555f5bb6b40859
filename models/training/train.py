#!/usr/bin/env python3
"""Train a RED-Net for one task, on a CPU or a CUDA device.

All data preparation after reading the photos runs on the training device, so that a fast device is never starved.
Training can be stopped and resumed: NAME.pt has the weights, averaged weights, optimizer state and step count.

    python3 train.py --task noise --photos DIR --out NAME --pairs 10 --width 64 --stride 2 --minutes 60
    python3 train.py --task noise --photos DIR --out NAME --minutes 0      # only measure and export NAME.safetensors

Tasks (input planes -> output planes, all values 0..1, gamma-encoded):
    noise     R, G, B, sigma/255          -> R, G, B     white noise with exact sigma; a share of simulated files with a noise map
    sr        Y, scale/4                  -> Y           bicubic down and up by 2, 3 or 4; Y = BT.601 luma, full range
    jpeg      R, G, B, (100-quality)/100  -> R, G, B     baseline JPEG of quality 5..95, 4:2:0 or 4:4:4, a share of it twice
    estimate  R, G, B                     -> R + l, G + c, B + log of the error of both: l = log(1 + sigma / 2) of the local
                                             brightness noise, c of the colour noise, sigma on the 0..255 scale
"""
import argparse, contextlib, glob, json, math, os, time
import numpy as np
import torch, torch.nn as nn, torch.nn.functional as F
from PIL import Image
import camera, graphics, repair, repair_scores, scratches
from damage import bicubic, jpeg, luma
from photos import Photos, half_size, read_folder
from rednet import REDNet, load, widened, with_planes

PLANES = {"noise": (4, 3), "sr": (2, 1), "jpeg": (4, 3), "estimate": (3, 3), "detect": (4, 1), "repair": (7, 3)}
VALIDATION = {"noise": (5, 15, 25, 50, 75, "files"), "sr": (2, 3, 4), "jpeg": (10, 20, 40, "twice"), "estimate": ("clean", 5, 25, "files")}
TWICE = 0.4  # share of the patches for `jpeg` that are compressed twice
PLAIN = 0.5  # share of the damaged patches for `detect` and `repair` with plain damage
THIN = 0.35  # share of the damaged patches for `detect` with one overlay of thin damage
OVEREXPOSED = 0.2  # share of the patches for `detect` with blown-out highlights
LEAST_SIDE = 184  # px, of the halved photos for `detect`
GRAPHICS = 240  # generated graphics, the source of some of the patches


class Batches:
    """Batches of one task: (input planes, loss function of the output)."""

    def __init__(self, a, net, device):
        scratched = a.task in ("detect", "repair")
        images = read_folder(a.photos, scratches.for_training if scratched else list)
        self.photos, self.net, self.device = Photos(images, device), net, device
        self.least = max(LEAST_SIDE, a.patch)
        self.small = Photos(half_size([i for i in images if min(i.shape[:2]) >= 2 * self.least]), device) if a.task == "detect" else None
        self.task, self.size, self.files, self.loss = a.task, a.patch, a.files, a.loss
        self.scratches = scratches.Scratches(a.damage, device) if scratched else None
        self.detector = with_autocast(load(a.detect)[0].to(device), device) if a.task == "repair" else None
        with_graphics = a.task in ("noise", "estimate", "detect", "repair")
        self.graphics = Photos([graphics.make(seed, images) for seed in range(GRAPHICS)], device) if with_graphics else None

    def next(self, batch):
        return getattr(self, self.task)(batch)

    def sources(self, batch, share, target=None):
        """Clean patches of `target` px (otherwise the training's), about `share` of them graphics; a third of the batches
        larger, to be downscaled."""
        target = target or self.size
        size = int(torch.randint(target + 6, 2 * target + 1, ())) if torch.rand(()) < 0.35 else target
        others = int(torch.binomial(torch.tensor(float(batch)), torch.tensor(float(share))))
        parts = [p.patches(n, size) for p, n in ((self.photos, batch - others), (self.graphics, others)) if n]
        return torch.cat(parts)

    def noise(self, batch):
        files = int(torch.binomial(torch.tensor(float(batch)), torch.tensor(self.files)))
        inputs, targets = [], []
        if batch - files:
            x, clean = white(self.photos.patches(batch - files, self.size))
            inputs.append(x), targets.append(clean)
        if files:
            noisy, target, plain = camera.as_files(self.sources(files, 0.12), self.size)
            plane = camera.level_plane(noisy - plain, noisy, camera.uniform(files, 0.65, 2, self.device))
            # Noise-free patches get a small level too: estimates have errors.
            false_level = camera.uniform(files, 0, 8 / 255, self.device)
            plane = torch.where(plane.mean((1, 2, 3), keepdim=True) < 0.3 / 255, false_level.expand_as(plane), plane)
            inputs.append(torch.cat([noisy, plane], 1)), targets.append(target)
        return torch.cat(inputs), fidelity(torch.cat(targets), self.loss)

    def sr(self, batch):
        clean = luma(self.photos.patches(batch, self.size))
        scale = int(torch.randint(2, 5, (1,)))
        small = bicubic(clean, self.size // scale)
        small = torch.where(camera.chance(batch, 0.5, self.device), (small * 255).round() / 255, small)
        return torch.cat([bicubic(small, self.size), torch.full_like(clean, scale / 4)], 1), fidelity(clean, self.loss, 6)

    def jpeg(self, batch):
        """A share of the patches is compressed twice, on grids that differ by 0 to 15 px; their level is the lower quality."""
        first, last = (5 + torch.rand(2, batch, device=self.device) * 90).round()
        twice = camera.chance(batch, TWICE, self.device).flatten()
        coloured = lambda: torch.rand(batch, device=self.device) < 0.6
        wide = self.photos.patches(batch, self.size + 16)
        y, x = (int(v) for v in torch.randint(16, (2,)))
        part = lambda v: v[..., y : y + self.size, x : x + self.size].contiguous()
        clean = part(wide)
        once = torch.where(twice.view(-1, 1, 1, 1), part(jpeg(wide, first, coloured())), clean)
        quality = torch.where(twice, torch.minimum(first, last), last)
        damaged = jpeg(once, last, coloured())
        return torch.cat([damaged, (1 - quality / 100).view(-1, 1, 1, 1).expand_as(clean[:, :1])], 1), fidelity(clean, self.loss)

    def estimate(self, batch):
        noisy, _, plain = camera.as_files(self.sources(batch, 0.25), self.size, white=0.22, film_share=0.13, none=0.2)
        true = camera.encode_sigma(camera.local_sigma(noisy - plain))

        def loss(output):
            estimate = camera.cells(output - noisy)
            error = estimate[:, :2] - true
            cost = torch.where(error < 0, 1.5 * error.abs(), error.abs()).mean(1, keepdim=True)
            spread = estimate[:, 2:].clamp(-4, 3)  # Laplace likelihood: errors cost less where the network predicts large ones
            return (cost * torch.exp(-spread) + spread).mean() + cost.mean()

        return noisy, loss

    def prints(self, batch, share, size, overexposed=0.0):
        clean = scratches.overexposed(bicubic(self.sources(batch, share, size), size), overexposed)
        return scratches.print_of(self.scratches.lines(clean, 0.1))

    def detect(self, batch):
        return self.parts_of_photos(batch) if torch.rand(()) < 0.6 else self.small_photos(batch)

    def small_photos(self, batch):
        """A large part of a photo on as few px as in the smaller pictures of a search, with damage of any size."""
        sizes = [s for s in (self.size, self.size // 2, self.size // 3) if s >= 16]
        size = sizes[int(torch.randint(len(sizes), ()))] // 16 * 16
        n, scale = batch * (self.size // size) ** 2, size / scratches.SIDE
        clean = self.small.patches(n, int(torch.randint(max(size, self.least // 2), self.least + 1, ())))
        clean = scratches.overexposed(bicubic(clean, size), OVEREXPOSED)
        clean = scratches.print_of(self.scratches.lines(clean, 0.1, scale))
        damaged, opacity = self.scratches.on(clean, share=0.6, scales=(0.3 * scale, 2 * scale), plain=PLAIN)
        intact = camera.chance(n, 0.3, self.device)
        damaged, opacity = torch.where(intact, clean, damaged), torch.where(intact, 0, opacity)
        inputs = repair.detect_input(self.net, scratches.coded(damaged, 0.2), repair.DETECT_HALVINGS - 1)
        inputs[:, 3:] *= camera.chance(n, 0.8, self.device)  # the smallest pictures have no smaller one
        return inputs, detection_loss(inputs, scratches.visible(clean, damaged), opacity > scratches.FAINT)

    def parts_of_photos(self, batch):
        """Half of the batch are pictures of half the size, the others parts of these at full size."""
        n, size = batch // 2, self.size
        clean = self.prints(n, 0.15, 2 * size, OVEREXPOSED)
        damaged, opacity = self.scratches.on(clean, share=0.45, scales=(0.3, 1.8), plain=PLAIN, thin=THIN)
        intact = camera.chance(n, 0.3, self.device)
        damaged, opacity = torch.where(intact, clean, damaged), torch.where(intact, 0, opacity)
        seen = scratches.coded(damaged, 0.3)
        coarse = repair.detect_input(self.net, repair.halved(seen), repair.DETECT_HALVINGS - 1)
        prior = repair.doubled(torch.sigmoid(repair.run(self.net, coarse) - coarse[:, :1]), 2 * size, 2 * size)
        coarse[:, 3:] *= camera.chance(n, 0.6, self.device)  # the smallest pictures have no smaller one
        y, x = (int(v) for v in torch.randint(size + 1, (2,)))
        part = lambda v: v[..., y : y + size, x : x + size]
        truth = scratches.visible(clean, damaged), scratches.visible(repair.halved(clean), repair.halved(damaged))
        faint = opacity > scratches.FAINT, repair.halved(opacity) > scratches.FAINT
        truth, faint = (torch.cat([part(full), half]) for full, half in (truth, faint))
        inputs = torch.cat([part(torch.cat([seen, prior], 1)), coarse])
        return inputs, detection_loss(inputs, truth, faint)

    def repair(self, batch):
        """Masks of the true damage, of what the detector finds, and some brushed ones; 35 % of them hidden."""
        size, d = self.size, self.device
        clean = self.prints(batch, 0.08, size)
        damaged, _ = self.scratches.on(clean, most=2, written=0.06, scales=(0.4, 2.5), plain=PLAIN)
        damaged = torch.where(camera.chance(batch, 0.15, d), clean, damaged)
        picture = scratches.coded(damaged)
        limit = camera.uniform(batch, 0.02, 0.15, d, 2)
        mask = ((damaged - clean).abs().amax(1, keepdim=True) > limit).float()
        radius = torch.randint(4, (batch, 1, 1, 1), device=d)
        for r in (1, 2, 3):
            mask = torch.where(radius == r, repair.dilated(mask, r), mask)
        found = repair.probability(self.detector, picture) > camera.uniform(batch, 0.2, 0.95, d)
        mask = torch.where(camera.chance(batch, 0.4, d), repair.dilated(found.float(), 1), mask)
        brushed = (self.scratches.damage.place(batch, size, 0.5, 3) > 0.3).float()
        mask = torch.maximum(mask, brushed * (camera.chance(batch, 0.12, d) | (mask.sum((1, 2, 3), keepdim=True) == 0)))
        hidden = mask * camera.chance(batch, 0.35, d)
        inputs = repair.repair_input(self.net, picture, mask, hidden)
        weight = 0.8 * mask + 0.2 * repair.dilated(mask, repair.FEATHER)

        def loss(output):
            error = (weight * (output - clean) ** 2).sum((1, 2, 3)) / (3 * weight.sum((1, 2, 3)) + 1)
            return error.add(1e-6).sqrt().mean()

        return inputs, loss


def white(clean):
    """Adds white noise of σ 0 to 75 to clean patches, a fifth of them grey: (input planes, clean)."""
    b, d = clean.shape[0], clean.device
    grey = camera.chance(b, 0.2, d)
    clean = torch.where(grey, luma(clean).expand(-1, 3, -1, -1), clean)
    noise = torch.randn_like(clean)
    noise = torch.where(grey, noise[:, :1].expand(-1, 3, -1, -1), noise)
    sigma = camera.uniform(b, 0, 75 / 255, d)
    return torch.cat([clean + sigma * noise, sigma.expand_as(clean[:, :1])], 1), clean


def detection_loss(inputs, truth, faint):
    """Cross-entropy and Dice; `faint`: px with damage that may be found or not."""
    weight = truth + (1 - truth) * ~faint
    # What is thin has few px.
    wide = repair.dilated(1 - repair.dilated(1 - truth, 3), 3)
    weight = weight * (1 + 2 * truth * (1 - wide))
    # The inside of what is wide is for the smaller pictures.
    weight = weight * (1 - 0.6 * (1 - repair.dilated(1 - truth, 8)))

    def loss(output):
        logit = output - inputs[:, :1]
        share = torch.sigmoid(logit) * weight
        dice = 1 - (2 * (share * truth).sum() + 1) / (share.sum() + truth.sum() + 1)
        cost = F.binary_cross_entropy_with_logits(logit, truth, weight, pos_weight=torch.tensor(2.0), reduction="sum") / weight.sum()
        return cost + 0.5 * dice

    return loss


def fidelity(target, kind, border=0):
    def loss(output):
        a, t = (v if border == 0 else v[..., border:-border, border:-border] for v in (output, target))
        return F.mse_loss(a, t) if kind == "mse" else ((a - t) ** 2).mean((1, 2, 3)).add(1e-7).sqrt().mean()

    return loss


def autocast(device):
    """bfloat16 where it takes less time: on GPUs and on CPUs with instructions for it (there about half of f32's)."""
    faster = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.autocast(device.type, dtype=torch.bfloat16) if faster else contextlib.nullcontext()


def with_autocast(net, device):
    """The network, run as `autocast` says."""

    def run(x):
        with autocast(device):
            return net(x)

    return run


def psnr(a, b):
    return -10 * math.log10(float(((a - b) ** 2).mean()) + 1e-12)


def damaged(task, level, clean, k):
    """A validation picture (input planes, target), with fixed seeds."""
    one = torch.ones_like(clean[:, :1])
    if level == "files":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(k)
            noisy, target, plain = camera.as_files(clean.cpu(), clean.shape[-1], white=0, none=0)
            noise = noisy - plain
            plane = camera.level_plane(noise, noisy, torch.ones(1, 1, 1, 1))
        return (noisy if task == "estimate" else torch.cat([noisy, plane], 1)).to(clean.device), (noise if task == "estimate" else target).to(clean.device)
    if task == "noise" or task == "estimate":
        sigma = 0 if level == "clean" else level / 255
        noise = sigma * torch.randn(clean.shape, generator=torch.Generator().manual_seed(k)).to(clean.device)
        return (clean + noise, noise) if task == "estimate" else (torch.cat([clean + noise, sigma * one], 1), clean)
    if task == "sr":
        y, (h, w) = luma(clean), clean.shape[2:]
        return torch.cat([bicubic(bicubic(y, (h // level, w // level)), (h, w)), level / 4 * one], 1), y
    coded = lambda picture, quality: jpeg(picture, torch.tensor([float(quality)], device=clean.device), torch.tensor([True], device=clean.device))
    if level == "twice":  # quality 10, then 30 on a grid shifted by 1 px
        part = lambda v: v[..., 1:-15, 1:-15].contiguous()
        return torch.cat([coded(part(coded(clean, 10)), 30), 0.9 * part(one)], 1), part(clean)
    return torch.cat([coded(clean, level), (1 - level / 100) * one], 1), clean


@torch.no_grad()
def evaluate(model, task, files, device, limit):
    """Means over the validation photos per level of the task (fixed seeds, full precision): PSNR in dB; for `estimate`,
    the estimated σ (weighted by certainty) and the true σ, on the 0..255 scale."""
    model.eval()
    scores = {}
    for level in VALIDATION[task]:
        values = []
        for k, f in enumerate(files[:limit]):
            clean = torch.from_numpy(np.asarray(Image.open(f).convert("RGB")).copy()).permute(2, 0, 1)[None].float().to(device) / 255
            m = 2 * level if task == "sr" else 16
            h, w = clean.shape[2] // m * m, clean.shape[3] // m * m
            if level == "files":
                h = w = min(h, w)
            x, target = damaged(task, level, clean[..., :h, :w], k)
            y = model(x.to(memory_format=torch.channels_last)).float()
            if task == "estimate":
                y, true = camera.cells(y - x), camera.cells(camera.parts(target)).sum(1).mean().sqrt()
                weight = torch.exp(-2 * y[:, 2].clamp(-4, 3))
                sigma = camera.decode_sigma((weight[:, None] * y[:, :2]).sum((2, 3)) / weight.sum())
                values.append(sigma.square().sum().sqrt().item() * 255 - 1j * true.item() * 255)
                continue
            y = y.clamp(0, 1)
            if task == "sr":  # the papers' protocol: Y in 16..235, without `scale` border px
                y, target = [t[..., level:-level, level:-level] * 219 / 255 for t in (y, target)]
            values.append(psnr(y, target))
        mean = sum(values) / len(values)
        scores[level] = [round(mean.real, 2), round(-mean.imag, 2)] if task == "estimate" else round(mean, 3)
    model.train()
    return scores


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--task", choices=PLANES, required=True)
    p.add_argument("--photos", required=True)
    p.add_argument("--val", default="", help="a folder of clean photos; detect, repair: a folder of repair_set.py")
    p.add_argument("--detect", help="repair: the weights of `detect`")
    p.add_argument("--damage", help="detect, repair: the folder of overlays")
    p.add_argument("--val-limit", type=int, default=12)
    p.add_argument("--out", required=True)
    p.add_argument("--init", default="", help="start from the weights of this .safetensors file, which may have fewer pairs, channels and input planes and, of another task, other output planes; not used when OUT.pt can be resumed")
    p.add_argument("--pairs", type=int, default=10)
    p.add_argument("--width", type=int, default=64)
    p.add_argument("--stride", type=int, choices=(1, 2), default=2)
    p.add_argument("--patch", type=int, default=64, help="px; a multiple of 16")
    p.add_argument("--batch", type=int, default=8)
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--lr-end", type=float, default=0.01, help="last learning rate as a share of --lr")
    p.add_argument("--minutes", type=float, default=60, help="of the whole run, with reading the photos and measuring")
    p.add_argument("--steps", type=int, default=0, help="number of steps to train, instead of --minutes, for repeatable runs")
    p.add_argument("--eval-every", type=float, default=10, help="minutes")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--loss", choices=("rmse", "mse"), default="rmse", help="rmse: patches count by their error, not its square, so that heavy damage does not outweigh light damage")
    p.add_argument("--revive-every", type=int, default=2000, help="steps between checks for dead channels, in the first two thirds of the training")
    p.add_argument("--files", type=float, default=0.5, help="noise: the share of patches that simulate files instead of white noise")
    p.add_argument("--average", type=float, default=0.999, help="decay per step of the averaged weights, which are measured and exported")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--compile", action="store_true")
    a = p.parse_args()
    started = time.time()
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
            fresh = model.state_dict()
            if shape["width"] < a.width:
                weights = widened(weights, a.width)
            if 3 < shape["planes_in"] < planes_in:
                weights = with_planes(weights, planes_in)
            weights.update({k: fresh[k] for k in ("out.weight", "out.bias") if weights[k].shape != fresh[k].shape})
            model.deepen(weights, shape["pairs"]) if shape["pairs"] < a.pairs else model.load_state_dict(weights)
            history = json.loads(f.metadata().get("training", "{}")) if shape["task"] == a.task else {}
        step, seen = history.get("steps", 0), history.get("patches", 0)
        average = {k: v.detach().clone() for k, v in model.state_dict().items()}
        print(f"started from {a.init}, step {step}", flush=True)
    torch.manual_seed(a.seed + step)
    files = sorted(glob.glob(os.path.join(a.val, "*"))) if a.val else []

    def save(name="eval", limit=a.val_limit):
        torch.save(dict(model=model.state_dict(), average=average, optimizer=optimizer.state_dict(), step=step, seen=seen, args=vars(a)), a.out + ".pt.part")
        os.replace(a.out + ".pt.part", a.out + ".pt")
        own = {k: v.clone() for k, v in model.state_dict().items()}
        model.load_state_dict(average)
        if a.task in repair_scores.MEASURES:
            scores = repair_scores.MEASURES[a.task](model, a.val, limit) if files else {}
        else:
            scores = evaluate(model, a.task, files, device, limit) if files else {}
        from safetensors.torch import save_file
        config = dict(task=a.task, planes_in=planes_in, planes_out=planes_out, pairs=a.pairs, width=a.width, stride=a.stride)
        save_file({k: v.float().contiguous().cpu() for k, v in average.items()}, a.out + ".safetensors", metadata={"rednet": json.dumps(config), "training": json.dumps(dict(steps=step, patches=seen, patch=a.patch, scores=scores))})
        model.load_state_dict(own)
        print(f"{name} step {step} patches {seen} scores {scores}", flush=True)

    if a.minutes > 0:
        run_model = with_autocast(torch.compile(model) if a.compile else model, device)
        batches = Batches(a, run_model, device)
        begin = time.time()
        save("START", None)
        measuring = 1.1 * (time.time() - begin)  # as long as at the end
        start, first, last_eval, running = time.time(), step, time.time(), None
        seconds = max(1.0, started + 60 * a.minutes - measuring - start)
        while True:
            share = (step - first) / a.steps if a.steps else (time.time() - start) / seconds
            if share >= 1:
                break
            lr = a.lr * min(1, (step - first + 1) / 200) * (a.lr_end + (1 - a.lr_end) * 0.5 * (1 + math.cos(math.pi * share)))
            for group in optimizer.param_groups:
                group["lr"] = lr
            with torch.no_grad():
                x, cost = batches.next(a.batch)
            y = run_model(x.contiguous(memory_format=torch.channels_last))
            loss = cost(y.float())
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
                dead = model.revive(batches.next(4 * a.batch)[0] for _ in range(3))
                if dead:
                    average = {k: v.detach().clone() for k, v in model.state_dict().items()}
                    print(f"step {step}: reinitialised {dead} channels", flush=True)
            if step % 100 == 0:
                value = loss.item()
                running = value if running is None else 0.8 * running + 0.2 * value
                print(f"step {step} loss {running:.5f} lr {lr:.1e} {(time.time() - start) / (step - first):.4f} s/step {(time.time() - start) / 60:.1f} min", flush=True)
                if time.time() - last_eval > a.eval_every * 60:
                    save()
                    last_eval = time.time()
    save("FINAL", None)


if __name__ == "__main__":
    main()
