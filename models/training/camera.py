"""Simulates image files: camera, film or white noise; in-camera processing, downscaling, JPEG.

Everything is simulated twice, with noise and without. The second is the training target: the camera's own smoothing
and sharpening stay, only the noise (and its JPEG artefacts) is removed. Values are 0..1, batches B x 3 x H x W.
Shot and read noise in linear light, and their relation: Brooks et al., "Unprocessing images for learned raw
denoising", CVPR 2019. Gradient-corrected demosaicing: Malvar, He, Cutler, ICASSP 2004.
"""
import torch, torch.nn.functional as F
from damage import bicubic, jpeg, luma

FAINT = 1e-8  # variance (of values 0..1) that counts as no noise


def uniform(b, low, high, device, power=1.0):
    """One random number per picture, Bx1x1x1."""
    return low + (high - low) * torch.rand(b, 1, 1, 1, device=device) ** power


def chance(b, share, device):
    return torch.rand(b, 1, 1, 1, device=device) < share


def blur(x, radius):
    """Gaussian blur with a standard deviation per picture (px, Bx1x1x1)."""
    b, c, h, w = x.shape
    k = torch.arange(-5, 6.0, device=x.device)
    kernel = torch.exp(-(k**2) / (2 * radius.view(b).clamp(min=0.05)[:, None] ** 2))
    kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(c, 0)[:, None]
    x = F.pad(x, (5,) * 4, mode="reflect").reshape(1, b * c, h + 10, w + 10)
    return F.conv2d(F.conv2d(x, kernel[..., None], groups=b * c), kernel[:, :, None], groups=b * c).reshape(b, c, h, w)


def film(clean, sigma):
    """Adds film or scanner grain of about `sigma`: 1 to 4 px wide, grey or coloured, strongest in the midtones or shadows."""
    b, d = clean.shape[0], clean.device
    white = torch.randn_like(clean)
    light = white.mean(1, keepdim=True) * 3**0.5
    grain = uniform(b, 0.3, 1.6, d)
    light, colour = blur(light, grain), blur(white, grain * uniform(b, 1.0, 1.6, d))
    unit = lambda n: n / n.square().mean((1, 2, 3), keepdim=True).sqrt()
    colours = uniform(b, 0, 1, d) * chance(b, 0.6, d)
    noise = unit(unit(light) + colours * (unit(colour) - unit(colour).mean(1, keepdim=True)))
    tone = luma(clean)
    shape = torch.where(chance(b, 0.5, d), 0.35 + 2.6 * tone * (1 - tone), 0.4 + 1.2 * (1 - tone))
    return clean + sigma * shape * noise


def mosaicked(raw, masks, corrected):
    """Samples through a Bayer mosaic and demosaics: bilinearly, or gradient-corrected where `corrected` (Bx1x1x1) is 1."""
    d = raw.device
    red_blue = torch.tensor([[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]], device=d)
    green = torch.tensor([[0, 0.25, 0], [0.25, 1, 0.25], [0, 0.25, 0]], device=d)
    high = torch.tensor([[0, 0, -1.0, 0, 0], [0, 0, 0, 0, 0], [-1, 0, 4, 0, -1], [0, 0, 0, 0, 0], [0, 0, -1, 0, 0]], device=d) / 8
    sampled = raw * masks
    bilinear = F.conv2d(F.pad(sampled, (1,) * 4, mode="reflect"), torch.stack([red_blue, green, red_blue])[:, None], groups=3)
    gradient = F.conv2d(F.pad(sampled.sum(1, keepdim=True), (2,) * 4, mode="reflect"), high[None, None])
    return torch.where(masks > 0, sampled, bilinear + corrected * gradient)


def bayer(b, h, w, device):
    """Bayer masks of random phase: Bx3xHxW of 0 and 1."""
    phase_y, phase_x = torch.randint(0, 2, (2, b), device=device)
    y = (torch.arange(h, device=device)[None, :, None] + phase_y[:, None, None]) % 2
    x = (torch.arange(w, device=device)[None, None, :] + phase_x[:, None, None]) % 2
    red, blue = ((y == 0) & (x == 0)).float(), ((y == 1) & (x == 1)).float()
    return torch.stack([red, 1 - red - blue, blue], 1)


