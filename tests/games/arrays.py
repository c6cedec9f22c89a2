"""A view of arrays of any shape: each is a row of grey pixels."""

import jax
import numpy as np

from gan_jax.gans import contract
from gan_jax.runs import files


def snapshot(experiment, dataset):
  """state -> arrays [sample.num, ...] of the same latents."""
  real, rng = dataset.examples(np.arange(experiment.config.sample.num)), jax.random.key(0)
  output = experiment.gan.presentation.output
  made = lambda state: contract.sample(experiment.gan, contract.averaged(state), real, rng)[1][output]
  compiled = jax.jit(experiment.each(made))
  return lambda state: np.asarray(compiled(state))


def draw(arrays):
  """uint8 [N, all numbers of one, 3]."""
  rows = arrays.reshape(len(arrays), -1, 1).repeat(3, -1)
  return np.uint8(np.clip(127.5 * (rows + 1), 0, 255))


def write(experiment, folder, state, dataset, rows):
  """Writes what is generated, and what is real."""
  sampler, output = experiment.sampler(state), experiment.gan.presentation.output
  files.save_png(folder / 'generated.png', draw(sampler(count=4)))
  files.save_png(folder / 'real.png', draw(np.asarray(dataset.examples(np.arange(4))[output])))


def save(experiment, sampler, count, out, seed):
  """Writes an array 'samples'."""
  files.save_npz(out, samples=sampler.generate(sampler.draw(count, seed)))


def scorer(experiment, dataset):
  """How large what is generated is."""
  return lambda experiment, state: {'size': float(np.abs(experiment.sampler(state)(count=4)).mean())}


def sentence(scores):
  """One number."""
  return f'mean size {scores["size"]:.3g}'


def describe(experiment, dataset):
  """How many."""
  return f'{dataset.size} arrays'
