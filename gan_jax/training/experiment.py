"""A config made into its parts: the GAN, the optimizers, the state; what training and sampling share."""

import dataclasses
from pathlib import Path

import jax
import jax.numpy as jnp

from gan_jax import errors, gans, optimizers
from gan_jax.devices import compilation
from gan_jax.runs import checkpoints
from gan_jax.runs import folder as runs
from gan_jax.training import step


@dataclasses.dataclass(frozen=True, eq=False)  # hashed as itself: a static argument of compiled functions
class Experiment:
  """All of a run but its data, of which it knows only the shapes."""

  config: object  # ConfigDict
  spec: dict  # {name: ShapeDtypeStruct [B, ...]} of a batch
  gan: step.GAN
  optimizers: dict  # {'g', 'd'?: optax.GradientTransformation}

  copies = 1

  def init(self, seed):
    """The TrainState before the first step."""
    average = bool(self.config.train.ema_decay)
    return step.init_state(self.gan, self.optimizers, zeros(self.spec), seed, average)

  def init_state(self):
    """The TrainState before the first step, made in one program."""
    return compilation.once(self.init)(self.config.seed)

  def train_step(self, split=lambda batch: batch):
    """(state, dataset) -> (state, metrics {name: []}); see step.make_step."""
    return step.make_step(self.gan, self.optimizers, self.config.train, split)

  def each(self, function):
    """`function` of a TrainState, made one of the states of all copies: here there is one."""
    return function

  def members(self, state):
    """[(name, Experiment, TrainState)] of the copies that learn at once; see population.py."""
    return [(f'seed {self.config.seed}', self, state)]

  def check_memory(self, dataset):
    """Raises UserError if more copies than one do not fit into memory together."""

  def restore(self, saved, at=None, sharding=None):
    """The TrainState of `saved` Checkpoints: step `at` or the last, on one device or as asked."""
    return saved.restore(jax.eval_shape(self.init, self.config.seed), at, sharding)


def make(config, spec):
  """The Experiment of a complete config, for batches of `spec`, or the Population that it asks for."""
  asked = config.get('population')  # which runs of an earlier version do not have
  if not asked or (asked.seeds == 1 and not asked.over):
    return make_one(config, spec)
  from gan_jax.training import population  # which is made of experiments

  return population.make(config, spec)


def make_one(config, spec):
  """The Experiment of a config, whatever its population."""
  gan, train = gans.make(config, spec), config.train
  made = {'g': optimizers.make(config.g_optimizer, train.num_steps * train.g_steps)}
  if gan.d_loss:
    made['d'] = optimizers.make(config.d_optimizer, train.num_steps * max(train.d_steps, 1))
  return Experiment(config, spec, gan, made)


def load(folder, at=None):
  """(Experiment, TrainState) of a run, at its last checkpoint or step `at`; of a population, its first copy.

  Raises UserError if the folder is no run, or has no such checkpoint.
  """
  run = runs.Run(Path(folder))
  made = make(*run.stored())
  with checkpoints.Checkpoints(run.checkpoints) as saved:
    _, one, state = made.members(made.restore(saved, at))[0]
  return one, state


def batch_spec(dataset):
  """{name: ShapeDtypeStruct [B, ...]} of the dataset's batches."""
  return jax.eval_shape(lambda data: data.batch(0, 0), dataset)


def zeros(spec, size=None):
  """A batch of zeros like `spec`, of `size` examples if given: for code that looks at shapes only."""
  return {
    name: jnp.zeros((size or like.shape[0], *like.shape[1:]), like.dtype) for name, like in spec.items()
  }


def start_from(state, other):
  """`state` with the networks of `other`, for fine-tuning: params, statistics and average, but no optimizer.

  Raises UserError that names the first array whose shape differs.
  """
  wanted = jax.tree_util.tree_flatten_with_path(state.variables)[0]
  found = dict(jax.tree_util.tree_flatten_with_path(other.variables)[0])
  for path, array in wanted:
    have = found.get(path)
    if have is None or have.shape != array.shape:
      name = jax.tree_util.keystr(path, simple=True, separator='/')
      there = 'absent' if have is None else list(have.shape)
      raise errors.UserError(f'train.init_from: {name} is {list(array.shape)} here, {there} there')
  ema = jax.tree.map(jnp.copy, other.ema or other.variables['g']) if state.ema else {}
  return state.replace(variables=other.variables, ema=ema)
