"""Samples of trained generators, from Python and as files."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gan_jax import errors, views
from gan_jax.data.decoding import images
from gan_jax.gans.sampler import Sampler
from gan_jax.training import setup


def load(
  folder: str | Path, at: int | str | None = None, copy: int | str | None = None, notice: Callable = print
) -> Sampler:
  """The Sampler of a run folder, of its last checkpoint, of step `at`, or of the 'best'. Raises UserError.

  Of a population it is that of a `copy`, by index or name: 3, or 'g lr 1e-3, seed 1'. Without one it is the
  first, and `notice` is told of the others.
  """
  experiment, state = setup.load(folder, at, copy, notice)
  return experiment.sampler(state)


def write(
  folder: str | Path,
  count: int,
  out: Path,
  seed: int = 0,
  copy: int | str | None = None,
  at: int | str | None = None,
  asked: Mapping[str, Any] = MappingProxyType({}),
) -> None:
  """Writes `count` samples of a run: files in the folder `out`, or one array if it ends in .npz.

  Of a population they are those of a `copy`; `at` which step, both as in `load`. What is `asked` for by name,
  as of a Sampler, is not drawn.
  Raises UserError if the run cannot be sampled.
  """
  if count < 1:
    raise errors.UserError(f'--num_samples={count}: must be at least 1')
  out = destination(out)
  experiment, state = setup.load(folder, at, copy)
  views.of(experiment.gan).save(experiment, experiment.sampler(state).asking(**asked), count, out, seed)


def destination(out: Path) -> Path:
  """Where samples go: a folder, or one .npz file. Raises UserError for any other file."""
  out = out.expanduser()
  if out.suffix.lower() in images.SUFFIXES and not out.is_dir():
    ways = f'a folder, --out={out.with_suffix("")}, or one array, --out={out.with_suffix(".npz")}'
    raise errors.UserError(f'--out={out}: samples become {ways}')
  if out.suffix != '.npz' and out.exists() and not out.is_dir():
    raise errors.UserError(f'--out={out} is a file: name a folder, or a file that ends in .npz')
  return out
