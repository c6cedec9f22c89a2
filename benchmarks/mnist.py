"""MNIST by configs/dcgan_mnist.py and by the same networks in PyTorch: seconds per epoch, one judge's scores.

python -m benchmarks.mnist --epochs=10 [--manual_dir=DIR] [--only=ours]

May be stopped at any time: the same command goes on. Run it on an idle machine, or the seconds say nothing.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gan_jax import command_line, configs, data, errors
from gan_jax.devices import host_memory
from gan_jax.evaluation import scoring
from gan_jax.gans.sampler import Sampler
from gan_jax.runs.folder import Run
from gan_jax.training import loop, setup

try:
  from benchmarks import report, torch_dcgan, torch_networks
except ModuleNotFoundError as error:
  sys.exit(f'error: {error}; pip install -r requirements-bench.txt')

SCORED = (1, 5, 10)  # epochs; the last one always is
KEEP_ALL = 10**6  # checkpoints: those that interruptions leave must not push out an epoch's


def main(words):
  """Returns the exit status."""
  flags = parse(words)
  host_memory.keep_freed()  # for both sides, before either has threads
  config = configs.load(report.ROOT / 'configs/dcgan_mnist.py', [('data.manual_dir', flags.manual_dir)])
  dataset = data.make(config)
  steps = flags.steps_per_epoch or dataset.size // config.train.batch_size
  config.train.num_steps = flags.epochs * steps
  config.sample.every = config.checkpoint.every = steps
  config.checkpoint.keep = KEEP_ALL
  config.log.every = min(config.log.every, steps)
  facts = {
    'steps_per_epoch': steps,
    'batch_size': config.train.batch_size,
    'parameters': torch_networks.parameters(config, dataset.spec()),
  }
  sides = {name: SIDES[name] for name in ([flags.only] if flags.only else SIDES)}
  folders = {name: Run(flags.workdir / name) for name in sides}
  for name, side in sides.items():
    if not side.train(config, folders[name], dataset, flags.epochs, steps):
      return 130
  seconds = {
    side.label: report.seconds_per_epoch(config, folders[name], steps) for name, side in sides.items()
  }
  rows, pictures = scores(config, sides, folders, dataset, flags, steps)
  print(report.table(rows, seconds))
  report.write(flags.out, 'mnist', words, {**facts, 'seconds_per_epoch': seconds, 'scores': rows})
  report.draw(flags.out.with_suffix('.png'), pictures)
  return 0


def parse(words):
  """The flags; --steps_per_epoch, for a try, has no help and leads to a folder and results of its own."""
  parser = report.parser(__doc__, 'mnist')
  parser.set_defaults(out=None)  # it depends on the other flags
  parser.add_argument('--epochs', type=int, default=10)
  parser.add_argument('--manual_dir', default='', help='a folder with the published files of MNIST')
  parser.add_argument('--only', choices=SIDES, help='one side alone')
  parser.add_argument('--num_images', type=int, default=10_000, help='generated images that are judged')
  parser.add_argument('--workdir', type=Path, help='of the runs; by default runs/benchmark_mnist')
  parser.add_argument('--steps_per_epoch', type=int, default=0, help=argparse.SUPPRESS)
  flags = parser.parse_args(words)
  for field in ('epochs', 'num_images'):
    if getattr(flags, field) < 1:
      raise errors.UserError(f'--{field}={getattr(flags, field)}: must be at least 1')
  name = f'mnist_{flags.steps_per_epoch}_steps' if flags.steps_per_epoch else 'mnist'
  flags.workdir = flags.workdir or Path(f'runs/benchmark_{name}')
  flags.out = (
    flags.out or report.ROOT / f'benchmarks/results/{name}{"_" * bool(flags.only)}{flags.only or ""}.json'
  )
  return flags


def scores(config, sides, folders, dataset, flags, steps):
  """(a row for each epoch, side and kind of weights; [(title, images), ...] after the last epoch)."""
  score = scoring.by_labels(dataset, data.make(config, 'test'))
  rows, pictures = [], {}
  for epoch in sorted({epoch for epoch in SCORED if epoch < flags.epochs} | {flags.epochs}):
    for name, side in sides.items():
      for weights, images in side.generate(config, folders[name], epoch, steps, flags.num_images).items():
        row = {'epoch': epoch, 'side': side.label, 'weights': weights}
        rows.append({**row, **score(images).numbers})
        pictures[name] = f'{side.label}, {weights} weights, epoch {epoch}', images[:32]
  return rows, list(pictures.values())


def train_ours(config, run, dataset, epochs, steps):
  return loop.train(config, run)[1]


def generate_ours(config, run, epoch, steps, count):
  experiment, state = setup.load(run.folder, epoch * steps)
  samplers = {
    'raw': Sampler(experiment.gan, experiment.spec, state.variables),
    'averaged': experiment.sampler(state),
  }
  return {weights: sampler(sampler.latents(count)) for weights, sampler in samplers.items()}


def train_torch(config, run, dataset, epochs, steps):
  torch_dcgan.train(config, run, dataset.arrays['image'], epochs, steps)
  return True


def generate_torch(config, run, epoch, steps, count):
  return {'raw': torch_dcgan.generate(config, run, (*config.data.size, config.data.channels), epoch, count)}


class Side(NamedTuple):
  """One of the two codes that are compared."""

  label: str
  train: Callable  # (config, run, dataset, epochs, steps per epoch) -> whether it finished
  generate: Callable  # (config, run, epoch, steps per epoch, count) -> {weights: images [count, H, W, C]}


SIDES = {
  'ours': Side('gan_jax', train_ours, generate_ours),
  'torch': Side('PyTorch', train_torch, generate_torch),
}


if __name__ == '__main__':
  command_line.run(main, 'interrupted; the same command goes on from the last epoch')
