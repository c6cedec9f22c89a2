"""A sweep from its question to its page: what --mode=sweep does, wherever it runs."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gan_jax.configs.overrides import Override
from gan_jax.runs import folder as runs
from gan_jax.runs.files import save_png, write_whole
from gan_jax.runs.lock import Lock
from gan_jax.training.sweep import figures, page, plan, reading, results, runner, search, tell
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.plan import Planner, Trial
from gan_jax.training.sweep.question import Sweep


@dataclasses.dataclass(frozen=True)
class Asked:
  """A sweep that may run: nothing is wrong with what it asks, nor with what is there of it."""

  sweep: Sweep
  planner: Planner
  folder: Folder
  trials: Sequence[Trial]  # those that are known before it runs


def ask(path: str, words: Sequence[Override] = (), file: str = '', folder: Path | None = None) -> Asked:
  """The sweep of a config and its overrides, as it or `file` asks, in a folder. Raises UserError."""
  sweep = reading.read(path, file)
  planner = Planner(path, words)
  trials = plan.make(planner, sweep)
  found = Folder(folder or default_folder(path, words, file), sweep.score_name, sweep.rank is min, sweep.rule)
  if sweep.sampler != 'random':
    search.check(sweep)
    trials = search.known(sweep, planner, found)
  found.check(trials)
  return Asked(sweep, planner, found, trials)


def default_folder(path: str, words: Sequence[Override], file: str) -> Path:
  """sweeps/<config name>, and what is overridden, and the name of the sweep's own file."""
  usual = runs.default_folder(path, words, 'sweeps')
  return usual.with_name(f'{usual.name}-{Path(file).stem}') if file else usual


def make(asked: Asked, notice: Callable = print, crew: Any = None) -> bool:
  """Makes what is missing, and tells what came out; False if Ctrl-C stopped it. Raises UserError.

  The `crew` is that of crews.choose; without one this process makes all.
  """
  with crew or runner.Here() as crew, Lock(asked.folder.path):
    asked.folder.open(asked.planner.base({}))
    options = {'hours': asked.sweep.most_hours, 'most': asked.sweep.most_together, 'crew': crew}
    if asked.sweep.sampler == 'random':
      trials, finished = asked.trials, runner.run(asked.trials, asked.folder, notice, **options)
    else:
      trials, finished = search.run(asked.sweep, asked.planner, asked.folder, notice, **options)
    if finished:
      summarise(dataclasses.replace(asked, trials=trials), notice)
    else:
      notice('stopped, and all is saved; the same command continues from there')
  return finished


def summarise(asked: Asked, notice: Callable = print) -> None:
  """Writes results.csv, results.md, figures/, index.html and best.py; `notice` is told the best."""
  folder, better = asked.folder, asked.sweep.rank
  if not asked.trials:
    notice('no trial has begun')
    return
  found = results.read(asked.trials, folder)
  settings = results.settings(found, better)
  results.write_csv(folder, found)
  title = f'Sweep of {Path(asked.planner.path).stem}'
  told, rows = tell.facts(folder, found, settings, better is min), tell.cells(settings, folder.score)
  failed = tell.failures(found)
  pictures = figures.draw(folder, found, settings, results.importance(settings))
  for name, picture in pictures.items():
    save_png(folder.path / 'figures' / f'{name}.png', picture)
  write_whole(folder.path / 'results.md', tell.markdown(title, told, rows, failed))
  write_whole(folder.path / 'index.html', page.make(title, told, rows, failed, pictures))
  tell.write_best(folder, asked.planner.base({}), settings)
  best = settings[0]
  notice(told[0])
  for line in failed[:3]:
    notice(f'failed: {line}')
  notice(f'best: {best.label}, {folder.score.replace("_", " ")} {tell.number(best.mean, best.interval)}')
  if others := folder.others(asked.trials):
    some = others[0] if len(others) == 1 else f'{others[0]}, ...'
    notice(f'trials that are there and that this sweep does not plan: {len(others):,} ({some})')
  notice(f'results: {folder.path}/index.html, results.md, results.csv, best.py')
