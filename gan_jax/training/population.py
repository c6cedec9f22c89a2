"""Many independent copies of one experiment in one program: other seeds, and other values of some fields.

Copy k learns exactly what a run of its own would with that seed: it draws its own data, latents and weights.
"""

import dataclasses
import itertools
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs import overrides
from gan_jax.data.dataset import Dataset
from gan_jax.data.spec import Spec
from gan_jax.devices import compilation, memory
from gan_jax.training import experiment
from gan_jax.training.experiment import Experiment
from gan_jax.training.state import TrainState

AXES = TrainState(step=None, seed=0, rollbacks=None, variables=0, opt_state=0, ema=0)  # of jax.vmap


@dataclasses.dataclass(frozen=True, eq=False)
class Population(Experiment):
  """The Experiment of copies that learn at once: arrays of its TrainState have one more axis, the first.

  Only the step is shared. `seeds` [P] and `fields` {field: float32 [P]} say how the copies differ.
  """

  seeds: tuple[int, ...]
  fields: dict[str, tuple[float, ...]]

  @property
  def copies(self) -> int:
    """How many there are."""
    return len(self.seeds)

  def init(self, seed: int | jax.Array) -> TrainState:
    """The TrainState of all copies before the first step; the config's seed is in `seeds` already."""
    one = lambda seed, fields: self._copy(fields).init(seed)
    return jax.vmap(one, out_axes=AXES)(jnp.array(self.seeds, jnp.int32), self._arrays())

  def train_step(self, split: Callable = lambda batch: batch) -> Callable:
    """(state, dataset) -> (state, metrics {name: [P]})."""

    def one(fields, state, dataset):
      return self._copy(fields).train_step(split)(state, dataset)

    every = jax.vmap(one, (0, AXES, None), (AXES, 0))
    return lambda state, dataset: every(self._arrays(), state, dataset)

  def each(self, function: Callable) -> Callable:
    """`function` of one copy's state, and of arguments that are the same for all."""
    return lambda state, *others: jax.vmap(lambda state: function(state, *others), (AXES,))(state)

  def members(self, state: TrainState) -> list[tuple[str, Experiment, TrainState]]:
    """[(name, Experiment, TrainState)] of the copies, one by one; those that differ by seed share theirs."""
    found, alike = [], {}
    for k, seed in enumerate(self.seeds):
      parts = {
        field.name: getattr(state, field.name)
        if getattr(AXES, field.name) is None
        else jax.tree.map(lambda array, k=k: array[k], getattr(state, field.name))
        for field in dataclasses.fields(state)
      }
      one = TrainState(**parts)
      values = {field: values[k] for field, values in self.fields.items()}
      name = ', '.join([f'{field}={value:g}' for field, value in values.items()] + [f'seed {seed}'])
      cell = tuple(values.values())
      alike[cell] = alike.get(cell) or self._copy(values)
      found.append((name, alike[cell], one))
    return found

  def check_memory(self, dataset: Dataset) -> None:
    """Raises UserError, which says how many would, if the copies' step does not fit into free memory.

    And if they are to differ in a field whose value decides what is compiled.
    """
    free, one_step = memory.free(), jax.jit(self.train_step())
    try:
      state = jax.eval_shape(self.init, 0)
      jaxpr = jax.make_jaxpr(one_step)(state, dataset).jaxpr
    except jax.errors.ConcretizationTypeError as error:
      fields = ', '.join(self.fields)
      raise errors.UserError(
        f'population.over: copies cannot differ in {fields}: it decides what is compiled'
      ) from error
    if not free or memory.traced_bytes(jaxpr) < free:
      return  # even if nothing were ever given back
    asked = compilation.make(one_step, 1).lower(state, dataset).compile().memory_analysis()
    total = asked.argument_size_in_bytes + asked.output_size_in_bytes + asked.temp_size_in_bytes
    if total > free:
      raise errors.UserError(
        f'{len(self.seeds)} copies need {total / 2**30:.1f} GiB, {free / 2**30:.1f} are free:'
        f' about {math.floor(len(self.seeds) * free / total)} would fit (population.seeds)'
      )

  def _arrays(self):
    return {field: jnp.array(values, jnp.float32) for field, values in self.fields.items()}

  def _copy(self, fields):
    """The Experiment of one copy, some of whose fields may be traced."""
    config = self.config.copy_and_resolve_references()
    with config.ignore_type():
      for field, value in fields.items():
        section, last = overrides.find(config, field)
        section[last] = value
    return experiment.make(config, self.spec)


def make(config: ConfigDict, spec: Spec) -> Population:
  """The Population that config.population asks for: `seeds` copies of each combination of values in `over`.

  `over` is 'field=value,value;field=value,...'. Raises UserError for what is no number in the config.
  """
  count, values = config.population.seeds, parse(config)
  cells = [dict(zip(values, cell, strict=True)) for cell in itertools.product(*values.values())]
  members = [(config.seed + k, cell) for cell in cells for k in range(count)]
  one = experiment.make(config, spec)
  fields = {field: tuple(cell[field] for _, cell in members) for field in values}
  return Population(config, spec, one.gan, one.optimizers, tuple(seed for seed, _ in members), fields)


def parse(config: ConfigDict) -> dict[str, tuple[float, ...]]:
  """{field: (value, ...)} of config.population.over."""
  found = {}
  for part in filter(None, config.population.over.split(';')):
    field, _, texts = part.replace(' ', '').partition('=')
    checked = config.copy_and_resolve_references()
    for text in texts.split(','):
      overrides.override(checked, field, text)  # raises for a field that there is not
      section, last = overrides.find(checked, field)
      if not isinstance(section[last], float):
        raise errors.UserError(f'population.over: copies may differ in real numbers, not in {field}')
      found.setdefault(field, []).append(section[last])
  return {field: tuple(values) for field, values in found.items()}
