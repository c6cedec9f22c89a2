"""The curves of docs/health.md: short runs that fail on purpose, beside others that do not, and what is said.

python -m benchmarks.health [--only=saturated,collapse] [--workdir=DIR]

Copies of one population differ in their rates alone. The runs stay in --workdir; one that is finished is not
made again. A picture of each warning, health_NAME.png, is drawn beside --out.
"""

from pathlib import Path
from typing import NamedTuple

from PIL import Image

from benchmarks import learn, report
from gan_jax import command_line, configs, errors
from gan_jax.runs import files
from gan_jax.runs.folder import Run
from gan_jax.training import health
from gan_jax.views import canvas

QUICK = {
  **{'log.every': 20, 'log.tensorboard': False, 'log.copies': True, 'sample.every': 0},
  **{'checkpoint.every': 0, 'evaluate.num_images': 0, 'train.num_steps': 800, 'train.batch_size': 64},
  **{'generator.name': 'mlp', 'discriminator.name': 'mlp'},
  **{'generator.widths': (64, 64), 'discriminator.widths': (64, 64), 'train.on_nan': 'stop'},
}
NO_PENALTY = {'penalty.r1': 0, 'penalty.r2': 0}


def rates(g, d):
  """Fields of copies with these rates of G and of D."""
  over = f'g_optimizer.learning_rate={g};d_optimizer.learning_rate={d}'
  return {'population.over': over, 'population.zip': True}


RUNS = {  # {name: (config, fields)}
  'points': ('toy_ring_vanilla', rates('1e-3,0,0.2', '1e-3,1e-3,1e-3')),
  'digits': (
    'dcgan_digits',
    {**NO_PENALTY, 'loss': 'non_saturating', **rates('5e-4,1e-5', '5e-4,5e-3')},
  ),
  'sgd': (
    'dcgan_digits',
    {
      **NO_PENALTY,
      **{'loss': 'wasserstein', 'log.every': 1, 'train.steps_per_dispatch': 5},
      **{f'{side}_optimizer.name': 'sgd' for side in 'gd'},
      **{f'{side}_optimizer.learning_rate': 0.05 for side in 'gd'},
    },
  ),
}


class Case(NamedTuple):
  """A warning, the run and the copy that sets it off, and what its picture shows."""

  warning: str
  run: str
  copy: int
  metrics: tuple[str, ...]
  limit: float | None = None  # beyond which it fails
  logarithmic: bool = False


CASES = {
  'saturated': Case('discriminator saturated', 'digits', 1, ('d/accuracy',), health.SURE),
  'collapse': Case('mode collapse suspected', 'points', 2, ('g/diversity',), health.ALIKE, logarithmic=True),
  'still': Case('generator does not learn', 'points', 1, ('g/update_ratio', 'd/update_ratio')),
  'exploding': Case('gradients exploding', 'sgd', 0, ('d/grad_norm', 'g/grad_norm'), logarithmic=True),
}


def main(words):
  """Returns the exit status: 1 where a warning was not said of what fails, or was of what is healthy."""
  parser = report.parser(__doc__, 'health')
  parser.add_argument('--only', default=','.join(CASES))
  parser.add_argument('--workdir', type=Path, default=report.ROOT / 'runs/health')
  flags = parser.parse_args(words)
  rows = []
  for name in report.some(flags.only, 'warning', CASES):
    case = CASES[name]
    run = learned(case.run, flags.workdir)
    said = [row['step'] for row in run.warnings() if row['warning'] == case.warning and of(row, case.copy)]
    healthy = [row for row in run.warnings() if case.run != 'sgd' and of(row, 0)]
    rows.append({'warning': case.warning, 'said': said, 'healthy': healthy})
    print(f'{case.warning:26} said at step {said}, of the healthy copy {healthy}', flush=True)
    draw(flags.out.parent / f'health_{name}.png', case, run, said)
  report.write(flags.out, 'health', words, {'rows': rows})
  return int(any(row['healthy'] or not row['said'] for row in rows))


def of(row, copy):
  """Whether a row of a warning is of a copy."""
  return copy in row.get('copies', [0])


def learned(name, workdir):
  """The Run of RUNS, which is made if it is not there; it may end early."""
  config, fields = RUNS[name]
  run = Run(workdir / name)
  try:
    learn.learn(configs.get(config, {**QUICK, **fields}, lambda _: None), run, lambda _: None)
  except errors.UserError as error:
    print(f'{name}: {error}')
  return run


def curve(run, name, copy):
  """(steps, values) of a metric of one copy."""
  rows = [row for row in run.copies() or run.rows() if name in row]
  return [row['step'] for row in rows], [row[name][copy] if run.copies() else row[name] for row in rows]


def draw(file, case, run, said):
  """Writes the picture of a warning: its metrics in the copy that fails and, pale, in the healthy one."""
  figure, ((axis,),) = canvas.panels(1, 1, 4.6, 2.6)
  for k, name in enumerate(case.metrics):
    (line,) = axis.plot(*curve(run, name, case.copy), color=f'C{3 - 3 * k}', label=name)
    if case.copy:
      axis.plot(*curve(run, name, 0), color=line.get_color(), alpha=0.3, label=f'{name}, healthy')
  if case.limit is not None:
    axis.axhline(case.limit, color='grey', linestyle='--', label='limit')
  for step in said:
    axis.axvline(step, color='black', linestyle=':', label='said')
  if case.logarithmic:
    axis.set_yscale('log')
  axis.set(xlabel='step', title=case.warning)
  axis.title.set_fontsize(10)
  axis.grid(alpha=0.3)
  axis.legend(fontsize=7)
  file.parent.mkdir(parents=True, exist_ok=True)
  with files.whole(file) as partial:
    Image.fromarray(canvas.pixels(figure)).quantize(64, Image.Quantize.MAXCOVERAGE).save(
      partial, 'PNG', optimize=True
    )


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
