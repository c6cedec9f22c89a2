"""Convolutions of small maps by large kernels as matrix products, a tap at a time, on a CPU.

A kernel [k, k, C, F] that has more numbers than the maps is read as it lies, once: no product here wants it,
or its gradient, in another order.
"""

import jax.numpy as jnp

from gan_jax.models import patches


def convolve(images, kernel, stride):
  """convolutions.convolve: all patches [B h w, k k C] by the kernel."""
  seen = _seen(images, kernel.shape[0], stride)
  batch, height, width = seen.shape[:3]
  flat = seen.reshape(batch * height * width, -1) @ kernel.reshape(-1, kernel.shape[-1])
  return flat.reshape(batch, height, width, -1)


def kernel_gradient(images, maps, taps, stride):
  """The slope [k, k, C, F] of the sum of maps [B, h, w, F] times `convolve` of the images."""
  seen = _seen(images, taps, stride)
  rows, features = maps.size // maps.shape[-1], maps.shape[-1]
  slope = seen.reshape(rows, -1).T @ maps.reshape(rows, features)
  return slope.reshape(taps, taps, images.shape[-1], features)


def swapped_kernel_gradient(images, maps, taps, stride):
  """`kernel_gradient` as [k, k, F, C], made in this order."""
  seen = _seen(images, taps, stride)
  rows = maps.size // maps.shape[-1]
  seen = seen.reshape(rows, taps, taps, -1)
  return jnp.einsum('ntuc,nf->tufc', seen, maps.reshape(rows, -1))


def transpose_convolve(images, kernel, stride, size):
  """convolutions.transpose_convolve: what each pixel adds by each tap, then shifted sums."""
  taps, (batch, height, width, channels) = kernel.shape[0], images.shape
  flat = images.reshape(-1, channels)
  rays = jnp.einsum('nc,tucf->tunf', flat, kernel)
  rays = rays.reshape(taps, taps, batch, height, width, -1)
  tall, wide = ((side - 1) * stride + taps for side in (height, width))
  pixels = jnp.zeros(
    (batch, max(tall, size[0] + taps), max(wide, size[1] + taps), kernel.shape[-1]), images.dtype
  )
  for t in range(taps):
    for u in range(taps):
      rows, columns = slice(t, t + height * stride, stride), slice(u, u + width * stride, stride)
      pixels = pixels.at[:, rows, columns].add(rays[t, u])
  top, left = (patches.padding(side, taps, stride)[0] for side in size)
  return pixels[:, top : top + size[0], left : left + size[1]]


def _seen(images, taps, stride):
  """What the kernel sees of `images` at each place, [B, h, w, k * k, C]."""
  pads = [patches.padding(side, taps, stride) for side in images.shape[1:3]]
  height, width = (-(-side // stride) for side in images.shape[1:3])
  padded = jnp.pad(images, [(0, 0), *pads, (0, 0)])
  windows = [
    padded[:, t : t + (height - 1) * stride + 1 : stride, u : u + (width - 1) * stride + 1 : stride]
    for t in range(taps)
    for u in range(taps)
  ]
  return jnp.stack(windows, 3)
