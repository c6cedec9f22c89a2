"""Many independent copies of one experiment in one program: other seeds, and other values of some fields.

Copy k learns exactly what a run of its own would with that seed: it draws its own data, latents and weights.
"""

import dataclasses
import functools
import itertools
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.data.spec import Spec
from gan_jax.training import experiment, naming, varying
from gan_jax.training.experiment import Experiment
from gan_jax.training.state import TrainState

LEARNING = ('g_optimizer.', 'd_optimizer.', 'penalty.')  # fields that no sample depends on
AXES = TrainState(step=None, seed=0, rollbacks=0, variables=0, opt_state=0, ema=0)  # of jax.vmap


@dataclasses.dataclass(frozen=True, eq=False)
class Population(Experiment):
  """The Experiment of copies that learn at once: arrays of its TrainState have one more axis, the first.

  Only the step is shared. `seeds` [P] and `fields` {field: float32 [P]} say how the copies differ.
  """

  seeds: tuple[int, ...]
  fields: dict[str, tuple[float, ...]]
  alike: dict[tuple, Experiment] = dataclasses.field(default_factory=dict, init=False)  # by their values

  @property
  def copies(self) -> int:
    """How many there are."""
    return len(self.seeds)

  @functools.cached_property
  def settings(self) -> tuple[str, ...]:
    """Of each copy, the values of the fields in which copies differ: 'g lr 1e-3, r1 0.1'."""
    return naming.settings(self.config, self.fields, self.copies)

  @functools.cached_property
  def names(self) -> tuple[str, ...]:
    """Of each copy, its setting and, where there are several, its seed: 'g lr 1e-3, r1 0.1, seed 2'."""
    if self.fields and len(set(self.seeds)) == 1:
      return self.settings
    pairs = zip(self.settings, self.seeds, strict=True)
    return tuple(', '.join(filter(None, [setting, f'seed {seed}'])) for setting, seed in pairs)

  def init(self, seed: int | jax.Array) -> TrainState:
    """The TrainState of all copies before the first step; the config's seed is in `seeds` already."""
    one = lambda seed, fields: self._copy(fields).init(seed)
    with self._differing():
      return jax.vmap(one, out_axes=AXES)(jnp.array(self.seeds, jnp.int32), self._arrays())

  def train_step(self, split: Callable = lambda batch: batch) -> Callable:
    """(state, dataset) -> (state, metrics {name: [P]})."""

    def one(fields, state, dataset):
      return self._copy(fields).train_step(split)(state, dataset)

    every = jax.vmap(one, (0, AXES, None), (AXES, 0))

    def step(state, dataset):
      with self._differing():
        return every(self._arrays(), state, dataset)

    return step

  def each(self, function: Callable) -> Callable:
    """`function` of one copy's state, and of arguments that are the same for all."""
    return lambda state, *others: jax.vmap(lambda state: function(state, *others), (AXES,))(state)

  def member(self, state: TrainState, copy: int) -> tuple[Experiment, TrainState]:
    """(Experiment, TrainState) of one copy; copies that differ by seed alone share their Experiment."""
    return self._shared({field: values[copy] for field, values in self.fields.items()}), _part(state, copy)

  def to_sample(self, state: TrainState, copy: int) -> tuple[Experiment, TrainState]:
    """The same, but copies that learn in other ways, and sample alike, share what is compiled."""
    first = lambda field: 0 if field.startswith(LEARNING) else copy
    shared = self._shared({field: values[first(field)] for field, values in self.fields.items()})
    return shared, _part(state, copy)

  def _shared(self, values):
    cell = tuple(values.values())
    if cell not in self.alike:
      self.alike[cell] = self._copy(values)
    return self.alike[cell]

  def smaller(self, times: float) -> str:
    """What takes `times` less memory, by config fields."""
    count = math.floor(self.copies / times)
    return f'about {count} copies would fit (population.seeds)' if count else super().smaller(times)

  def _differing(self):
    return varying.explained('population.over', self.fields)

  def _arrays(self):
    numbers = {field: values for field, values in self.fields.items() if field not in self._rules}
    return {field: jnp.array(values, jnp.float32) for field, values in numbers.items()}

  @functools.cached_property
  def _rules(self):
    return {field: 0.0 for field, values in self.fields.items() if varying.is_rule(field, values[0])}

  def _copy(self, fields):
    """The Experiment of one copy, some of whose fields may be traced."""
    return experiment.make(varying.with_values(self.config, {**self._rules, **fields}), self.spec)


def _part(state, copy):
  """The TrainState of one copy."""
  parts = {
    field.name: getattr(state, field.name)
    if getattr(AXES, field.name) is None
    else jax.tree.map(lambda array: array[copy], getattr(state, field.name))
    for field in dataclasses.fields(state)
  }
  return TrainState(**parts)


def make(config: ConfigDict, spec: Spec) -> Population:
  """The Population that config.population asks for: `seeds` copies of each combination of values in `over`.

  `over` is 'field=value,value;field=value,...'; with `zip` the first values of all go together, and so on.
  Raises UserError for what is no number in the config, and for a value that is there twice.
  """
  count, values = config.population.seeds, varying.parse(config, 'population.over')
  if config.seed + count > 2**31:
    raise errors.UserError(
      f'seed={config.seed}: that of {count} copies (population.seeds) is below 2^31 - {count}'
    )
  cells = [dict(zip(values, cell, strict=True)) for cell in _cells(values, config.population.zip)]
  members = [(config.seed + k, cell) for cell in cells for k in range(count)]
  one = experiment.make(config, spec)
  fields = {field: tuple(cell[field] for _, cell in members) for field in values}
  made = Population(config, spec, one.gan, one.optimizers, tuple(seed for seed, _ in members), fields)
  for name in made.names:
    if made.names.count(name) > 1:
      raise errors.UserError(f'population.over: {name} is there twice; population.seeds gives more copies')
  return made


def check(config: ConfigDict) -> None:
  """Raises UserError for copies that are to be trained at once, and cannot."""
  for field, some in varying.parse(config, 'population.over').items():
    if len({varying.is_rule(field, value) for value in some}) > 1:
      raise errors.UserError(
        f'population.over: {field}=0 is a rule of its own: copies with it are another run'
      )


def _cells(values, zipped):
  """The values of each cell."""
  if not zipped:
    return itertools.product(*values.values())
  if len({len(some) for some in values.values()}) > 1:
    lengths = ', '.join(f'{field} has {len(some)}' for field, some in values.items())
    raise errors.UserError(f'population.zip pairs values, and {lengths}')
  return zip(*values.values(), strict=True) if values else [()]
