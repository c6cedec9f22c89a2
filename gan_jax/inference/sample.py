"""Samples of trained generators, from Python and as files."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gan_jax import errors, views
from gan_jax.data.decoding import images
from gan_jax.data.spec import Spec
from gan_jax.gans import space
from gan_jax.gans.sampler import Sampler
from gan_jax.inference import rejection
from gan_jax.runs.environment import environment
from gan_jax.runs.files import write_whole
from gan_jax.training import setup
from gan_jax.training.experiment import Experiment
from gan_jax.training.state import TrainState


def load(
  folder: str | Path,
  at: int | str | None = None,
  copy: int | str | None = None,
  notice: Callable = print,
  ema: str = '',
) -> Sampler:
  """The Sampler of a run folder, of its last checkpoint, of step `at`, or of the 'best'. Raises UserError.

  `ema` is another average than the usual one, '0.1' say, as in posthoc.choose. Of a population it is that of
  a `copy`, by index or name: 3, or 'g lr 1e-3, seed 1'. Without one it is the first, and `notice` is told of
  the others.
  """
  experiment, state = setup.load(folder, at, copy, notice, ema)
  return experiment.sampler(state)


def write(
  folder: str | Path,
  count: int,
  out: Path,
  seed: int = 0,
  copy: int | str | None = None,
  at: int | str | None = None,
  asked: Mapping[str, Any] | None = None,
  keep: float = 1.0,
  reject: str = '',
  ema: str = '',
  psi: float = 1.0,
) -> None:
  """Writes `count` samples of a run: files in the folder `out`, or one array if it ends in .npz.

  Of a population they are those of a `copy`; `at` which step, `ema` which average, all as in `load`. `asked`
  is as in Sampler.asking, with {'labels': 'balanced'} for as many of each class; `keep` and `reject` as in
  rejection.make; `psi` as in space.truncating. A manifest beside samples that are asked for, kept or
  truncated says all of that. Raises UserError if the run cannot be sampled so.
  """
  if count < 1:
    raise errors.UserError(f'--num_samples={count}: must be at least 1')
  out = destination(out)
  experiment, state, sampler, kept = chosen(folder, copy, at, asked, keep, reject, ema, psi)
  views.of(experiment.gan).save(experiment, kept, count, out, seed)
  if asked or keep < 1 or psi != 1 or 'fake_label' in sampler.draw(0):
    manifest = {
      **{'run': str(folder), 'step': int(state.step), 'seed': seed, 'count': count, 'asked': asked or {}},
      **{'labels': experiment.spec.label_names, 'keep': keep, 'reject': reject or 'by default'},
      'psi': psi,
      'averaged': bool(state.ema),
      'environment': environment(),
    }
    file = out.with_suffix('.json') if out.suffix == '.npz' else out / 'manifest.json'
    write_whole(file, json.dumps(manifest, indent=2))


def chosen(
  folder: str | Path,
  copy: int | str | None = None,
  at: int | str | None = None,
  asked: Mapping[str, Any] | None = None,
  keep: float = 1.0,
  reject: str = '',
  ema: str = '',
  psi: float = 1.0,
) -> tuple[Experiment, TrainState, Sampler, Sampler | rejection.Kept]:
  """(experiment, state, its sampler, what draws the samples that are kept), as in `write`.

  Raises UserError.
  """
  experiment, state = setup.load(folder, at, copy, ema=ema)
  sampler = experiment.sampler(state).asking(**of_all_classes(asked or {}, experiment.spec))
  if psi != 1:
    sampler = space.truncating(sampler, psi)
  return experiment, state, sampler, rejection.make(experiment, state, sampler, keep, reject)


def of_all_classes(asked: Mapping[str, Any], spec: Spec) -> dict[str, Any]:
  """What is asked, with each label in turn for labels='balanced'. Raises UserError for anything else."""
  found = dict(asked)
  if (labels := found.pop('labels', '')) not in ('', 'balanced'):
    raise errors.UserError(
      f'--labels={labels}: balanced, or leave it out; --label=3,5 asks for these classes'
    )
  if labels and {'label', 'fake_label'} & set(found):
    raise errors.UserError('--labels=balanced asks for all classes, and --label for some: leave one out')
  return {'label': list(range(spec.num_classes)), **found} if labels else found


def destination(out: Path) -> Path:
  """Where samples go: a folder, or one .npz file. Raises UserError for any other file."""
  out = out.expanduser()
  if out.suffix.lower() in images.SUFFIXES and not out.is_dir():
    ways = f'a folder, --out={out.with_suffix("")}, or one array, --out={out.with_suffix(".npz")}'
    raise errors.UserError(f'--out={out}: samples become {ways}')
  if out.suffix != '.npz' and out.exists() and not out.is_dir():
    raise errors.UserError(f'--out={out} is a file: name a folder, or a file that ends in .npz')
  return out
