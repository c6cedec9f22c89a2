"""Convolutions of small maps by large kernels as matrix products, a tap at a time, on a CPU.

A kernel [k, k, C, F] that has more numbers than the maps is read as it lies, once: no product here wants it,
or its gradient, in another order.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from gan_jax.models.convolution import patches
from gan_jax.models.convolution.patches import Images, Maps, Size

Kernel = Float[Array, 'k k C F'] | Float[Array, 'k k F C']  # the second if `swapped`


def convolve(images: Images, kernel: Kernel, stride: int, places: Size, swapped: bool) -> Maps:
  """operations._convolve to `places`: the patches by the kernel."""
  taps = kernel.shape[0]
  seen, kernel = _seen(images, taps, stride, places), kernel.reshape(taps**2, *kernel.shape[2:])
  if swapped:
    maps = sum(jnp.einsum('ntc,tfc->tnf', seen, kernel))
  else:
    maps = jnp.einsum('ntc,tcf->nf', seen, kernel)
  return maps.reshape(len(images), *places, -1)


def kernel_gradient(images: Images, maps: Maps, taps: int, stride: int, swapped: bool) -> Kernel:
  """The gradient of the sum of maps times `convolve` of the images, by the kernel.

  It is made in the order in which it is wanted.
  """
  seen, maps = _seen(images, taps, stride, maps.shape[1:3]), maps.reshape(-1, maps.shape[-1])
  gradient = jnp.einsum('ntc,nf->tfc' if swapped else 'ntc,nf->tcf', seen, maps)
  return gradient.reshape(taps, taps, *gradient.shape[1:])


def transpose_convolve(images: Images, kernel: Kernel, stride: int, size: Size, swapped: bool) -> Maps:
  """operations._transpose: what each pixel adds by each tap, then shifted sums."""
  taps, (batch, height, width, channels) = kernel.shape[0], images.shape
  kernel = kernel.reshape(taps**2, *kernel.shape[2:])
  every = jnp.broadcast_to(images.reshape(-1, channels), (taps**2, batch * height * width, channels))
  rays = jnp.einsum('nc,tfc->tnf', every[0], kernel) if swapped else jnp.einsum('tnc,tcf->tnf', every, kernel)
  rays = rays.reshape(taps, taps, batch, height, width, -1)
  tall, wide = ((side - 1) * stride + taps for side in (height, width))
  pixels = jnp.zeros((batch, tall, wide, rays.shape[-1]), images.dtype)
  for t in range(taps):
    for u in range(taps):
      rows, columns = slice(t, t + height * stride, stride), slice(u, u + width * stride, stride)
      pixels = pixels.at[:, rows, columns].add(rays[t, u])
  return patches.inside(pixels, size, (height, width), taps, stride)


def _seen(images, taps, stride, places):
  """What the kernel sees of `images` at each of the places (h, w): [B h w, k * k, C]."""
  height, width = places
  sides = zip(images.shape[1:3], places, strict=True)
  padded = patches.pad(images, [patches.padding(*both, taps, stride) for both in sides])
  windows = [
    padded[:, t : t + (height - 1) * stride + 1 : stride, u : u + (width - 1) * stride + 1 : stride]
    for t in range(taps)
    for u in range(taps)
  ]
  return jnp.stack(windows, 3).reshape(-1, taps * taps, images.shape[-1])
