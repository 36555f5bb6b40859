"""Finding and filling damage with the networks `detect` and `repair`, as `src/` does it. Pictures are 1 x C x H x W,
values 0..1."""
import math
import numpy as np
import torch, torch.nn.functional as F
from skimage import measure

DETECT_HALVINGS = 5
FEATHER = 2  # px
CELL, AROUND, REFERENCE_PREVALENCE, MIN_FACTOR = 64, 2, 0.25, 0.05  # see `corrected`
GROW, SMALLEST, MARGIN, WIDE, WIDE_SHARE, WIDE_MEAN = 0.5, 4, 1, 6, 0.95, 0.85  # of the marks, see there
DAMAGE, DAMAGE_SHARE = 0.2, 0.3  # see `without_damage`


def even(x):
    """Repeats the last row and column of odd sides."""
    return F.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2), mode="replicate")


def halved(x):
    """Means of 2 x 2 px."""
    return F.avg_pool2d(even(x), 2)


def doubled(x, height, width):
    """Bilinear to twice the size, without the last row or column where the larger picture has odd sides."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)[..., :height, :width]


def run(net, x):
    h, w = x.shape[2:]
    return net(even(x).contiguous(memory_format=torch.channels_last)).float()[..., :h, :w]


def detect_input(net, picture, halvings=DETECT_HALVINGS):
    """R, G, B and how likely each pixel is damage according to the picture of half the size (0 for the smallest)."""
    h, w = picture.shape[2:]
    prior = doubled(probability(net, halved(picture), halvings - 1), h, w) if halvings else torch.zeros_like(picture[:, :1])
    return torch.cat([picture, prior], 1)


def probability(net, picture, halvings=DETECT_HALVINGS):
    """How likely each pixel is damage, B x 1 x H x W."""
    x = detect_input(net, picture, halvings)
    return torch.sigmoid(run(net, x) - x[:, :1])


def dilated(mask, radius):
    return F.max_pool2d(mask, 2 * radius + 1, 1, radius) if radius else mask


def halved_around(picture, mask, hidden):
    """Half the size: (means of the unmarked pixels of 2 x 2, or of all four if they are marked; the mask of these; hidden ones)."""
    unmarked = 1 - even(mask)
    count = halved(unmarked)
    mean = torch.where(count > 0, halved(even(picture) * unmarked) / count.clamp(min=0.25), halved(picture))
    mask = (count == 0).float()
    return mean, mask, mask * F.max_pool2d(even(hidden), 2)


def repair_input(net, picture, mask, hidden):
    """R, G, B with the marked pixels replaced by the enlarged result of half the size; what the picture has there minus that, 0 if
    it is hidden (R, G, B); and the mask."""
    h, w = picture.shape[2:]
    seen = torch.zeros_like(picture)
    if mask.any():
        coarse = doubled(filled(net, *halved_around(picture, mask, hidden)), h, w)
        seen = (picture - coarse) * mask * (1 - hidden)
        picture = torch.where(mask > 0, coarse, picture)
    return torch.cat([picture, seen, mask], 1)


def filled(net, picture, mask, hidden):
    """The picture with its marked pixels replaced."""
    if not mask.any() or max(picture.shape[2:]) < 2:
        return picture
    x = repair_input(net, picture, mask, hidden)
    return torch.where(mask > 0, run(net, x).clamp(0, 1), picture)


def repaired(net, picture, mask, hidden):
    """The picture with its marked pixels replaced, blended into those up to FEATHER px beside them. What it has at `hidden` ones is
    not used: found marks, and those of a mask that are damage, are not hidden, others are."""
    if not mask.any():
        return picture
    share = sum(dilated(mask, r) for r in range(FEATHER + 1)) / (FEATHER + 1)
    return picture + share * (run(net, repair_input(net, picture, mask, hidden)).clamp(0, 1) - picture)


def without_damage(marks, likely):
    """The marks of a mask (H x W, boolean) without the connected groups of which a DAMAGE_SHARE is at least DAMAGE likely
    (`likely`: 1 x 1 x H/2 x W/2, of the picture of half the size). The rest is hidden."""
    height, width = marks.shape
    is_damaged = (likely[0, 0].numpy() >= DAMAGE).repeat(2, 0).repeat(2, 1)[:height, :width]
    groups, count = measure.label(marks, return_num=True, connectivity=2)
    sizes, damaged = (np.bincount(groups.ravel(), weights, minlength=count + 1) for weights in (None, is_damaged.ravel()))
    return marks & (damaged < DAMAGE_SHARE * sizes)[groups]


def corrected(probability):
    """Probabilities (H x W), corrected by how much damage is around: the odds in each cell of CELL px are lowered to those of the
    share of damaged pixels in it and AROUND cells in each direction, estimated by expectation maximisation. From
    REFERENCE_PREVALENCE on they stay, and they are multiplied by MIN_FACTOR at least. Probabilities are rounded to 1/255."""
    bytes_ = np.rint(probability * 255).astype(np.uint8)
    height, width = bytes_.shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    cell = np.add.outer(np.arange(height) // CELL * columns, np.arange(width) // CELL)
    px = np.bincount((cell * 256 + bytes_).ravel(), minlength=rows * columns * 256).reshape(rows, columns, 256)
    padded = np.pad(px, ((AROUND, AROUND), (AROUND, AROUND), (0, 0)))
    reach = range(2 * AROUND + 1)
    px = sum(padded[y : y + rows, x : x + columns] for y in reach for x in reach)
    share, factor = np.arange(256) / 255, np.ones((rows, columns, 1))
    posterior = lambda share, factor: factor * share / (factor * share + 1 - share)
    for _ in range(30):
        damaged = (px * posterior(share, factor)).sum(2, keepdims=True)
        intact = px.sum(2, keepdims=True) - damaged
        factor = (damaged * (1 - REFERENCE_PREVALENCE) / (intact * REFERENCE_PREVALENCE).clip(1e-6)).clip(MIN_FACTOR, 1)
    return posterior(bytes_ / 255, factor.ravel()[cell]).astype(np.float32)


def threshold(sensitivity):
    """The probability from which a pixel is marked, for a sensitivity of 0 to 100."""
    return 1 / (1 + math.exp(8 * sensitivity / 100 - 6))


def without_unsure_wide_parts(marks, likely, least):
    """The marks (H x W, boolean) without parts wider than 2 * WIDE px whose mean probability is below `least`, and WIDE px
    around these. Beyond the picture they may go on."""
    plane = torch.from_numpy(marks)[None, None].float()
    core = 1 - dilated(1 - plane, WIDE)
    wide = (dilated(core, WIDE) * plane)[0, 0].numpy() > 0
    groups, count = measure.label(wide, return_num=True, connectivity=2)
    sizes, sums = (np.bincount(groups.ravel(), weights, minlength=count + 1) for weights in (None, likely.ravel()))
    is_unsure = sums < least * sizes
    is_unsure[0] = False
    removed = dilated(torch.from_numpy(is_unsure[groups])[None, None].float(), WIDE)[0, 0].numpy() > 0
    return marks & ~removed


def marks(likely, sensitivity, grow=GROW, smallest=SMALLEST, margin=MARGIN):
    """The mask (H x W, boolean) of `corrected` probabilities (H x W): the pixels from `grow` times the threshold that are connected
    with one from the threshold, without connected groups of fewer than `smallest` px and unsure wide parts, dilated by
    `margin` px."""
    high = threshold(sensitivity)
    groups, count = measure.label(likely >= grow * high, return_num=True, connectivity=2)
    sizes, found = np.bincount(groups.ravel(), minlength=count + 1), np.zeros(count + 1, bool)
    found[groups[likely >= high]] = True
    found &= sizes >= smallest
    found[0] = False
    found = without_unsure_wide_parts(found[groups], likely, min(WIDE_SHARE * high, WIDE_MEAN))
    return dilated(torch.from_numpy(found)[None, None].float(), margin)[0, 0].numpy() > 0
