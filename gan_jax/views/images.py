"""The view of images: their grids while they learn, their pictures at the end, their scores."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import UInt8

from gan_jax import data, errors
from gan_jax.data import law
from gan_jax.data.dataset import Dataset
from gan_jax.evaluation import intervals, protocol, scoring, tables
from gan_jax.evaluation.networks import learning, reading
from gan_jax.evaluation.scores import Scores
from gan_jax.gans import averages, contract
from gan_jax.runs import files
from gan_jax.views import grids, inside, latent_space, sample_files, sheets
from gan_jax.views.sheets import shown, texts

save = sample_files.save
ROWS = 8  # held-out images in a figure
SCORED = 32  # images that are compared at a time
WORDS = {
  'judge_accuracy': 'the classifier is right on {:.1%} of unseen real images',
  'classes_covered': 'it sees {:g} of {num_classes:g} classes among the {num_images:,.0f} generated ones',
}


def snapshot(experiment: Any, dataset: Dataset) -> Callable:
  """state -> images [sample.num, H, W, C], of copies {name: images}: of the same latents and real batch.

  Where the game is asked for conditions or captions {heading: images}, a row for each of some.
  """
  if sheets.has(experiment):
    return sheets.images(experiment, dataset)
  real = dataset.examples(np.arange(experiment.config.sample.num) % dataset.size)
  images = lambda state, real: grids.strip(list(shown(experiment, *played(experiment, state, real)).values()))
  compiled = jax.jit(experiment.each(images))

  def arrays(state):
    found = np.asarray(compiled(state, real))
    return found if found.ndim == 4 else dict(zip(experiment.names, found, strict=True))

  return arrays


def played(experiment: Any, state: Any, real: Mapping) -> tuple[dict, dict]:
  """(batch, fakes) of the same latents each time, or of these real examples."""
  rng = jax.random.fold_in(jax.random.key(experiment.config.seed), 2**31 - 1)  # a stream that no step uses
  return contract.sample(experiment.gan, contract.averaged(state), real, rng)


def draw(arrays: np.ndarray | dict[str, np.ndarray]) -> UInt8[np.ndarray, 'H W 3']:
  """A grid of images [N, H, W, C]; of copies by name, a row for each."""
  return grids.rows(arrays) if isinstance(arrays, dict) else grids.tile(arrays)


def write(experiment: Any, folder: Path, state: Any, dataset: Dataset, rows: list[dict]) -> None:
  """Writes what is between samples, near to them and inside G, real images, and what the GAN adds."""
  presentation = experiment.gan.presentation
  pictures = {}
  if presentation.sheet:
    pictures['classes'] = grids.rows(sheets.images(experiment, dataset, sheets.COLUMNS)(state))
  if presentation.from_noise:
    sampler = experiment.sampler(state)
    ways, near = latent_space.interpolate(sampler), latent_space.neighbours(sampler, dataset)
    pictures['interpolation'] = grids.tile(ways, columns=10)
    pictures['nearest'] = grids.tile(near, columns=6)
    pictures |= inside.pictures(sampler)
  real = dataset.examples(np.arange(64) % dataset.size)[presentation.output]
  pictures['real'] = grids.tile(real)
  if presentation.show or presentation.figures:
    examples = few_held_out(experiment, dataset)
  if presentation.show:
    batch, fakes = jax.jit(functools.partial(played, experiment))(state, examples)
    pictures['translations'] = grids.table(shown(experiment, batch, fakes))
  if presentation.figures:
    pictures |= figures_of(experiment, state, examples)
  for name, pixels in pictures.items():
    files.save_png(folder / f'{name}.png', pixels)


def figures_of(experiment: Any, state: Any, examples: Mapping) -> dict[str, UInt8[np.ndarray, 'H W 3']]:
  """{name: picture}: the figures that the game draws of examples, with their captions."""
  drawn = experiment.gan.draw(jax.random.key(experiment.config.seed), examples)
  batch = contract.join(examples, drawn, 0)
  found = experiment.gan.presentation.figures(contract.averaged(state), batch, jax.random.key(0))
  captions = texts(experiment.spec, batch)
  return {name: grids.table(columns, captions=captions) for name, columns in found.items()}


def few_held_out(experiment: Any, dataset: Dataset) -> dict[str, Any]:
  """ROWS examples of the test split, or of `dataset` where there is none."""
  others = held_out(experiment, dataset)
  return others.examples(np.arange(ROWS) % others.size)


def held_out(experiment: Any, dataset: Dataset | None) -> Dataset | None:
  """The test split, or `dataset` where there is none."""
  try:
    return data.make(experiment.config, split='test')
  except errors.UserError:
    return dataset


def scorer(experiment: Any, dataset: Dataset) -> Callable:
  """(experiment, state, quick=False) -> the Scores of `config.evaluate.num_images` images.

  Those are the GAN's own scores, of the test split, or else those that config.evaluate asks for. Raises
  UserError for a set without a test split, or without labels, if they are needed.
  """
  options = experiment.config.evaluate
  presentation = experiment.gan.presentation
  if presentation.score:
    reads = presentation.reads
    judge = reading.make(reads, dataset, options.cache) if reads else None
    return compared(kept_apart(experiment, options.reference), options.reference, judge)
  if options.network == 'classifier':
    learning.task(dataset)  # raises for data without labels, which no split helps
  needed = options.network == 'classifier' or options.reference == 'test'
  others = kept_apart(experiment) if needed else held_out(experiment, None)
  averaged = averages.kept(experiment.config.train)
  facts = {'data': name_of(experiment.config.data), 'batch_norm': 'running', 'truncation': 1.0}
  kinds = [kind for kind in law.CONDITIONS if f'fake_{kind}' in experiment.gan.presentation.ranges]
  score = scoring.make(options, dataset, others, kinds, **facts, averaged=averaged, seed=options.seed)
  samplers = {}

  def scored(experiment, state, quick=False):
    if experiment not in samplers:
      samplers[experiment] = experiment.sampler(state)
    sampler = samplers[experiment].using(contract.averaged(state))
    drawn = sampler.draw(options.num_images, seed=options.seed)
    asked = {kind: drawn[f'fake_{kind}'] for kind in law.CONDITIONS if f'fake_{kind}' in drawn}
    return score(sampler.generate(drawn), asked, quick)

  return scored


def name_of(options: Any) -> str:
  """What a protocol calls the images of config.data: 'digits', 'tfds:mnist', 'stacked:digits'."""
  of = options.get('of', options.name)
  detail = options.get('tfds_name') if 'tfds' in of else Path(options.get('path') or '').name
  parts = [options.name, *[of] * (of != options.name), detail]
  return ':'.join(part for part in parts if part)


def kept_apart(experiment: Any, split: str = 'test') -> Dataset:
  """The examples that G has not learned from. Raises UserError for data that keep none apart."""
  try:
    return data.make(experiment.config, split=split)
  except errors.UserError as error:
    raise errors.UserError(
      f'scores need images that G has not learned from, and {error}; or evaluate.reference=train with'
      f' evaluate.network=random holds them against those that it has learned from'
    ) from error


def compared(dataset: Dataset, split: str = 'test', judge: reading.Judge | None = None) -> Callable:
  """(experiment, state, quick=False) -> Scores: means of what the GAN says of single images and its fakes.

  It is given what a judge reads off both. An image of which a score says NaN does not count for it.
  """

  @functools.partial(jax.jit, static_argnums=0)
  def score(experiment, variables, batch, rng, params):
    gan, presentation = experiment.gan, experiment.gan.presentation
    draw_rng, play_rng = jax.random.split(rng)
    drawn = gan.draw(draw_rng, batch)
    batch, fakes = contract.sample(gan, variables, batch, play_rng, drawn)
    if judge:
      real, fake = (judge.read(params, some[presentation.output]) for some in (batch, fakes))
      batch, fakes = {**batch, 'read': real}, {**fakes, 'read': fake}
    examined = presentation.examine(variables, batch, play_rng) if presentation.examine else {}
    return {**presentation.score(batch, fakes), **examined}

  def scored(experiment, state, quick=False):
    config, parts = experiment.config, []
    count = min(config.evaluate.num_images, dataset.size)
    for start in range(0, count, SCORED):
      some = dataset.examples(np.arange(start, start + SCORED) % dataset.size)
      rng = jax.random.fold_in(jax.random.key(config.seed), start)
      params = judge.params if judge else None
      parts.append(jax.device_get(score(experiment, contract.averaged(state), some, rng, params)))
    each = {name: np.concatenate([part[name] for part in parts])[:count] for name in parts[0]}
    values = {name: known for name, some in each.items() if len(known := some[~np.isnan(some)])}
    facts = {
      'network': 'reading' if judge else 'none',
      'data': config.data.name,
      'split': split,
      'reference_count': count,
    }
    return Scores(
      {name: float(some.mean()) for name, some in values.items()},
      {} if quick else {name: intervals.of_mean(some) for name, some in values.items()},
      protocol.make(**facts, count=count, seed=config.seed, averaged=averages.kept(config.train)),
    )

  return scored


def sentence(scores: Mapping[str, float]) -> str:
  """The scores in words, one line."""
  parts = [words.format(scores[name], **scores) for name, words in WORDS.items() if name in scores]
  for name in tables.shown(scores):
    if name not in WORDS:
      real = tables.real(scores, name)
      beside = '' if real is None else f' (real: {real:.4g})'
      parts.append(f'{name.replace("_", " ")} {scores[name]:.4g}{beside}')
  return '; '.join(parts)


def describe(experiment: Any, dataset: Dataset) -> str:
  """'1,500 images (digits, 16x16x1)'."""
  shape = experiment.spec.shape(experiment.gan.presentation.output)
  return f'{dataset.size:,} images ({experiment.config.data.name}, {"x".join(map(str, shape))})'
