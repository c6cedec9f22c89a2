"""Stacked MNIST: three random images of a labelled grey set as the channels of one, so K^3 classes of K.

The test bed of mode collapse since Metz et al. 2017, sec. 3.3.1, https://arxiv.org/abs/1611.02163, where
stacks are drawn without end; a fixed set of 128,000 is the protocol of VEEGAN (Srivastava et al. 2017,
https://arxiv.org/abs/1705.07761) and PacGAN (Lin et al. 2018, sec. 4.2, https://arxiv.org/abs/1712.04086).
"""

import functools
import itertools
import zlib
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from flax import struct
from jaxtyping import Array, Int
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs import lookup
from gan_jax.configs.fields import Field, defaults
from gan_jax.data import law, tfds
from gan_jax.data.dataset import Dataset, Indices
from gan_jax.data.decoding import images

CHANNELS = 3
SIZE = 2**30  # examples of an epoch that no run ends; a power of 4, whose order is the fastest to compute
OPTIONS = {
  'of': Field('tfds', 'tfds | digits | a.module', 'the source of the labelled grey images'),
  'num_images': Field(0, f'[0, {SIZE}]', 'stacks of a fixed set; 0: drawn without end'),
  **{name: tfds.OPTIONS[name] for name in ('tfds_name', 'manual_dir')},
  **images.OPTIONS,
}


class Stacked(Dataset):
  """A Dataset that is drawn from a resident one: stack k is a function of `stream`, k and the grey images.

  'image' is uint8 [B, H, W, 3] before `finish`, 'label' is d0 + K d1 + K^2 d2 of the channels' labels.
  """

  grey: Any = None  # the Dataset [H, W, 1] of K classes, on the devices whole
  stream: int = struct.field(pytree_node=False, default=0)  # of the split

  def gather(self, indices: Indices | Sequence[int]) -> dict[str, Array]:
    """These stacks as they are stored: images in uint8, before cropping."""
    traced = isinstance(indices, jax.core.Tracer)
    chosen = parts(indices if traced else np.asarray(indices, np.int32), self.stream, self.grey.size)
    single = self.grey.gather((chosen if traced else np.asarray(chosen)).reshape(-1))
    places = len(self.grey.label_names) ** np.arange(CHANNELS, dtype=np.int32)
    planes = single['image'].reshape(-1, CHANNELS, *single['image'].shape[1:3])
    return {
      'image': planes.transpose(0, 2, 3, 1),
      'label': (single['label'].reshape(-1, CHANNELS) * places).sum(-1),
    }

  def conditions(self) -> dict[str, np.ndarray]:
    """{'label': [N]} of some stacks."""
    return {'label': np.asarray(self.gather(law.some(self.size))['label'])}


@functools.partial(jax.jit, static_argnames=('stream', 'size'))
def parts(indices: Indices, stream: int, size: int) -> Int[Array, 'B 3']:
  """Which of `size` images are the channels of the stacks with these indices: each alike, independently."""
  of_one = lambda index: jax.random.randint(
    jax.random.fold_in(jax.random.key(stream), index), (CHANNELS,), 0, size
  )
  return jax.vmap(of_one)(indices)


def make(options: ConfigDict, batch_size: int) -> Stacked:
  """The Stacked of `options.of`'s images of the split, of which there are `num_images`, or no end.

  Classes are named by those of the red, the green and the blue channel: '3-0-7' is 703. Raises UserError for
  other than three channels, for images without labels, and for what the source cannot read.
  """
  if options.channels != CHANNELS:
    raise errors.UserError(f'stacks have {CHANNELS} channels: set data.channels=3, not {options.channels}')
  source = lookup.module('data', options.of, 'make')
  alone = {**defaults(getattr(source, 'OPTIONS', {})), **options, 'name': options.of, 'channels': 1}
  grey = source.make(ConfigDict(alone), batch_size)
  if not grey.label_names:
    raise errors.UserError(f'stacks are of labelled images, and those of data.of={options.of} have no labels')
  names = itertools.product(grey.label_names, repeat=CHANNELS)
  return Stacked(
    {},
    options.num_images or SIZE,
    batch_size,
    (*grey.image_shape[:2], CHANNELS),
    flip=options.flip,
    label_names=tuple('-'.join(reversed(some)) for some in names),
    fingerprint=grey.fingerprint,
    grey=grey,
    stream=zlib.crc32(options.split.encode()) >> 1,
  )
