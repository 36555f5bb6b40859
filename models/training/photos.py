"""Training pictures, sampled in patches on the training device."""
import glob, os
import numpy as np
import torch
from PIL import Image


def photo_files(folder):
    """The photos of a folder and its subfolders, sorted."""
    names = sorted(glob.glob(os.path.join(folder, "**", "*"), recursive=True))
    return [f for f in names if f.lower().endswith((".jpg", ".jpeg", ".png", ".webp"))]


def read_folder(folder, choose=list):
    """The photos of a folder and its subfolders that `choose` keeps of the sorted files, as byte arrays (H x W x 3)."""
    images = [np.asarray(Image.open(f).convert("RGB")) for f in choose(photo_files(folder))]
    if not images:
        raise SystemExit(f"no photos in {folder}")
    return images


def half_size(images):
    """The pictures at half their size."""
    return [np.asarray(Image.fromarray(i).resize((i.shape[1] // 2, i.shape[0] // 2), Image.BOX)) for i in images]


class Photos:
    """All photos in one byte tensor on the device; patches are gathered by index, with random flips and transposition."""

    def __init__(self, images, device):
        self.bytes = torch.from_numpy(np.concatenate([i.reshape(-1) for i in images])).to(device)
        self.offset = torch.tensor(np.cumsum([0] + [i.size for i in images[:-1]]), device=device)
        self.height = torch.tensor([i.shape[0] for i in images], device=device)
        self.width = torch.tensor([i.shape[1] for i in images], device=device)
        area = self.height * self.width
        self.weight = area.clamp(max=1_500_000).float()
        self.device = device
        print(f"{len(images)} pictures, {int(area.sum()) / 1e6:.0f} MP", flush=True)

    def patches(self, batch, size):
        d = self.device
        i = torch.multinomial(self.weight, batch, replacement=True)
        y = (torch.rand(batch, device=d) * (self.height[i] - size + 1)).long()
        x = (torch.rand(batch, device=d) * (self.width[i] - size + 1)).long()
        a = torch.arange(size, device=d)
        rows, cols = a[None, :, None].expand(batch, size, size), a[None, None, :].expand(batch, size, size)
        flip_rows, flip_cols, transpose = (torch.rand(3, batch, 1, 1, device=d) < 0.5)
        rows, cols = torch.where(flip_rows, size - 1 - rows, rows), torch.where(flip_cols, size - 1 - cols, cols)
        rows, cols = torch.where(transpose, cols, rows), torch.where(transpose, rows, cols)
        at = self.offset[i][:, None, None] + ((y[:, None, None] + rows) * self.width[i][:, None, None] + x[:, None, None] + cols) * 3
        return torch.stack([self.bytes[at + c] for c in range(3)], 1).float() / 255
