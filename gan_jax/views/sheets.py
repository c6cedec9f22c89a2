"""Samples of a game that is asked for something, a row for each of some conditions, or of some captions."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gan_jax.data import words
from gan_jax.data.dataset import Dataset
from gan_jax.gans import contract
from gan_jax.gans.parts.sheets import distinct
from gan_jax.views import grids

COLUMNS = 16  # of a game's sheet, at most; half of them at least
CAPTIONS = 8  # rows


def has(experiment: Any) -> bool:
  """Whether the game has rows: its own sheet, or captions that it draws."""
  if experiment.gan.presentation.sheet:
    return True
  drawn = jax.eval_shape(experiment.gan.draw, jax.random.key(0), experiment.spec.like())
  return bool(experiment.spec.vocabulary) and 'fake_caption' in drawn


def images(experiment: Any, dataset: Dataset, columns: int = 0) -> Callable:
  """state -> {heading: images [columns, H, W, C]} of the game's sheet; of copies {name: images}.

  Without a sheet the headings are captions, and so many columns as make sample.num images.
  """
  sheet, config = experiment.gan.presentation.sheet, experiment.config
  rng = jax.random.fold_in(jax.random.key(config.seed), 2**31 - 1)  # a stream that no step uses
  some = dataset.examples(np.arange(columns or COLUMNS) % dataset.size)
  drawn = experiment.gan.draw(rng, some)
  headings, drawn = sheet(drawn) if sheet else of_captions(experiment, drawn)
  rows, least = len(headings), COLUMNS // 2 if sheet else 1
  columns = columns or min(COLUMNS, max(least, -(-config.sample.num // rows)))
  drawn = {name: value[: rows * columns] for name, value in drawn.items()}
  real = dataset.examples(np.arange(rows * columns) % dataset.size)

  def made(state):
    batch, fakes = contract.sample(experiment.gan, contract.averaged(state), real, rng, drawn)
    return grids.strip(list(shown(experiment, batch, fakes).values()))

  compiled = jax.jit(experiment.each(made))

  def arrays(state):
    found = np.asarray(compiled(state))
    if found.ndim > 4:
      return dict(zip(experiment.names, found, strict=True))
    return {heading: found[k::rows] for k, heading in enumerate(headings)}

  return arrays


def of_captions(experiment: Any, drawn: Mapping) -> tuple[list[str], dict[str, jax.Array]]:
  """(captions, {name: [columns * rows, ...]}): each column is as drawn, but for the captions of the rows."""
  rows = min(CAPTIONS, experiment.config.sample.num)
  captions, count = drawn['fake_caption'][:rows], len(drawn['fake_caption'])
  found = {name: jnp.repeat(value, rows, 0) for name, value in drawn.items()}
  found['fake_caption'] = jnp.tile(captions, (count, 1))
  return distinct(texts(experiment.spec, {'fake_caption': captions})), found


def texts(spec: Any, batch: Mapping) -> list[str]:
  """The captions that were asked for, or else those of the data; [] of a batch without any."""
  found = next((batch[name] for name in ('fake_caption', 'caption') if name in batch and spec.vocabulary), ())
  return [words.decode(tokens, spec.vocabulary) for tokens in found]


def shown(experiment: Any, batch: Mapping, fakes: Mapping) -> dict[str, jax.Array]:
  """{heading: images [B, H, W, C]} in the GAN's order, which a jitted function would lose."""
  presentation = experiment.gan.presentation
  return presentation.show(batch, fakes) if presentation.show else {'generated': fakes[presentation.output]}