def developed(clean):
    """(noisy, target) as a camera develops them: tone curve, colour matrix and white balance inverted, shot and read
    noise, mosaic, the same steps forwards, then in-camera noise reduction and sharpening."""
    b, d = clean.shape[0], clean.device
    gamma, curved = uniform(b, 1.0, 3.0, d), chance(b, 0.5, d)
    y = clean.clamp(1e-4, 1)
    y = torch.where(curved, (0.5 - torch.sin(torch.asin(1 - 2 * y) / 3)).clamp(0, 1), y)
    linear = y**gamma
    saturation = 0.2 + 1.4 * torch.rand(b, 1, 1, device=d)
    matrix = torch.eye(3, device=d)[None] * (1 + saturation) - saturation / 3  # rows sum to 1
    raw = torch.einsum("bij,bjhw->bihw", torch.linalg.inv(matrix), linear).clamp(0, 1)
    gains = torch.stack([1.4 + 1.4 * torch.rand(b, device=d), torch.ones(b, device=d), 1.2 + 1.2 * torch.rand(b, device=d)], 1)[..., None, None]
    raw = raw / gains
    shot = 10 ** uniform(b, -4.4, -2.0, d)
    read = 10 ** (2.18 * torch.log10(shot) + 0.52 + 0.26 * torch.randn(b, 1, 1, 1, device=d)).clamp(-7, -2.2)
    noisy = raw + torch.randn_like(raw) * (raw * shot + read).sqrt()
    masks, corrected, whole = bayer(b, *clean.shape[2:], d), chance(b, 0.5, d).float(), chance(b, 0.05, d)

    def colours(v):
        v = torch.where(whole, v, mosaicked(v, masks, corrected))
        v = torch.einsum("bij,bjhw->bihw", matrix, v * gains).clamp(1e-6, 1) ** (1 / gamma)
        return torch.where(curved, 3 * v**2 - 2 * v**3, v)

    return processed(colours(noisy), colours(raw))


def processed(noisy, target):
    """In-camera noise reduction (colour more than brightness, faint detail more than strong) and sharpening, with the
    same parameters for both pictures."""
    b, d = noisy.shape[0], noisy.device
    reduced = chance(b, 0.8, d).float()
    light_radius, colour_radius = 0.05 + reduced * uniform(b, 0.3, 1.1, d), 0.05 + reduced * uniform(b, 0.5, 2.9, d)
    light_share, colour_share = uniform(b, 0, 1, d), uniform(b, 0.7, 1, d)
    coring, base_radius = reduced * chance(b, 0.75, d) * uniform(b, 0.2, 1, d), uniform(b, 0.8, 1.8, d)
    amount, sharp_radius = chance(b, 0.3, d) * uniform(b, 0, 0.8, d), uniform(b, 0.6, 1.4, d)
    # Coring: detail as faint as the noise is attenuated, by the same factor in both pictures.
    fine = luma(noisy) - blur(luma(noisy), base_radius)
    noise = (luma(noisy) - luma(target)).square().mean((1, 2, 3), keepdim=True)
    strength = blur(fine.square(), base_radius * 0 + 1.5)
    kept = 1 - coring * (2 * noise / (noise + strength).clamp(min=FAINT)).clamp(0, 1)

    def through(v):
        light = luma(v)
        colour = v - light
        colour = colour + colour_share * (blur(colour, colour_radius) - colour)
        light = light + light_share * (blur(light, light_radius) - light)
        base = blur(light, base_radius)
        light = base + kept * (light - base)
        return light + amount * (light - blur(light, sharp_radius)) + colour

    return through(noisy), through(target)


def coded(noisy, plain):
    """Both pictures compressed with the same JPEG settings: quality 70 to 99, six in ten with half-size chroma; one in
    seven compressed twice, first at quality 60 to 95 on a shifted block grid."""
    b, d = noisy.shape[0], noisy.device
    quality, earlier = (70 + 29 * torch.rand(b, device=d)).round(), (60 + 35 * torch.rand(b, device=d)).round()
    twice, half = (torch.rand(b, device=d) < 0.15).nonzero().flatten(), torch.rand(b, device=d) < 0.6
    dy, dx = (int(v) for v in torch.randint(0, 8, (2,)))
    for p in (noisy, plain):
        if len(twice):
            first = jpeg(torch.roll(p[twice], (dy, dx), (2, 3)), earlier[twice], half[twice])
            p = p.index_copy(0, twice, torch.roll(first, (-dy, -dx), (2, 3)))
        yield jpeg(p, quality, half)


