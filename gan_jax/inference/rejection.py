"""Samples of which the best are kept: those that a judge, or the discriminator, is surest of.

A share of what is asked for, class by class and condition by condition, so that none is lost. Azadi et
al. 2019, https://arxiv.org/abs/1810.06758, keep samples by the discriminator.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from gan_jax import data, errors
from gan_jax.data.dataset import to_uint8
from gan_jax.evaluation.networks import classifier
from gan_jax.gans.contract import Images, averaged
from gan_jax.gans.sampler import BATCH, Sampler
from gan_jax.views import images

BY = ('judge', 'discriminator')


class Kept:
  """A Sampler whose draws are the share `keep` of the candidates that `sureness` ranks highest."""

  def __init__(self, sampler: Sampler, sureness: Callable, keep: float):
    """`sureness(drawn, images [N, ...])` gives [N]."""
    self.gan, self.spec, self.generate = sampler.gan, sampler.spec, sampler.generate
    self._sampler, self._sureness, self._keep = sampler, sureness, keep

  def draw(self, count: int, seed: int = 0, start: int = 0) -> dict[str, np.ndarray]:
    """What the kept ones are made of, {name: [count, ...]}, in the order in which they are asked for."""
    tries, size = math.ceil(1 / self._keep), -(-count // BATCH) * BATCH
    wanted = self._sampler.draw(count, seed, start)
    conditions = {name: value for name, value in wanted.items() if name.startswith('fake_')}
    others = [self._sampler.draw(count, seed, start * tries + k * size) | conditions for k in range(tries)]
    candidates = {name: np.concatenate([some[name] for some in others]) for name in wanted}
    apart = [np.zeros(count), *self._sampler.always(count, start).values()]  # what is asked for is kept apart
    apart += [wanted['fake_label']] if 'fake_label' in wanted else []
    rows = np.concatenate([np.asarray(values, float).reshape(count, -1) for values in apart], 1)
    _, groups = np.unique(rows, axis=0, return_inverse=True)
    chosen = np.zeros(count, int)
    for group in range(groups.max(initial=-1) + 1):
      places = np.flatnonzero(groups == group)
      known = np.concatenate([places + k * count for k in range(tries)])[
        : math.ceil(len(places) / self._keep)
      ]
      some = {name: values[known] for name, values in candidates.items()}
      sure = np.asarray(self._sureness(some, self.generate(some)))
      chosen[places] = known[np.sort(np.argsort(-sure, kind='stable')[: len(places)])]
    return {name: values[chosen] for name, values in candidates.items()}


def make(experiment: Any, state: Any, sampler: Sampler, keep: float, by: str = '') -> Sampler | Kept:
  """The sampler, or what keeps a share of its samples: `by` the judge where there are classes, or else by D.

  The judge is a classifier of the run's data. Raises UserError for a share out of range, and for samples that
  cannot be judged so.
  """
  if not 0 < keep <= 1:
    raise errors.UserError(f'--keep={keep:g}: the share of the samples that are kept, above 0 and at most 1')
  labelled = 'fake_label' in sampler.draw(0)
  by = by or ('judge' if labelled else 'discriminator')
  if by not in BY:
    raise errors.unknown('--reject', by, BY)
  if by == 'judge' and not labelled:
    raise errors.UserError('--reject=judge needs a run that is asked for classes: set --reject=discriminator')
  if keep == 1:
    return sampler
  return Kept(sampler, of_judge(experiment) if by == 'judge' else of_discriminator(experiment, state), keep)


def of_judge(experiment: Any) -> Callable:
  """(drawn, images) -> the probability [N] of the class asked for, as a classifier of the data sees it."""
  dataset = data.make(experiment.config)
  held_out = images.held_out(experiment, dataset)
  network = classifier.of(dataset, held_out, experiment.config.evaluate.cache)

  def sureness(drawn: Mapping[str, Any], made: Images) -> Float[np.ndarray, ' N']:
    found = network.see(np.asarray(to_uint8(made))).probabilities
    return found[np.arange(len(made)), drawn['fake_label']]

  return sureness


def of_discriminator(experiment: Any, state: Any) -> Callable:
  """(drawn, images) -> D's logit [N]. Raises UserError for a game without D."""
  gan, variables = experiment.gan, averaged(state)
  if not gan.discriminate:
    raise errors.UserError('--reject=discriminator: this game has none')

  @jax.jit
  def logits(drawn, made):
    found = gan.discriminate(variables, drawn, made)['logits']
    return found.reshape(len(made), -1).mean(1)

  def sureness(drawn: Mapping[str, Any], made: Images) -> Float[np.ndarray, ' N']:
    parts = []
    for start in range(0, len(made), BATCH):
      indices = np.minimum(np.arange(start, start + BATCH), len(made) - 1)
      parts.append(logits({name: value[indices] for name, value in drawn.items()}, made[indices]))
    return np.concatenate(jax.device_get(parts))[: len(made)]

  return sureness
