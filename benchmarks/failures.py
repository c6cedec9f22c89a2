"""How GANs fail and what cures them: each failure is made, and cured, by the same code and the same seed.

python -m benchmarks.failures [--only=wins,collapse] [--seed=1] [--workdir=DIR]

The runs stay in --workdir; one that is finished is not run again. A picture of each failure,
fails_NAME.png, is drawn beside --out. docs/health.md has them.
"""

from pathlib import Path

import numpy as np

from benchmarks import failure_pictures, failure_scores, learn, report
from benchmarks.failure_cases import CASES, FEW
from gan_jax import command_line, configs, data, errors
from gan_jax.runs import files
from gan_jax.runs import folder as runs
from gan_jax.views import grids

QUICK = {
  **{'log.every': 20, 'log.tensorboard': False, 'sample.every': 0},
  **{'checkpoint.every': 300, 'checkpoint.keep': 5},
}
COLUMNS = {  # name: (heading, format)
  'fid': ('distance', '.1f'),
  'classes_covered': ('digits', '.0f'),
  'modes_covered': ('modes', '.0f'),
  'high_quality': ('3 sigma', '.1%'),
  'spread': ('spread', '.3f'),
  'd/loss': ('d/loss', '.4g'),
  'g/loss': ('g/loss', '.4g'),
  'gap': ('gap', '.3g'),
  'd/real_logit': ('real', '.3g'),
  'd/fake_logit': ('fake', '.3g'),
  'd/unseen_logit': ('unseen', '.3g'),
  'd/r1': ('d/r1', '.2g'),
  'seconds': ('seconds', '.0f'),
}
WORDS = {
  'fid': 'Frechet distance {fid:.0f}, {classes_covered:.0f} of 10 digits',
  'high_quality': '{modes_covered:.0f} of 8 modes, {high_quality:.0%} in 3 sigma',
  'ended': 'ended at step {ended}',
}


def main(words):
  """Returns the exit status."""
  flags = parse(words)
  few_digits(flags.workdir / FEW['data.path'])
  rows = []
  print(line(None))
  for name in flags.only:
    found = {}
    for label, (config, fields) in CASES[name].runs.items():
      seed = {'seed': fields.get('seed', 0) + flags.seed} if flags.seed else {}
      found[label] = measure(config, {**fields, **seed}, flags.workdir)
      rows.append({'failure': name, 'run': label, **found[label]})
      print(line(rows[-1]), flush=True)
    draw(flags.out.parent / f'fails_{name}.png', CASES[name], flags.workdir, found)
  report.write(flags.out, 'failures', words, {'rows': rows})
  return 0


def parse(words):
  parser = report.parser(__doc__, 'failures')
  parser.add_argument('--only', default=','.join(CASES))
  parser.add_argument('--seed', type=int, default=0, help='added to those of the runs')
  parser.add_argument('--workdir', type=Path, default=report.ROOT / 'runs/failures')
  flags = parser.parse_args(words)
  flags.only = report.some(flags.only, 'failure', CASES)
  return flags


def few_digits(folder):
  """Writes the first 100 digits as PNG files, if they are not there."""
  images = data.load('digits', size=(16, 16)).examples(np.arange(100))['image']
  for k in range(100):
    if not (file := folder / f'{k:03}.png').exists():
      files.save_png(file, grids.tile(images[k : k + 1], width=16))


def measure(name, fields, workdir):
  """{'config', 'fields', 'folder', 'said', 'scores'} of a run, which is made first if it is not there.

  'said' is the line with which a run ended before its last step; such a run has no scores of samples.
  """
  run = runs.Run(workdir / folder_name(name, fields))
  here = {'data.path': str(workdir / fields['data.path'])} if 'data.path' in fields else {}
  config, silent, said = configs.get(name, {**QUICK, **fields, **here}, silently), silently, ''
  try:
    learn.learn(config, run, silent)
    scores = {**failure_scores.score(run), **failure_scores.at_the_end(run.rows())}
  except errors.UserError as error:
    said, scores = str(error), {'ended': run.rows()[-1]['step']}
  scores['seconds'] = report.seconds(config, run.rows())
  return {'config': name, 'fields': fields, 'folder': run.folder.name, 'said': said, 'scores': scores}


def silently(_):
  """Takes the lines of a run."""


def folder_name(name, fields):
  """That of a run by its fields, so that cases share runs."""
  return runs.default_folder(name, [(path, str(value)) for path, value in fields.items()]).name


def line(row):
  """A measured row as text; the headings if it is None."""
  if row is None:
    return ' '.join([f'{"":36}', *(f'{heading:>9}' for heading, _ in COLUMNS.values())])
  scores = row['scores']
  cells = [f'{scores[name]:{form}}' if name in scores else '' for name, (_, form) in COLUMNS.items()]
  return ' '.join(
    [f'{row["failure"] + ": " + row["run"]:36}', *(f'{cell:>9}' for cell in cells), row['said']]
  )


def draw(file, case, workdir, found):
  """Draws those runs of a case that its picture has, if it has one, of the measured rows {label: row}."""
  shown = []
  for label, words in case.drawn.items():
    row = found[label]
    run, scored = (
      runs.Run(workdir / row['folder']),
      next(WORDS[name] for name in WORDS if name in row['scores']),
    )
    rows = run.rows() + (failure_scores.unseen(run) if case.unseen else [])
    samples = None if row['said'] else failure_scores.samples(run)
    shown.append((words, rows, samples, scored.format(**row['scores'])))
  if shown:
    failure_pictures.draw(file, shown, case.ticks)


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
