"""Damages clean photos like old prints: scratches, hairs, dust, creases, stains, tears, bright and dark.

Real film damage comes from a folder of overlays (PNG, RGBA, square, one folder for each kind; only the opacity is
used), further damage is drawn here. Values are 0..1, batches B x C x H x W.
"""
import glob, math, os, random
import numpy as np
import torch, torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFilter
import camera, graphics
from damage import jpeg, luma

SIDE = 400  # px, of an overlay
DRAWN = 400  # drawn overlays
HALVINGS = 4  # sizes of each overlay beside its own, for damage on small pictures
SPOTS = 256  # damaged px of each overlay that are known, to place it by
VISIBLE = 10 / 255  # change of a channel that counts as damage
FAINT = 0.02  # opacity


def held_back(files):
    """The files of a sorted list that training never uses."""
    return files[5::10]


def for_training(files):
    kept = set(held_back(files))
    return [f for f in files if f not in kept]


def overlay_files(folder):
    """The overlays by kind, sorted."""
    kinds = {os.path.basename(d): sorted(glob.glob(os.path.join(d, "*.png"))) for d in sorted(glob.glob(os.path.join(folder, "*")))}
    return {kind: files for kind, files in kinds.items() if files}


def opacity_of(file):
    return np.asarray(Image.open(file).convert("RGBA"))[..., 3]


def path(rng, length, bend, jag, step=8.0):
    """A random curve in an overlay: `bend` is the change of direction at each step, `jag` its roughness in px."""
    x, y, angle = rng.uniform(0, SIDE), rng.uniform(0, SIDE), rng.uniform(0, 2 * math.pi)
    middle = int(length / step / 2)
    x, y = x - math.cos(angle) * step * middle * 0.7, y - math.sin(angle) * step * middle * 0.7
    turn, points = 0.0, []
    for _ in range(max(2, int(length / step))):
        turn = 0.8 * turn + rng.gauss(0, bend)
        angle += turn
        x, y = x + step * math.cos(angle), y + step * math.sin(angle)
        points.append((x + rng.gauss(0, jag), y + rng.gauss(0, jag)))
    return points


def stroke(draw, points, widths):
    for (x0, y0), (x1, y1), width in zip(points, points[1:], widths):
        draw.line([2 * x0, 2 * y0, 2 * x1, 2 * y1], fill=255, width=max(1, round(2 * width)))
        draw.ellipse([2 * x1 - width, 2 * y1 - width, 2 * x1 + width, 2 * y1 + width], fill=255)


def strokes(rng, draw, count, length, bend, jag, width, uneven):
    for _ in range(count):
        points = path(rng, rng.uniform(*length), bend, jag)
        w, widths = rng.uniform(*width), []
        for _ in points:
            widths.append(w * math.exp(rng.gauss(0, uneven)))
        stroke(draw, points, widths)


def crease(rng, draw):
    strokes(rng, draw, rng.randint(1, 4), (100, 700), 0.05, rng.uniform(0.3, 2), (1, rng.choice([3, 8])), 0.4)


def line(rng, draw):
    strokes(rng, draw, rng.randint(1, 6), (80, 800), rng.choice([0, 0.004, 0.02]), 0, (0.7, 3), 0.1)


def hair(rng, draw):
    strokes(rng, draw, rng.randint(1, 4), (30, 300), rng.uniform(0.03, 0.2), 0, (0.7, 3), 0.1)


def band(rng, draw):
    strokes(rng, draw, rng.randint(1, 2), (100, 700), 0.02, rng.uniform(0, 2), (8, 30), 0.15)


def specks(rng, draw):
    for _ in range(rng.choice([5, 20, 80])):
        x, y, r = 2 * rng.uniform(0, SIDE), 2 * rng.uniform(0, SIDE), min(14, 1.2 * rng.paretovariate(1.6))
        draw.polygon([(x + r * rng.uniform(0.5, 1.6) * math.cos(k), y + r * rng.uniform(0.5, 1.6) * math.sin(k)) for k in range(6)], fill=255)


def tear(rng, draw):
    points = path(rng, 1200, 0.02, rng.uniform(0.5, 4))
    far = 4 * SIDE * (1 if rng.random() < 0.5 else -1)
    draw.polygon([(2 * x, 2 * y) for x, y in points] + [(2 * points[-1][0] + far, 2 * points[-1][1]), (2 * points[0][0] + far, 2 * points[0][1])], fill=255)


