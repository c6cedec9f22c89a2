"""What a config asks for, in parts: the GAN, the optimizers, the state; what training and sampling share."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from ml_collections import ConfigDict

from gan_jax import errors, gans, optimizers
from gan_jax.data.spec import Spec
from gan_jax.devices import compilation
from gan_jax.gans import averages
from gan_jax.gans.contract import averaged
from gan_jax.gans.sampler import Sampler
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.training import schedules, step, varying
from gan_jax.training.state import TrainState, init_state


@dataclasses.dataclass(frozen=True, eq=False)  # hashed as itself: a static argument of compiled functions
class Experiment:
  """All of a run but its data, of which it knows only the Spec."""

  config: ConfigDict
  spec: Spec
  gan: gans.GAN
  optimizers: dict[str, optax.GradientTransformation]  # {'g', 'd'?}

  copies, settings = 1, ('',)

  def __post_init__(self):
    """Raises UserError for fields that cannot move as config.schedule asks."""
    _ = self.schedule

  @property
  def names(self) -> tuple[str, ...]:
    """What the copies that learn at once are called; here there is one. See population.py."""
    return (f'seed {self.config.seed}',)

  @functools.cached_property
  def schedule(self) -> schedules.Schedule:
    """How fields move while it trains."""
    return schedules.make(self.config)

  def at(self, now: int | jax.Array) -> 'Experiment':
    """The same, but still, with the values that scheduled fields have at a step, which may be traced."""
    if not self.schedule.ends:
      return self
    values = self.schedule.values(self.config, now)
    config = varying.with_values(self.config, {**values, 'schedule.over': ''})
    return Experiment(config, self.spec, *players(config, self.spec))

  def init(self, seed: int | jax.Array) -> TrainState:
    """The TrainState before the first step."""

    def begin(seed, now):
      one = self.at(now)
      return init_state(one.gan, one.optimizers, one.spec.zeros(), seed, one.config.train)

    if not self.schedule.ends:
      return begin(seed, 0)
    with varying.explained(schedules.WHERE, self.schedule.ends):
      return jax.jit(begin)(seed, 0)  # so that a penalty of 0 that is to rise has its state

  def init_state(self) -> TrainState:
    """The TrainState before the first step, by one compiled program."""
    return compilation.once(self.init)(self.config.seed)

  def game(self, split: Callable = lambda batch: batch) -> step.Game:
    """What its steps are made of; `split` spreads a batch over devices."""
    return step.Game(self.gan, self.optimizers, self.config.train, split, self.config.log.every)

  def train_step(self, split: Callable = lambda batch: batch) -> Callable:
    """(state, dataset) -> (state, metrics {name: []}); see step.make_step."""
    if not self.schedule.ends:
      return step.make_step(self.game(split))

    def moving(state, dataset):
      with varying.explained(schedules.WHERE, self.schedule.ends):
        return step.make_step(self.at(state.step).game(split))(state, dataset)

    return moving

  def update(self, side: str, state: TrainState, batch: dict, rngs: Any) -> TrainState:
    """The state after one update of 'g' or 'd' alone on a batch; `rngs` are G's and the loss's."""
    update = {'g': step.update_g, 'd': step.update_d}[side]
    return update(self.at(state.step).game(), state, step.Round(batch, batch, rngs[0], None), rngs[1])[0]

  def sampler(self, state: TrainState) -> Sampler:
    """What G makes, with its averaged params."""
    return Sampler(self.gan, self.spec, averaged(state))

  def each(self, function: Callable) -> Callable:
    """`function` of a TrainState, lifted to the states of all copies: here there is one."""
    return function

  def member(self, state: TrainState, copy: int) -> tuple['Experiment', TrainState]:
    """(Experiment, TrainState) of one of the copies that learn at once."""
    return self, state

  def to_sample(self, state: TrainState, copy: int) -> tuple['Experiment', TrainState]:
    """The same of a copy that is to be sampled and scored, and learns no more."""
    return self.member(state, copy)

  def check_memory(self, needed: int, free: int) -> None:
    """Raises TooLarge, which says what to change, if steps need more bytes than are free; 0: not known."""
    if free and needed > free:
      gib = [f'{bytes_ / 2**30:.1f} GiB' for bytes_ in (needed, free)]
      raise errors.TooLarge(f'training needs {gib[0]}, {gib[1]} are free: {self.smaller(needed / free)}')

  def smaller(self, times: float) -> str:
    """What takes `times` less memory, by config fields."""
    batch, now, devices = self.config.train.batch_size, self.config.train.accumulate, jax.device_count()
    parts = [n for n in range(1, batch + 1) if batch % (n * devices) == 0 and n >= 1.1 * times * now]
    if not parts:
      return 'try a smaller data.size, or narrower networks'
    images = batch * now // parts[0]
    return (
      f'try train.accumulate={parts[0]} (the batch in parts), train.batch_size={images},'
      f' or, on an accelerator, train.remat=True'
    )

  def restore(
    self, saved: Checkpoints, at: int | None = None, sharding: Any = None, mend: bool = False
  ) -> TrainState:
    """The TrainState of `saved` Checkpoints: step `at` or the last sound one, see Checkpoints.restore."""
    return saved.restore(jax.eval_shape(self.init, self.config.seed), at, sharding, mend)


def make(config: ConfigDict, spec: Spec) -> Experiment:
  """The Experiment of a config, whatever its population; see setup.make. Raises UserError."""
  return Experiment(config, spec, *players(config, spec))


def players(config: ConfigDict, spec: Spec) -> tuple[gans.GAN, dict[str, optax.GradientTransformation]]:
  """(the GAN, its optimizers) of a config, some of whose numbers may be traced. Raises UserError."""
  gan, train = gans.make(config, spec), config.train
  found = {'g': optimizers.make(config.g_optimizer, train.num_steps, train.g_steps)}
  if gan.d_loss:
    found['d'] = optimizers.make(config.d_optimizer, train.num_steps, train.d_steps)
  return gan, found


def start_from(state: TrainState, other: TrainState, partial: bool, notice: Callable = print) -> TrainState:
  """`state` with the networks of `other`, for fine-tuning: params, statistics and average, but no optimizer.

  If `partial`, with all arrays that fit, and `notice` is told which do not; else raises UserError that names
  the first array whose shape differs.
  """
  before = {**other.variables, 'g_average': averaged(other)['g']}
  wanted = {**state.variables, **({'g_average': averages.usual(state.ema)} if state.ema else {})}
  found = {_name(path): array for path, array in jax.tree_util.tree_leaves_with_path(before)}
  missing = []

  def take(path, array):
    name = _name(path)
    if name in found and found[name].shape == array.shape:
      return jnp.copy(found[name])
    missing.append(f'{name} is {list(array.shape)} here, {_shape(found.get(name))} there')
    return array

  taken = jax.tree_util.tree_map_with_path(take, wanted)
  if missing and not partial:
    more = f' (and {len(missing) - 1} more)' if len(missing) > 1 else ''
    raise errors.UserError(f'train.init_from: {missing[0]}{more}; train.init_partial=True takes what fits')
  for line in missing:
    notice(f'train.init_from: new, not taken: {line}')
  one = taken.pop('g_average', {})
  several = {name: jax.tree.map(jnp.copy, one) for name in averages.named(state.ema)}
  return state.replace(ema=several or one, variables=taken)


def _name(path):
  return jax.tree_util.keystr(path, simple=True, separator='/')


def _shape(array):
  return 'absent' if array is None else list(array.shape)
