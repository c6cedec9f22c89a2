"""The table of a sweep while it runs: trial, what it changes, step, score, time left."""

import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from gan_jax.runs.folder import Run
from gan_jax.training.sweep.folder import Folder, State
from gan_jax.training.sweep.plan import Trial
from gan_jax.training.sweep.together import Group

TICK, ROWS = 1.0, 12  # seconds from one table to the next; rows of it
UP = '\033[{}A\033[J'  # the cursor back over so many lines, which are cleared


class Live:
  """On a terminal a table that is drawn anew each second; elsewhere a line for each trial that ends.

  Used as a context; `notice` is told the lines.
  """

  def __init__(
    self,
    trials: Sequence[Trial],
    folder: Folder,
    states: Mapping[str, State],
    notice: Callable,
    before: int = 0,
    planned: int = 0,
  ):
    """`states` are those of all trials, by name; of a search these follow on others, of so many planned."""
    self._trials, self._folder, self._notice = trials, folder, notice
    self._states, self._before, self._planned = dict(states), before, planned or len(trials)
    self._out, self._running, self._lines = sys.stderr, {}, 0
    self._begun, self._made = time.monotonic(), 0
    self._done, self._thread = threading.Event(), None

  def __enter__(self):
    over = sum(state.over for state in self._states.values())
    if over:
      self._notice(f'{over} of {len(self._trials)} trials are there')
    if self._out.isatty():
      self._thread = threading.Thread(target=self._draw, daemon=True)
      self._thread.start()
    elif over < len(self._trials) and not self._before:
      self._notice(f'what trials tell: {self._folder.path}/*/*/log.txt')
    return self

  def __exit__(self, *_):
    self._done.set()
    if self._thread:
      self._thread.join()

  def begin(self, group: Group) -> None:
    """Trials that train now."""
    self._running[group.name] = group, time.monotonic(), self._step(group)

  def end(self, group: Group) -> None:
    """They do no more, for what is there of them now."""
    self._running.pop(group.name)
    now = {trial.name: self._folder.state(trial) for trial in group.trials}
    self._states |= now
    over = {name: state for name, state in now.items() if state.over}
    self._made += len(over)
    if not self._thread:
      for name, state in over.items():
        self._notice(f'{name}: {self.told(state)} ({self.count()})')

  def count(self) -> str:
    """'5 of 12, 3 min left'."""
    over = self._before + sum(state.over for state in self._states.values())
    left = self._planned - over
    each = (time.monotonic() - self._begun) / self._made if self._made else None
    return f'{over} of {self._planned}' + (f', {minutes(each * left)} left' if each and left else '')

  def told(self, state: State) -> str:
    """'fid 21.3', or why it failed."""
    if state.kind == 'done':
      return self._scored(state.numbers)
    return f'{state.kind}: {state.error}' if state.error else state.kind

  def table(self) -> list[str]:
    """Its lines: what trains now, what has ended last, how many are over."""
    rows, running = [], set()
    for group, since, first in list(self._running.values()):
      running |= {trial.name for trial in group.trials}
      rows += self._rows(group, time.monotonic() - since, first)
    ended = [name for name, state in self._states.items() if state.over and name not in running]
    if len(rows) > ROWS // 2:
      rows[ROWS // 2 :] = [f'... {len(rows) - ROWS // 2} more at the same time']
    rows += [f'{name}   {self.told(self._states[name])}' for name in ended[-(ROWS - len(rows)) :]]
    return [*rows, self.count()]

  def _rows(self, group, spent, first):
    step, last = self._step(group), group.trials[0].steps
    left = minutes(spent / (step - first) * (last - step)) if step > first else '?'
    scores = self._folder.run(group.trials[0]).scores() if len(group.trials) == 1 else []
    taken = [f'   {self._scored(row)}' for row in scores if self._folder.score in row]
    told = f'step {step:,} of {last:,}{taken[-1] if taken else ""}   {left} left'
    return [f'{trial.name}   {told}' for trial in group.trials]

  def _scored(self, numbers):
    return f'{self._folder.score.replace("_", " ")} {numbers[self._folder.score]:.4g}'

  def _step(self, group):
    several = len(group.trials) > 1
    run = Run(self._folder.together / group.name) if several else self._folder.run(group.trials[0])
    rows = run.rows()
    return rows[-1]['step'] if rows else 0

  def _draw(self):
    while not self._done.wait(TICK):
      lines = [line[: shutil.get_terminal_size().columns - 1] for line in self.table()]
      self._out.write((UP.format(self._lines) if self._lines else '') + '\n'.join(lines) + '\n')
      self._out.flush()
      self._lines = len(lines)


def minutes(seconds: float) -> str:
  """'40 s', '3 min', '2.5 h'."""
  if seconds < 90:
    return f'{seconds:.0f} s'
  return f'{seconds / 60:.0f} min' if seconds < 5400 else f'{seconds / 3600:.1f} h'