def hole(rng, draw):
    for _ in range(rng.choice([1, 1, 2, 3])):
        x, y, r = 2 * rng.uniform(0, SIDE), 2 * rng.uniform(0, SIDE), 2 * math.exp(rng.uniform(math.log(8), math.log(110)))
        angles = sorted(rng.uniform(0, 2 * math.pi) for _ in range(rng.randint(4, 14)))
        draw.polygon([(x + r * rng.uniform(0.7, 1.2) * math.cos(k), y + r * rng.uniform(0.7, 1.2) * math.sin(k)) for k in angles], fill=255)


def writing(rng, draw):
    for _ in range(rng.randint(1, 3)):
        draw.text((rng.uniform(0, SIDE), rng.uniform(0, 2 * SIDE)), rng.choice(graphics.WORDS), fill=255, font=graphics.font(rng, rng.randint(24, 120)))


def wires(rng, draw):
    points = path(rng, 1200, 0.002, 0)
    w, apart, turn = rng.uniform(0.8, 4), rng.uniform(6, 60), rng.uniform(0, 7)
    for k in range(rng.randint(1, 5)):
        stroke(draw, [(x + k * apart * math.cos(turn), y + k * apart * math.sin(turn)) for x, y in points], [w] * len(points))


def strands(rng, draw):
    points = path(rng, rng.uniform(60, 400), 0.04, 0)
    for _ in range(rng.randint(15, 80)):
        dx, dy, turn, grow = rng.gauss(0, 40), rng.gauss(0, 40), rng.gauss(0, 0.25), rng.uniform(0.6, 1.4)
        (cx, cy), c, s = points[0], math.cos(turn), math.sin(turn)
        moved = [(cx + dx + grow * (c * (x - cx) - s * (y - cy)), cy + dy + grow * (s * (x - cx) + c * (y - cy))) for x, y in points]
        stroke(draw, moved, [rng.uniform(0.6, 2)] * len(points))


DAMAGE = [crease, crease, line, hair, band, specks, tear, hole, hole]
THIN = [line, line, line, crease, hair, specks]
RAGGED = (crease, band, tear, specks)
NATURAL = [wires, strands, strands, strands, strands]  # lines that belong to a picture


def drawn(rng, kinds):
    """The opacity of an overlay (SIDE x SIDE bytes)."""
    kind = rng.choice(kinds)
    picture = Image.new("L", (2 * SIDE, 2 * SIDE))
    kind(rng, ImageDraw.Draw(picture))
    opacity = picture.resize((SIDE, SIDE), Image.BOX).filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.8)))
    noise = np.random.default_rng(rng.getrandbits(32))

    def smooth_noise(cell):
        small = Image.fromarray(noise.normal(size=(int(SIDE / cell) + 2,) * 2).astype(np.float32))
        return np.asarray(small.resize((SIDE, SIDE), Image.BICUBIC))

    values = np.asarray(opacity) / 255.0
    if kind in RAGGED:
        values = (values - 0.5 + rng.uniform(0.1, 0.5) * smooth_noise(rng.uniform(1.5, 5)) * (values > 0)) * rng.uniform(1, 3) + 0.5
    if kind in DAMAGE:
        values = values.clip(0, 1) * (rng.uniform(0.6, 1.2) + rng.uniform(0, 0.5) * smooth_noise(rng.uniform(5, 60))).clip(0, 1)
    return (values.clip(0, 1) * 255).round().astype(np.uint8)


