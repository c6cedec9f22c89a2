"""What benchmarks.recipes learns from, and what it asks of faces whose attributes are known."""

import shutil
from pathlib import Path

import numpy as np

from gan_jax import data
from gan_jax.data import folder as pictures
from gan_jax.data.survey.files import some
from gan_jax.evaluation.networks import reading
from gan_jax.evaluation.readers import Readers
from gan_jax.evaluation.real import RealImages
from gan_jax.training import setup

SAMPLES = 2_000  # by which shares are told
FEW = 300  # faces of the small set


def of_config(flags, folder):
  """No fields: the data are those of the configs."""
  return {}


def faces(flags, folder):
  """The folder --faces."""
  return {'data.name': 'folder', 'data.path': flags.faces} if flags.faces else None


def few_faces(flags, folder):
  """FEW of the folder --faces, evenly chosen; the others are its test split."""
  if not flags.faces:
    return None
  return {'data.name': 'folder', 'data.path': str(divided(Path(flags.faces), folder / f'faces_{FEW}', FEW))}


def divided(source, target, count):
  """The folder `target` with train/, `count` images of `source`, evenly chosen, and test/, the others."""
  if target.exists():
    return target
  names, partial = list(pictures.scan(source)), target.with_name(f'{target.name}.partial')
  learned = set(some(names, count))
  for name in names:
    copy = partial / ('train' if name in learned else 'test') / name.replace('/', '_')
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source / name, copy)
  return partial.rename(target)


def shares(run):
  """{'share_NAME': the share of samples with an attribute less that of real test images, ...}.

  One judge, which learns from real faces, reads both. 'share_farthest' is the largest distance.
  """
  experiment, state = setup.load(run.folder)
  config = experiment.config
  judge = reading.make(('attributes',), data.make(config), config.evaluate.cache)
  reader = Readers(kinds=('attributes',), judge=judge)
  sampler = experiment.sampler(state)
  made, real = sampler(count=SAMPLES), RealImages(data.make(config, 'test'), SAMPLES)
  read = lambda images, count: reader.read(images, count, ['attributes'], None)['attributes'] > 0.5
  as_bytes = np.asarray(data.dataset.to_uint8(made))
  distances = read(lambda indices: as_bytes[indices], len(made)).mean(0) - read(real.images, real.count).mean(
    0
  )
  names = real.dataset.attribute_names
  found = {f'share_{name}': float(distance) for name, distance in zip(names, distances, strict=True)}
  return {**found, 'share_farthest': float(np.abs(distances).max())}
