"""Convolutions as matrix products of patches: for the kernel's gradient and for few channels, on a CPU.

Both are linear in the images and in the kernel, by plain autodiff.
"""

import jax.numpy as jnp
import numpy as np


def convolve(images, kernel, stride):
  """convolutions.convolve as one matrix product of all patches."""
  height, width = (-(-side // stride) for side in images.shape[1:3])
  blocks = _blocks(images, kernel.shape[0], stride)
  windows, weights = [], []
  for a, b, taps in _taps(kernel, stride):
    window = blocks[:, a : a + height, b : b + width, : taps.shape[0], : taps.shape[1]]
    windows.append(window.reshape(*window.shape[:3], -1))
    weights.append(taps.reshape(-1, taps.shape[-1]))
  return _matmul(jnp.concatenate(windows, -1), jnp.concatenate(weights))


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


def _matmul(patches, weights):
  """patches [B, h, w, K] @ weights [K, F], in the form whose weight gradient is fast.

  XLA transposes the whole cotangent for it, which crawls where B * h * w is a large power of two. Where the
  weights are small, a copy for each image makes that many small products instead.
  """
  if weights.size > patches[0].size // 4:
    return patches @ weights
  batch, height, width, _ = patches.shape
  copies = jnp.broadcast_to(weights, (batch, *weights.shape))
  return (patches.reshape(batch, height * width, -1) @ copies).reshape(batch, height, width, -1)