class Overlays:
    """Opacities on the device; `weights` are their shares."""

    def __init__(self, opacities, weights, device):
        kept = [k for k, o in enumerate(opacities) if (o > 64).any()]
        whole = torch.from_numpy(np.stack([opacities[k] for k in kept])).to(device)[:, None]
        self.bytes = [whole]
        for _ in range(HALVINGS):
            self.bytes.append(F.avg_pool2d(self.bytes[-1].float(), 2).round().byte())
        self.weights = torch.tensor([weights[k] for k in kept], device=device)
        rng = np.random.default_rng(1)
        points = [np.argwhere(opacities[k] > 64) for k in kept]
        self.spots = torch.from_numpy(np.stack([p[rng.integers(0, len(p), SPOTS)] for p in points])).float().to(device)

    def place(self, batch, size, low=0.6, high=2.5):
        """Opacities on patches, B x 1 x size x size: each an overlay, turned, mirrored, scaled by `low` to `high`, with
        damage somewhere in the patch."""
        d = self.weights.device
        halvings = min(max(0, int(-0.5 * math.log2(low * high))), len(self.bytes) - 1)
        i = torch.multinomial(self.weights, batch, replacement=True)
        spot = self.spots[i, torch.randint(SPOTS, (batch,), device=d)].flip(1) + 0.5
        angle, scale = 2 * math.pi * torch.rand(batch, device=d), low * (high / low) ** torch.rand(batch, device=d)
        mirror = torch.where(torch.rand(batch, device=d) < 0.5, -1.0, 1.0)
        c, s = torch.cos(angle) / scale, torch.sin(angle) / scale
        turn = torch.stack([torch.stack([c * mirror, -s], 1), torch.stack([s * mirror, c], 1)], 1)
        at = size * (torch.rand(batch, 2, 1, device=d) - 0.5)
        centre = spot - (turn @ at)[..., 0]
        theta = torch.cat([turn * size / SIDE, (centre * 2 / SIDE - 1)[..., None]], 2)
        grid = F.affine_grid(theta, (batch, 1, size, size), align_corners=False)
        return F.grid_sample(self.bytes[halvings][i].float() / 255, grid, align_corners=False)


def mixed(picture, opacity, colour):
    return picture + opacity * (colour - picture)


def shaded(picture, opacity, colour, share):
    """Mixes `colour` in; a `share` of the pictures also gets the shadow of a relief beside it."""
    b, d = picture.shape[0], picture.device
    dy, dx = (int(v) for v in torch.randint(-2, 3, (2,)))
    dark = camera.chance(b, share, d) * camera.uniform(b, 0.3, 0.9, d)
    picture = mixed(picture, dark * torch.roll(opacity, (dy, dx), (2, 3)), picture * 0.3)
    return mixed(picture, opacity, colour)


def damage_colour(bright, b, d):
    """White or paper as often as `bright` (0..1, for each picture), black up to 0.9, the rest any colour."""
    kind, light = torch.rand(b, 1, 1, 1, device=d), camera.uniform(b, 0, 1, d)
    tint = camera.uniform(b, 0, 1, d) * torch.tensor([0, 0.1, 0.3], device=d).view(1, 3, 1, 1)
    white = torch.where(light < 0.5, torch.ones(b, 3, 1, 1, device=d), (1.2 - 0.4 * light) * (1 - tint)).clamp(0, 1)
    return torch.where(kind < bright, white, torch.where(kind < 0.9, 0.2 * light**2 * (1 - tint), torch.rand(b, 3, 1, 1, device=d)))


