"""Convolutions as matrix products of patches: for few channels, on a CPU."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Images = Float[Array, 'B H W C']
Kernel = Float[Array, 'k k C F']
Maps = Float[Array, 'B h w F']
Size = tuple[int, int]  # (height, width)


def convolve(images: Images, kernel: Kernel, stride: int, places: Size) -> Maps:
  """operations.convolve to `places` as one matrix product of all patches."""
  weights = [taps.reshape(-1, taps.shape[-1]) for _, _, taps in _taps(kernel, stride)]
  return extract(images, kernel.shape[0], stride, places) @ jnp.concatenate(weights)


def kernel_gradient(
  images: Images, maps: Maps, width: int, stride: int, swapped: bool
) -> Float[Array, 'k k _ _']:
  """The gradient of `convolve`'s kernel as one product: [width, width, C, F], or [width, width, F, C]."""
  seen = extract(images, width, stride, maps.shape[1:3])
  rows = [array.reshape(-1, array.shape[-1]) for array in (seen, maps)]
  product = jax.lax.dot_general(*rows, (((0,), (0,)), ((), ())))  # [width * width * C, F]
  channels, cuts = images.shape[-1], _cuts(width, stride)
  ends = np.cumsum([rows * columns * channels for rows in cuts for columns in cuts])[:-1]
  parts = iter(jnp.split(product, ends))
  shaped = [[next(parts).reshape(rows, columns, channels, -1) for columns in cuts] for rows in cuts]
  kernel = jnp.concatenate([jnp.concatenate(row, 1) for row in shaped])
  return kernel.swapaxes(2, 3) if swapped else kernel


def extract(images: Images, taps: int, stride: int, places: Size) -> Float[Array, 'B h w patch']:
  """What the kernel sees of `images` at each place, [B, h, w, taps * taps * C].

  Taps that lie in one block of the stride come together, row after row of blocks.
  """
  height, width = places
  blocks, cuts = _blocks(images, taps, stride, places), _cuts(taps, stride)
  windows = [
    blocks[:, a : a + height, b : b + width, :rows, :columns].reshape(len(images), height, width, -1)
    for a, rows in enumerate(cuts)
    for b, columns in enumerate(cuts)
  ]
  return jnp.concatenate(windows, -1)


def _cuts(taps, stride):
  """How many taps fall into each of the blocks that a kernel reaches, along one side."""
  return [min(stride, taps - start) for start in range(0, taps, stride)]


def spread_convolve(images: Images, kernel: Kernel, places: Size) -> Maps:
  """operations.convolve with stride 1 as one matrix product with all taps, then shifted sums."""
  pixels = _spread(images, kernel[::-1, ::-1], 1)
  taps, sides = kernel.shape[0], zip(images.shape[1:3], places, strict=True)
  return _window(pixels, [taps - 1 - padding(*both, taps, 1)[0] for both in sides], places)


def transpose_convolve(images: Images, kernel: Kernel, stride: int, size: Size) -> Maps:
  """operations.transpose_convolve as one matrix product with all taps, then shifted sums."""
  return inside(_spread(images, kernel, stride), size, images.shape[1:3], kernel.shape[0], stride)


def _spread(images, kernel, stride):
  """What all images [B, h, w, C] add to the pixels that they reach: [B, rows, columns, F]."""
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
  return blocks.transpose(0, 1, 3, 2, 4, 5).reshape(batch, blocks.shape[1] * stride, -1, features)


def padding(side: int, places: int, taps: int, stride: int) -> tuple[int, int]:
  """Zeros before and after a side, so that the kernel has so many places: for 'SAME' and for 'VALID'."""
  total = max((places - 1) * stride + taps - side, 0)
  return total // 2, total - total // 2


def pad(images: Images, pads: Sequence[tuple[int, int]]) -> Float[Array, 'B H2 W2 C']:
  """Images with zeros before and after H and W, or cut there where `pads` are negative."""
  zero, edges = jnp.zeros((), images.dtype), [(0, 0), *pads, (0, 0)]
  return jax.lax.pad(images, zero, [(*edge, 0) for edge in edges])


def inside(pixels: Images, size: Size, places: Size, taps: int, stride: int) -> Float[Array, 'B H2 W2 C']:
  """The `size` pixels that lie inside of the padding of a convolution to `places`."""
  sides = zip(size, places, strict=True)
  return _window(pixels, [padding(*both, taps, stride)[0] for both in sides], size)


def _window(pixels, starts, size):
  """The `size` pixels from `starts` on; zeros where there are none."""
  sides = zip(starts, size, pixels.shape[1:3], strict=True)
  return pad(pixels, [(-start, start + side - have) for start, side, have in sides])


def _blocks(images, taps, stride, places):
  """Images padded and cut into blocks: [B, rows, columns, stride, stride, C]."""
  reach, pads, counts = -(-taps // stride), [], []
  for side, count in zip(images.shape[1:3], places, strict=True):
    before = padding(side, count, taps, stride)[0]
    counts.append(count + reach - 1)
    pads.append((before, counts[-1] * stride - side - before))
  padded = pad(images, pads)
  cut = padded.reshape(len(images), counts[0], stride, counts[1], stride, -1)
  return cut.transpose(0, 1, 3, 2, 4, 5)


def _taps(kernel, stride):
  """[(a, b, taps [<= stride, <= stride, C, F]), ...]: the kernel cut into the blocks that it reaches."""
  starts = range(0, kernel.shape[0], stride)
  return [(t // stride, u // stride, kernel[t : t + stride, u : u + stride]) for t in starts for u in starts]
