"""The side of this code in benchmarks.step: what main.py does with a config, and what that costs at least."""

import sys

import jax
import jax.numpy as jnp

from benchmarks import race
from gan_jax import gans
from gan_jax.devices import compilation, mesh
from gan_jax.training import diagnostics, setup


def train(config, dataset):
  """(a work of training steps, the floating-point operations of one in its matrix products)."""
  training = Training(config, dataset)
  return training, training.cost


class Training:
  """The work: call it with a count of steps. `cost` is that of one step, in operations; `state` is of now.

  As in a run the programs look whether their state is finite, if they are to be `watched`.
  """

  def __init__(self, config, dataset, watched=True):
    experiment = setup.make(config, dataset.spec(gans.reads_conditions(config)))
    layout = mesh.layout(config.train.batch_size)
    self.state, placed = layout.replicate((experiment.init_state(), dataset))
    one_step = experiment.train_step(layout.split)
    self.cost, self._now = compilation.operations(one_step, self.state, placed), 0
    at_once = config.train.steps_per_dispatch
    looks = diagnostics.watching(self.cost >= compilation.LARGE)
    self._advance = compilation.Dispatcher(
      one_step,
      lambda *_: placed,
      self.cost,
      at_once,
      sys.maxsize,
      layout.whole,
      looks=tuple(map(experiment.each, looks)) if watched else (),
    )

  def compile(self):
    """The bytes that a dispatch takes, its arguments included."""
    asked = self._advance.prepare(self.state, self._now).memory_analysis()
    total = asked.argument_size_in_bytes + asked.temp_size_in_bytes + asked.output_size_in_bytes
    return total - asked.alias_size_in_bytes

  def __call__(self, count):
    start = self._now
    while self._now < start + count:
      self.state, _, steps = self._advance(self.state, self._now)
      self._now += steps
    jax.block_until_ready(self.state)
    return self._now - start


def sampling(config, dataset, images):
  """A work of units of so many images, which it brings to the host."""
  experiment = setup.make(config, dataset.spec())
  sampler = experiment.sampler(experiment.init_state())

  def work(count):
    for seed in range(count):
      sampler(sampler.latents(images, seed))
    return count

  return work


def sampling_cost(config, dataset, images):
  """Floating-point operations of so many images, in their matrix products."""
  experiment = setup.make(config, dataset.spec())
  batch, rng = experiment.spec.zeros(), jax.random.key(0)

  def generate(variables):
    return experiment.gan.generate(variables, {**batch, **experiment.gan.draw(rng, batch)}, rng, train=False)

  cost = compilation.operations(generate, jax.eval_shape(experiment.init, 0).variables)
  return cost * images // config.train.batch_size


def matmul_rate(side=2048, rounds=10):
  """Floating-point operations per second of a large product in float32: the fastest of some."""
  square = jnp.ones((side, side), jnp.float32)
  product = jax.jit(jnp.matmul)

  def work(count):
    product(square, square).block_until_ready()
    return count

  return 2 * side**3 / min(race.timed(work, 1) for _ in range(rounds))
