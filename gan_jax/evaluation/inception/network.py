"""Inception-v3 as the FID has it: that of TensorFlow's graph of 2015, not that of the paper.

Szegedy et al. 2016, https://arxiv.org/abs/1512.00567; as Heusel et al. 2017 took it for the FID,
https://arxiv.org/abs/1706.08500: average pools leave the padding out, the last block has a maximum instead of
an average, logits have no bias. Batch norm is folded into the convolutions: see weights.py. Names are those
of the published weights.
"""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float

from gan_jax.devices import compilation
from gan_jax.evaluation.inception import pooling, resizing

CLASSES = 1008
OPERATIONS = 11_445_467_008  # of an image of 32 x 32
Branches = tuple[tuple, ...]

# A branch is a chain of units (name, channels, kernel, stride) and pools; FORK: two units side by side.
STEM = (
  ('Conv2d_1a_3x3', 32, 3, 2), ('Conv2d_2a_3x3', 32, 3, 'valid'), ('Conv2d_2b_3x3', 64, 3, 1), 'shrink',
  ('Conv2d_3b_1x1', 80, 1, 1), ('Conv2d_4a_3x3', 192, 3, 'valid'), 'shrink',
)  # fmt: skip


def block_a(pool: int) -> Branches:
  """35 x 35 maps."""
  return (
    (('branch1x1', 64, 1, 1),),
    (('branch5x5_1', 48, 1, 1), ('branch5x5_2', 64, 5, 1)),
    (('branch3x3dbl_1', 64, 1, 1), ('branch3x3dbl_2', 96, 3, 1), ('branch3x3dbl_3', 96, 3, 1)),
    ('average', ('branch_pool', pool, 1, 1)),
  )


def block_b() -> Branches:
  """35 x 35 to 17 x 17."""
  return (
    (('branch3x3', 384, 3, 2),),
    (('branch3x3dbl_1', 64, 1, 1), ('branch3x3dbl_2', 96, 3, 1), ('branch3x3dbl_3', 96, 3, 2)),
    ('shrink',),
  )


def block_c(width: int) -> Branches:
  """17 x 17 maps."""
  wide, tall = (1, 7), (7, 1)
  return (
    (('branch1x1', 192, 1, 1),),
    (('branch7x7_1', width, 1, 1), ('branch7x7_2', width, wide, 1), ('branch7x7_3', 192, tall, 1)),
    (
      ('branch7x7dbl_1', width, 1, 1), ('branch7x7dbl_2', width, tall, 1), ('branch7x7dbl_3', width, wide, 1),
      ('branch7x7dbl_4', width, tall, 1), ('branch7x7dbl_5', 192, wide, 1),
    ),
    ('average', ('branch_pool', 192, 1, 1)),
  )  # fmt: skip


def block_d() -> Branches:
  """17 x 17 to 8 x 8."""
  return (
    (('branch3x3_1', 192, 1, 1), ('branch3x3_2', 320, 3, 2)),
    (
      ('branch7x7x3_1', 192, 1, 1), ('branch7x7x3_2', 192, (1, 7), 1),
      ('branch7x7x3_3', 192, (7, 1), 1), ('branch7x7x3_4', 192, 3, 2),
    ),
    ('shrink',),
  )  # fmt: skip


def block_e(pool: str) -> Branches:
  """8 x 8 maps."""
  fork = lambda name: {f'{name}a': (1, 3), f'{name}b': (3, 1)}
  return (
    (('branch1x1', 320, 1, 1),),
    (('branch3x3_1', 384, 1, 1), fork('branch3x3_2')),
    (('branch3x3dbl_1', 448, 1, 1), ('branch3x3dbl_2', 384, 3, 1), fork('branch3x3dbl_3')),
    (pool, ('branch_pool', 192, 1, 1)),
  )


BLOCKS = {
  'Mixed_5b': block_a(32), 'Mixed_5c': block_a(64), 'Mixed_5d': block_a(64), 'Mixed_6a': block_b(),
  'Mixed_6b': block_c(128), 'Mixed_6c': block_c(160), 'Mixed_6d': block_c(160), 'Mixed_6e': block_c(192),
  'Mixed_7a': block_d(), 'Mixed_7b': block_e('average'), 'Mixed_7c': block_e('maximum'),
}  # fmt: skip
POOLS = {'shrink': pooling.shrink, 'maximum': pooling.maximum, 'average': pooling.average}


class Block(nn.Module):
  """Branches, whose maps are put together."""

  branches: tuple

  @nn.compact
  def __call__(self, maps: Float[Array, 'B H W C']) -> Float[Array, 'B h w D']:
    return jnp.concatenate([chain(branch, maps) for branch in self.branches], -1)


class InceptionV3(nn.Module):
  """Pictures [B, 299, 299, 3] in about [-1, 1] to (features [B, 2048], logits without bias [B, 1008])."""

  @nn.compact
  def __call__(
    self, pictures: Float[Array, 'B 299 299 3']
  ) -> tuple[Float[Array, 'B 2048'], Float[Array, 'B 1008']]:
    maps = chain(STEM, pictures)
    for name, branches in BLOCKS.items():
      maps = Block(branches, name=name)(maps)
    features = maps.mean((1, 2))
    logits = nn.Dense(CLASSES, use_bias=False, precision='highest', name='fc')(features)
    return features, logits


def chain(branch: tuple, maps: Float[Array, 'B H W C']) -> Float[Array, 'B h w D']:
  """What the units and pools of a branch make of maps, one after another."""
  for part in branch:
    if isinstance(part, str):
      maps = POOLS[part](maps)
    elif isinstance(part, Mapping):
      maps = jnp.concatenate([unit(name, 384, kernel, 1)(maps) for name, kernel in part.items()], -1)
      maps = nn.relu(maps)
    else:
      maps = nn.relu(unit(*part)(maps))
  return maps


def unit(name: str, channels: int, kernel: int | tuple[int, int], stride: int | str) -> nn.Conv:
  """A convolution; with a stride, or if it is 'valid', it has no padding."""
  kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
  padding = 'SAME' if stride == 1 else 'VALID'
  strides = (2, 2) if stride == 2 else (1, 1)
  return nn.Conv(channels, kernel, strides, padding, precision='highest', name=name)


def look(params: dict, images: Array | np.ndarray) -> tuple[Array, Array]:
  """(features [B, 2048], probabilities [B, 1008]) of uint8 images [B, H, W, 3] of any size."""
  pictures = resizing.tensorflow(images) / 128 - 1
  features, logits = InceptionV3().apply({'params': params}, pictures)
  return features, jax.nn.softmax(logits)


def program() -> Callable:
  """`look` compiled, on a CPU with the options that large programs have there."""
  return jax.jit(look, compiler_options=compilation.compiler_options(OPERATIONS))
