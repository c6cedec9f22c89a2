"""Convolutions as matrix products of patches: for few channels, on a CPU."""

import jax.numpy as jnp
import numpy as np


def convolve(images, kernel, stride):
  """convolutions.convolve as one matrix product of all patches."""
  weights = [taps.reshape(-1, taps.shape[-1]) for _, _, taps in _taps(kernel, stride)]
  return _patches(images, kernel.shape[0], stride) @ jnp.concatenate(weights)


def _patches(images, taps, stride):
  """What the kernel sees of `images` at each place, [B, h, w, taps * taps * C], in the order of _taps."""
  height, width = (-(-side // stride) for side in images.shape[1:3])
  blocks, cuts = _blocks(images, taps, stride), _cuts(taps, stride)
  windows = [
    blocks[:, a : a + height, b : b + width, :rows, :columns].reshape(len(images), height, width, -1)
    for a, rows in enumerate(cuts)
    for b, columns in enumerate(cuts)
  ]
  return jnp.concatenate(windows, -1)


def _cuts(taps, stride):
  """How many taps fall into each of the blocks that a kernel reaches, along one side."""
  return [min(stride, taps - start) for start in range(0, taps, stride)]


def transpose_convolve(images, kernel, stride, size):
  """convolutions.transpose_convolve as one matrix product with all taps, then shifted sums."""
  reach, channels, features = -(-kernel.shape[0] // stride), *kernel.shape[2:]
  batch, height, width, _ = images.shape
  parts = _taps(kernel, stride)
  weights = [taps.transpose(2, 0, 1, 3).reshape(channels, -1) for _, _, taps in parts]
  rays = jnp.split(images @ jnp.concatenate(weights, 1), np.cumsum([w.shape[1] for w in weights])[:-1], -1)
  blocks = 0  # [B, rows, columns, stride, stride, F]
  for (a, b, taps), ray in zip(parts, rays, strict=True):  # what a pixel adds to the block (a, b) further
    ray = ray.reshape(batch, height, width, *taps.shape[:2], features)
    moved = [(n, reach - 1 - n) for n in (a, b)]
    filled = [(0, stride - n) for n in taps.shape[:2]]
    blocks += jnp.pad(ray, [(0, 0), *moved, *filled, (0, 0)])
  pixels = blocks.transpose(0, 1, 3, 2, 4, 5).reshape(batch, blocks.shape[1] * stride, -1, features)
  top, left = (padding(side, kernel.shape[0], stride)[0] for side in size)
  return pixels[:, top : top + size[0], left : left + size[1]]


def padding(side, taps, stride):
  """Zeros before and after a side, as 'SAME' has them."""
  total = max((-(-side // stride) - 1) * stride + taps - side, 0)
  return total // 2, total - total // 2


def _blocks(images, taps, stride):
  """Images padded as 'SAME' and cut into blocks: [B, rows, columns, stride, stride, C]."""
  reach = -(-taps // stride)
  pads, counts = [(0, 0)], []
  for side in images.shape[1:3]:
    before = padding(side, taps, stride)[0]
    counts.append(-(-side // stride) + reach - 1)
    pads.append((before, counts[-1] * stride - side - before))
  padded = jnp.pad(images, [*pads, (0, 0)])
  cut = padded.reshape(len(images), counts[0], stride, counts[1], stride, -1)
  return cut.transpose(0, 1, 3, 2, 4, 5)


def _taps(kernel, stride):
  """[(a, b, taps [<= stride, <= stride, C, F]), ...]: the kernel cut into the blocks that it reaches."""
  starts = range(0, kernel.shape[0], stride)
  return [(t // stride, u // stride, kernel[t : t + stride, u : u + stride]) for t in starts for u in starts]
