"""The side of this code in benchmarks.step: what main.py does with a config, and what that costs at least."""

import sys

import jax
import jax.numpy as jnp

from benchmarks import race
from gan_jax import gans
from gan_jax.devices import compilation, mesh
from gan_jax.training import setup


def train(config, dataset):
  """(a work of training steps, the floating-point operations of one in its matrix products)."""
  experiment = setup.make(config, dataset.spec(gans.reads_conditions(config)))
  layout = mesh.layout(config.train.batch_size)
  state, placed = layout.replicate((experiment.init_state(), dataset))
  one_step = experiment.train_step(layout.split)
  cost = compilation.operations(one_step, state, placed)
  at_once = config.train.steps_per_dispatch
  advance = compilation.Dispatcher(one_step, lambda *_: placed, cost, at_once, sys.maxsize, layout.whole)
  now = 0

  def work(count):
    nonlocal state, now
    start = now
    while now < start + count:
      state, _, steps = advance(state, now)
      now += steps
    jax.block_until_ready(state)
    return now - start

  return work, cost


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