def as_files(clean, size, white=0.15, film_share=0.15, none=0.12, jpeg_share=0.6):
    """Simulates files of clean patches: (noisy, target, coded target), each B x 3 x size x size.

    `target` is the denoiser's target; `coded target` is the file without the noise, so that noisy minus coded target is
    the noise without JPEG's own error. Patches larger than `size` are downscaled, grain included.
    """
    b, d = clean.shape[0], clean.device
    grey = chance(b, 0.12, d)
    clean = torch.where(grey, luma(clean).expand(-1, 3, -1, -1), clean)
    kind = torch.rand(b, device=d)
    limits = (0, white, white + none, white + none + film_share, 2)
    whites, cleans, films, cameras = (((kind >= low) & (kind < high)).nonzero().flatten() for low, high in zip(limits, limits[1:]))
    noisy, target = clean.clone(), clean.clone()
    if len(films):
        noisy[films] = film(clean[films], uniform(len(films), 1, 30, d, 1.5) / 255)
    if len(cameras):
        noisy[cameras], target[cameras] = developed(clean[cameras])
    if clean.shape[-1] > size:
        noisy, target = bicubic(noisy, (size, size)), bicubic(target, (size, size))
    if len(whites):
        noisy[whites] = target[whites] + uniform(len(whites), 0.5, 60, d, 1.5) / 255 * torch.randn_like(target[whites])
    noisy = torch.where(grey, luma(noisy).expand(-1, 3, -1, -1), noisy)
    target = torch.where(grey, luma(target).expand(-1, 3, -1, -1), target).clamp(0, 1)
    noisy = (noisy.clamp(0, 1) * 255).round() / 255
    plain = (target * 255).round() / 255
    jpegs = (torch.rand(b, device=d) < jpeg_share).nonzero().flatten()
    if len(jpegs):
        noisy[jpegs], plain[jpegs] = coded(noisy[jpegs], plain[jpegs])
    return noisy, target, plain


def parts(noise):
    """Squared brightness noise (the mean of R, G, B) and mean squared colour noise (the differences from it) per px,
    Bx2xHxW; their sum is the mean square over the channels."""
    light = noise.mean(1, keepdim=True)
    return torch.cat([light.square(), (noise - light).square().mean(1, keepdim=True)], 1)


def cells(x, side=8):
    return F.avg_pool2d(x, side)


def local_sigma(noise):
    """σ of brightness and colours per 8 px cell, over its 3x3 neighbourhood: B x 2 x H/8 x W/8."""
    return F.avg_pool2d(F.pad(cells(parts(noise)), (1,) * 4, mode="reflect"), 3, 1).clamp(min=0).sqrt()


def encode_sigma(sigma):
    """The estimator's scale for σ (0..1): about logarithmic, so that relative errors count."""
    return torch.log1p(sigma * 255 / 2)


def decode_sigma(encoded):
    """σ (0..1) from the estimator's scale."""
    return 2 * torch.expm1(encoded.clamp(min=0)) / 255


def level_plane(noise, picture, error):
    """The denoiser's level plane: σ² as a line over brightness fitted to the patch, as σ, times `error` (Bx1x1x1)."""
    variance, light = cells(parts(noise).sum(1, keepdim=True)), cells(picture.mean(1, keepdim=True))
    mean_v, mean_l = variance.mean((2, 3), keepdim=True), light.mean((2, 3), keepdim=True)
    slope = ((variance - mean_v) * (light - mean_l)).mean((2, 3), keepdim=True) / ((light - mean_l).square().mean((2, 3), keepdim=True) + 1e-3)
    local_mean = F.avg_pool2d(F.pad(picture.mean(1, keepdim=True), (4,) * 4, mode="reflect"), 9, 1)
    fitted = mean_v + slope * (local_mean - mean_l)
    return error * torch.minimum(torch.maximum(fitted, mean_v / 4), mean_v * 4).clamp(min=0).sqrt()
