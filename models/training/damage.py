"""Degradations of batches (B x C x H x W, values 0..1): downscaling, JPEG, blurred noise."""
import math
import torch, torch.nn.functional as F


def luma(rgb):
    r, g, b = rgb.unbind(1)
    return (0.299 * r + 0.587 * g + 0.114 * b)[:, None]


def bicubic(x, size):
    return F.interpolate(x, size=size, mode="bicubic", antialias=True, align_corners=False)


def jpeg(x, quality, chroma_half):
    """Baseline JPEG without the entropy coding: 8x8 DCT, standard tables scaled by `quality`, rounding. x: Bx3xHxW, sides multiples of 16."""
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
    """Gaussian blur with a radius per sample (px, B), scaled back to unit variance."""
    b, c, h, w = noise.shape
    k = torch.arange(-4, 5, device=noise.device)
    kernel = torch.exp(-(k**2) / (2 * radius.clamp(min=0.1)[:, None] ** 2))
    kernel = (kernel / kernel.square().sum(1, keepdim=True).sqrt()).repeat_interleave(c, 0)[:, None]
    noise = F.pad(noise, (4, 4, 4, 4), mode="reflect").view(1, b * c, h + 8, w + 8)
    noise = F.conv2d(F.conv2d(noise, kernel[..., None], groups=b * c), kernel[:, :, None], groups=b * c)
    return noise.view(b, c, h, w)
