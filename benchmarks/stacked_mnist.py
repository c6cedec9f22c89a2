"""Which of the thousand classes of stacked MNIST three games find, beside the figures of their papers.

python -m benchmarks.stacked_mnist [--rows=dcgan,pacgan,r3gan] [--workdir=DIR] [--manual_dir=DIR] [--steps=N]

Each row is its config for a CPU, configs/stacked_mnist_ROW.py:cpu, scored on 25,600 samples. The runs stay in
--workdir, and are gone on with there. docs/stacked_mnist.md has the protocol.
"""

import json
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks import games, report
from gan_jax import command_line
from gan_jax.evaluation.metrics import modes
from gan_jax.runs.folder import Run

SAMPLES = 25_600


class Published(NamedTuple):
  """What a paper has found with networks of its own."""

  game: str
  modes: float
  kl: float  # nats
  source: str


PUBLISHED = {
  'dcgan': Published('DCGAN', 78.9, 4.50, 'Lin et al. 2018, arxiv.org/abs/1712.04086, on 26,000 samples'),
  'pacgan': Published(
    'PacGAN-2', 1_000, 0.06, 'Lin et al. 2018, arxiv.org/abs/1712.04086, on 26,000 samples'
  ),
  'r3gan': Published('RpGAN + R1 + R2', 1_000, 0.078, 'Huang et al. 2024, arxiv.org/abs/2501.05441'),
}
SCORES = ('modes_covered', 'reverse_kl', 'reverse_kl_floor', 'judge_accuracy')
LINE = '{:18} {:>7} {:>8} {:>17} {:>8} {:>9} {:>8}'.format


def main(words):
  """Trains and scores the rows, prints their table; returns the exit status."""
  flags = games.parse(words, 'stacked_mnist', __doc__, PUBLISHED, 'rows')
  with tempfile.TemporaryDirectory() as temporary:
    folder = Path(flags.workdir or temporary)
    rows = [measure(name, folder, flags) for name in flags.rows]
  print(table(rows))
  published = {name: found._asdict() for name, found in PUBLISHED.items()}
  report.write(flags.out, 'stacked_mnist', words, {'rows': rows, 'published': published})
  return 0


def measure(name, folder, flags):
  """{'row', 'steps', 'minutes', 'scores', 'intervals_95', ...} of a game, trained first if it is not yet."""
  run = Run(folder / f'stacked_mnist_{name}')
  config, minutes = games.trained(run, f'stacked_mnist_{name}:cpu', flags, {'evaluate.num_images': SAMPLES})
  found = json.loads(run.evaluation.read_text())
  count = int(found['num_images'])
  return {
    'row': name,
    'steps': config.train.num_steps,
    'minutes': minutes,
    'samples': count,
    'scores': {score: value for score, value in found.items() if isinstance(value, int | float)},
    'expected_floor': modes.expected_floor(int(found['num_modes']), count),
    'intervals_95': found['intervals_95'],
  }


def table(rows):
  """Below each other what was measured and what is published, and how far the judge can be trusted."""
  lines = [LINE('game', 'modes', 'KL', '95 %', 'floor', 'steps', 'minutes')]
  for row in rows:
    covered, kl, floor, accuracy = (row['scores'][name] for name in SCORES)
    low, high = row['intervals_95']['reverse_kl']
    numbers = f'{covered:,.0f}', f'{kl:.4f}', f'{low:.4f} to {high:.4f}', f'{floor:.4f}'
    lines.append(LINE(row['row'], *numbers, f'{row["steps"]:,}', f'{row["minutes"]:.1f}'))
    there = PUBLISHED[row['row']]
    told = LINE(f'  {there.game}', f'{there.modes:,}', f'{there.kl:.3f}', '', '', '', '').rstrip()
    lines.append(f'{told}  ({there.source})')
    lines.append(
      f'  {row["samples"]:,} samples, {row["scores"]["num_modes"]:,.0f} classes; KL from uniform, nats; real'
      f' stacks {row["scores"]["modes_covered_real"]:,.0f} and {row["scores"]["reverse_kl_real"]:.4f}; the'
      f' judge reads {accuracy:.2%} of unseen digits'
    )
  return '\n'.join(lines)


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
