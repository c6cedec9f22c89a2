"""What a run logs while it trains: metrics.jsonl, a progress bar, TensorBoard, pictures."""

import collections
import concurrent.futures
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from ml_collections import ConfigDict
from tqdm import tqdm

from gan_jax import errors
from gan_jax.configs import lengths
from gan_jax.runs.appended import Appended
from gan_jax.runs.board import Board
from gan_jax.runs.files import save_png
from gan_jax.runs.folder import Run
from gan_jax.runs.logged import SCORE, WARNING, is_losses, is_scores, rows_of

Draw = Callable[[], UInt8[np.ndarray, 'H W 3']]
WAITING = 4  # pictures that are not yet drawn, at most: an end waits for them
SHOWN = {'d/loss': 'D', 'g/loss': 'G'}


class Writers:
  """Used as a context; pictures are written by a thread of their own, and are all there at its end.

  What the run has of steps after `start` is dropped; `kept` are the other rows of metrics.jsonl. What a disk
  does not take is told, and training goes on.
  """

  def __init__(self, run: Run, config: ConfigDict, start: int):
    self._run = run
    self._metrics = Appended(run.metrics, run.folder, self._upto(start, run.logged()))
    self._copies = None
    if config.log.copies:
      self._copies = Appended(run.copies_file, run.folder, text(upto(start, run.copies())))
    self._board = Board(run, start) if config.log.tensorboard else None
    self._drop_pictures(start)
    self._painter = concurrent.futures.ThreadPoolExecutor(1)
    self._painted = collections.deque()
    calm = {} if sys.stderr.isatty() else {'mininterval': 20, 'maxinterval': 60}
    self._bar = tqdm(total=config.train.num_steps, initial=start, unit='step', dynamic_ncols=True, **calm)
    self._per_step = lengths.images_of_step(config.train)
    self._last = (start, time.perf_counter())

  @property
  def before(self) -> dict[str, float]:
    """The last row of losses that is kept, or {}."""
    return next((row for row in reversed(self.kept) if is_losses(row)), {})

  def __enter__(self):
    return self

  def __exit__(self, *_):
    self._bar.close()
    self._painter.shutdown()
    for file in (self._metrics, self._copies, self._board):
      if file:
        file.close()
    self._paint_all()

  def rewind(self, step: int) -> None:
    """Goes on from an earlier step: what there is of later ones is dropped."""
    self._paint_all()
    self._metrics.begin(self._upto(step, rows_in(self._metrics)))
    if self._copies:
      self._copies.begin(text(upto(step, rows_in(self._copies))))
    if self._board:
      self._board.rewind(step)
    self._drop_pictures(step)
    self._bar.n, self._last = step, (step, time.perf_counter())
    self._bar.refresh()

  def progress(self, step: int) -> None:
    """Moves the bar to `step`."""
    self._bar.update(step - self._bar.n)

  def rate(self, step: int) -> float:
    """Real images per second since the last call, which is at `step` now."""
    now = time.perf_counter()
    steps, seconds = step - self._last[0], now - self._last[1]
    self._last = (step, now)
    return round(self._per_step * steps / seconds, 2)

  @contextlib.contextmanager
  def paused(self) -> Iterator[None]:
    """A context whose seconds do not enter `rate`."""
    begun = time.perf_counter()
    yield
    self._last = (self._last[0], self._last[1] + time.perf_counter() - begun)

  def scores(self, step: int, numbers: dict[str, float]) -> None:
    """Writes a row of scores by name, if there are any; all are finite."""
    if numbers:
      self.scored = step
      self._row({'step': step, **{f'{SCORE}{name}': value for name, value in numbers.items()}})

  def warning(self, step: int, name: str, copies: list[int] | None) -> None:
    """Writes a row that names how the game seems to fail, of several copies in which."""
    row = {'step': step, WARNING: name} | ({'copies': copies} if copies is not None else {})
    self._metrics.write(text([row]))
    if self._board:
      self._board.text(step, WARNING, ' '.join(map(str, [name, *(copies or [])])))

  def scalars(self, step: int, row: dict[str, float]) -> None:
    """Writes a row of losses."""
    row = {'step': step, **row}
    self._row(row)
    shown = {short: f'{row[name]:.3f}' for name, short in SHOWN.items() if name in row}
    self._bar.set_postfix({**shown, 'images/s': f'{row["examples_per_second"]:,.0f}'}, refresh=False)

  def copies(self, step: int, row: dict[str, list[float]]) -> None:
    """Writes a row of losses {name: [P]} of copies that learn at once, if config.log.copies asks for it."""
    if self._copies:
      self._copies.write(text([{'step': step, **row}]))

  def sync(self) -> None:
    """Has the rows so far on the disk: before a state is saved, for those steps are not made again."""
    for file in (self._metrics, self._copies):
      if file:
        file.sync()

  def drawn(self, step: int) -> bool:
    """Whether the picture of a step is there."""
    return picture(self._run, step).exists()

  def picture(self, step: int, draw: Draw) -> None:
    """Writes the picture that draw() gives as samples/step_NNNNNN.png, and to TensorBoard; few may wait."""
    self._paint_all(WAITING)
    self._painted.append(self._painter.submit(self._paint, step, draw))

  def _upto(self, step, rows):
    """The rows up to a step as text, which are kept."""
    self.kept = upto(step, rows)
    self.scored = next((row['step'] for row in reversed(self.kept) if is_scores(row)), 0)
    return text(self.kept)

  def _drop_pictures(self, start):
    for file in self._run.samples.glob('step_*.png'):
      if file.stem[5:].isdigit() and int(file.stem[5:]) > start:
        with contextlib.suppress(OSError):  # it is drawn again
          file.unlink()

  def _paint_all(self, but=0):
    while len(self._painted) > but:
      try:
        self._painted.popleft().result()
      except errors.UserError as error:  # a disk that is full may have room again
        tqdm.write(f'{error}; training goes on', file=sys.stderr)

  def _row(self, row):
    self._metrics.write(text([row]))
    if self._board:
      self._board.scalars(row['step'], {name: value for name, value in row.items() if name != 'step'})

  def _paint(self, step, draw):
    pixels = draw()
    self._run.check_there()
    save_png(picture(self._run, step), pixels)
    if self._board:
      self._board.image(step, pixels)


def picture(run: Run, step: int) -> Path:
  """Where the samples of a step are drawn."""
  return run.samples / f'step_{step:06d}.png'


def text(rows: Iterable[Mapping[str, Any]]) -> bytes:
  """Rows as JSON lines."""
  return ''.join(json.dumps(row) + '\n' for row in rows).encode()


def upto(step: int, rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
  """Those of the rows that are not of later steps."""
  return [row for row in rows if row['step'] <= step]


def rows_in(file: Appended) -> list[dict[str, Any]]:
  """The rows that a file has, or is to have. Raises UserError."""
  return rows_of(file.content().decode(errors='replace').splitlines())
