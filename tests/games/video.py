"""Data: a dot that moves, held as bytes [64, 4, 8, 8, 3]."""

import numpy as np

from gan_jax.data.dataset import Dataset

OPTIONS = {}


def make(options, batch_size):
  """{'video': float32 [B, 4, 8, 8, 3] in [-1, 1]}."""
  clips = np.zeros((64, 4, 8, 8, 3), np.uint8)
  k, t = np.meshgrid(np.arange(64), np.arange(4), indexing='ij')
  clips[k, t, k // 8, (k + t) % 8] = 255
  facts = (('view', 'games.arrays'), ('frame_rate', 4.0))
  return Dataset({'video': clips}, 64, batch_size, (4, 8, 8, 3), flip=options.flip, facts=facts)