class Scratches:
    """Damage for patches: overlays of the folder, without those held back, and drawn ones."""

    def __init__(self, folder, device):
        rng = random.Random(1)
        opacities, weights = [], []
        for files in overlay_files(folder).values():
            files = for_training(files)
            opacities += [opacity_of(f) for f in files]
            weights += [1 / len(files)] * len(files)
        total = sum(weights)
        opacities += [drawn(rng, DAMAGE) for _ in range(DRAWN)]
        self.damage = Overlays(opacities, weights + [0.7 * total / DRAWN] * DRAWN, device)
        bank = lambda kinds, n: Overlays([drawn(rng, kinds) for _ in range(n)], [1.0] * n, device)
        self.natural, self.writing, self.thin = bank(NATURAL, 120), bank([writing], 60), bank(THIN, 240)

    def on(self, clean, most=4, share=0.7, written=0.0, scales=(0.6, 2.5), plain=0.0, thin=0.0):
        """(damaged, opacity) of clean patches: each of `most` overlays at most with the probability `share`. A share `plain` of
        the patches has sharp and opaque damage, each overlay of one white or black, as in a scan of film. A share `thin` has one
        overlay, of thin damage."""
        b, size, d = clean.shape[0], clean.shape[-1], clean.device
        picture, total = clean, torch.zeros_like(clean[:, :1])
        plain, thin = camera.chance(b, plain, d), camera.chance(b, thin, d)
        softness = camera.uniform(b, 0, 1, d, 2) * ~plain
        for k in range(most):
            opacity = self.damage.place(b, size, *scales)
            if k == 0:
                opacity = torch.where(thin, self.thin.place(b, size, *scales), opacity)
            if written:
                opacity = torch.where(camera.chance(b, written, d), self.writing.place(b, size), opacity)
            strength = torch.where(camera.chance(b, 0.7, d), camera.uniform(b, 0.85, 1, d), camera.uniform(b, 0.25, 0.85, d))
            strength = torch.where(plain, camera.uniform(b, 0.7, 1, d), strength)
            is_damaged = torch.where(thin, torch.tensor(k == 0, device=d), camera.chance(b, share, d))
            opacity = camera.blur(opacity, softness) * strength * is_damaged
            bright = torch.where(thin, 0.35, 0.5)
            colour = damage_colour(bright, b, d) + camera.uniform(b, 0, 0.08, d, 3) * torch.randn_like(clean[:, :1])
            grey = torch.where(torch.rand(b, 1, 1, 1, device=d) < bright, camera.uniform(b, 0.9, 1, d), camera.uniform(b, 0, 0.15, d))
            picture = shaded(picture, opacity, torch.where(plain, grey, colour), 0.15 * ~plain)
            total = torch.maximum(total, opacity)
        return picture.clamp(0, 1), total

    def lines(self, clean, share, scale=1):
        """Adds wires, hair or grass in colours of the picture to a `share` of clean patches, scaled by about `scale`."""
        chosen = (torch.rand(clean.shape[0], device=clean.device) < share).nonzero().flatten()
        if not len(chosen):
            return clean
        part = clean[chosen]
        n, size, d = part.shape[0], part.shape[-1], part.device
        opacity = self.natural.place(n, size, 0.6 * scale, 2.5 * scale)
        y, x = torch.randint(size, (2,))
        colour = part[:, :, y : y + 1, x : x + 1] * camera.uniform(n, 0.3, 1.6, d)
        varied = F.interpolate(torch.rand(n, 1, size // 4, size // 4, device=d), size=(size, size), mode="bilinear")
        return clean.index_copy(0, chosen, shaded(part, opacity, (colour * (0.5 + varied)).clamp(0, 1), 0.5).clamp(0, 1))


def overexposed(clean, share):
    """Brightens a `share` of the pictures, by 4 at most, until up to half of their pixels are white."""
    b, d = clean.shape[0], clean.device
    sorted_luma = luma(clean).flatten(1).sort(1).values
    at = ((1 - camera.uniform(b, 0, 0.5, d)) * (sorted_luma.shape[1] - 1)).long().view(b, 1)
    gain = (1 / sorted_luma.gather(1, at).clamp(min=0.25)).clamp(min=1).view(b, 1, 1, 1)
    return torch.where(camera.chance(b, share, d), clean * gain, clean).clamp(0, 1)


def print_of(clean):
    """Photos as prints or scans: a third grey or toned, some faded, some with grain or noise."""
    b, d = clean.shape[0], clean.device
    tone = torch.rand(b, 1, 1, 1, device=d)
    tint = 1 - camera.uniform(b, 0.1, 1, d) * torch.tensor([0, 0.15, 0.4], device=d).view(1, 3, 1, 1)
    grey = luma(clean)
    clean = torch.where(tone < 0.18, grey.expand(-1, 3, -1, -1), torch.where(tone < 0.38, grey * tint, clean))
    faded = camera.chance(b, 0.25, d)
    black, white = camera.uniform(b, 0, 0.3, d) * faded, 1 - camera.uniform(b, 0, 0.3, d) * faded
    clean = black + (white - black) * clean
    grained = (torch.rand(b, device=d) < 0.25).nonzero().flatten()
    if len(grained):
        clean = clean.index_copy(0, grained, camera.film(clean[grained], camera.uniform(len(grained), 1, 18, d) / 255))
    noise = camera.uniform(b, 0, 12 / 255, d) * camera.chance(b, 0.2, d)
    return (clean + noise * torch.randn_like(clean)).clamp(0, 1)


def coded(pictures, share=0.45):
    """Rounded to 8 bits, a `share` of them compressed as JPEG of quality 55 to 97."""
    d = pictures.device
    pictures = (pictures * 255).round() / 255
    chosen = (torch.rand(pictures.shape[0], device=d) < share).nonzero().flatten()
    if not len(chosen):
        return pictures
    quality = (55 + 42 * torch.rand(len(chosen), device=d)).round()
    return pictures.index_copy(0, chosen, jpeg(pictures[chosen], quality, torch.rand(len(chosen), device=d) < 0.6))


def visible(clean, damaged):
    """1 where damage changes a pixel visibly, B x 1 x H x W."""
    return ((damaged - clean).abs().amax(1, keepdim=True) >= VISIBLE).float()
