"""Generative adversarial networks in JAX and Flax.

`from gan_jax import losses, regularizers` pulls in jax alone; `train`, `load`, `configs` and `metrics` the
rest, when they are first used.

    config = gan_jax.configs.get('dcgan_digits', {'train.num_steps': 2000})
    run = gan_jax.train(config, 'runs/mine')
    gan = gan_jax.load('runs/mine')
    images = gan(gan.latents(16))
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
  from ml_collections import ConfigDict

  from gan_jax.gans.sampler import Sampler
  from gan_jax.runs.folder import Run

__version__ = '0.1.0'
_LATER = {'configs': 'gan_jax.configs', 'metrics': 'gan_jax.evaluation.metrics'}


def train(config: 'ConfigDict', folder: str | Path, **options: Any) -> 'Run':
  """The Run in `folder`, trained to config.train.num_steps, or to where Ctrl-C stopped it.

  Called again, it resumes. `options` are those of training.loop.train: notice, profile. Raises UserError.
  """
  from gan_jax.runs.folder import Run
  from gan_jax.training import loop

  run = Run(Path(folder))
  loop.train(config, run, **options)
  return run


def load(
  folder: str | Path, at: int | str | None = None, copy: int | str | None = None, ema: str = ''
) -> 'Sampler':
  """A trained generator, of the last checkpoint, of step `at`, or the 'best'. Raises UserError.

  See gans/sampler.py; evaluate.every keeps the best. Of a population it is that of a `copy`, by index or
  name: 3, or 'g lr 1e-3, seed 1'; the first without one. `ema` is another average, of train.ema_stds.
  """
  from gan_jax.inference import sample

  return sample.load(folder, at, copy, ema=ema)


def __getattr__(name: str) -> Any:
  if name in _LATER:
    return importlib.import_module(_LATER[name])
  raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
