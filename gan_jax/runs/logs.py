"""What a run logs while it trains: metrics.jsonl, a progress bar, TensorBoard, pictures."""

import collections
import concurrent.futures
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np
from jaxtyping import UInt8
from ml_collections import ConfigDict
from tensorboardX import SummaryWriter
from tqdm import tqdm

from gan_jax import errors
from gan_jax.configs import lengths
from gan_jax.runs.files import save_png, write_whole
from gan_jax.runs.folder import SCORE, WARNING, Run, is_losses

Draw = Callable[[], UInt8[np.ndarray, 'H W 3']]
WAITING = 4  # pictures that are not yet drawn, at most: an end waits for them
SHOWN = {'d/loss': 'D', 'g/loss': 'G'}


class Writers:
  """Used as a context; pictures are written by a thread of their own, and are all there at its end.

  What the run has of steps after `start` is dropped; `kept` are the other rows of metrics.jsonl.
  """

  def __init__(self, run: Run, config: ConfigDict, start: int):
    self._run = run
    self._metrics, self.kept = self._from(start)
    self._copies = self._begin_copies(start) if config.log.copies else None
    self._board = SummaryWriter(str(run.tensorboard), purge_step=start) if config.log.tensorboard else None
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
    self._metrics.close()
    if self._copies:
      self._copies.close()
    if self._board:
      self._board.close()
    self._paint_all()

  def rewind(self, step: int) -> None:
    """Goes on from an earlier step: what there is of later ones is dropped."""
    self._paint_all()
    self._metrics.close()
    self._metrics, self.kept = self._from(step)
    if self._copies:
      self._copies.close()
      self._copies = self._begin_copies(step)
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
      self._row({'step': step, **{f'{SCORE}{name}': value for name, value in numbers.items()}})

  def warning(self, step: int, name: str, copies: list[int] | None) -> None:
    """Writes a row that names how the game seems to fail, of several copies in which."""
    row = {'step': step, WARNING: name} | ({'copies': copies} if copies is not None else {})
    self._write(row)
    if self._board:
      self._board.add_text(WARNING, ' '.join(map(str, [name, *(copies or [])])), step)

  def scalars(self, step: int, row: dict[str, float]) -> None:
    """Writes a row of losses."""
    row = {'step': step, **row}
    self._row(row)
    shown = {short: f'{row[name]:.3f}' for name, short in SHOWN.items() if name in row}
    self._bar.set_postfix({**shown, 'images/s': f'{row["examples_per_second"]:,.0f}'}, refresh=False)

  def copies(self, step: int, row: dict[str, list[float]]) -> None:
    """Writes a row of losses {name: [P]} of copies that learn at once, if config.log.copies asks for it."""
    if self._copies:
      self._copies.write(json.dumps({'step': step, **row}) + '\n')
      self._copies.flush()

  def picture(self, step: int, draw: Draw) -> None:
    """Writes the picture that draw() gives as samples/step_NNNNNN.png, and to TensorBoard; few may wait."""
    self._paint_all(WAITING)
    self._painted.append(self._painter.submit(self._paint, step, draw))

  def _from(self, start):
    """(metrics.jsonl, open to go on after `start`, its rows), without later steps."""
    kept = [row for row in self._run.logged() if row['step'] <= start]
    write_whole(self._run.metrics, ''.join(json.dumps(row) + '\n' for row in kept))
    for file in self._run.samples.glob('step_*.png'):
      if file.stem[5:].isdigit() and int(file.stem[5:]) > start:
        file.unlink()
    return self._run.metrics.open('a'), kept

  def _paint_all(self, but=0):
    while len(self._painted) > but:
      try:
        self._painted.popleft().result()
      except errors.UserError as error:  # a disk that is full may have room again
        tqdm.write(f'{error}; training goes on', file=sys.stderr)

  def _begin_copies(self, start):
    kept = [row for row in self._run.copies() if row['step'] <= start]
    write_whole(self._run.copies_file, ''.join(json.dumps(row) + '\n' for row in kept))
    return self._run.copies_file.open('a')

  def _write(self, row):
    self._metrics.write(json.dumps(row) + '\n')
    self._metrics.flush()

  def _row(self, row):
    self._write(row)
    if self._board:
      for name, value in row.items():
        self._board.add_scalar(name, value, row['step'])

  def _paint(self, step, draw):
    pixels = draw()
    save_png(self._run.samples / f'step_{step:06d}.png', pixels)
    if self._board:
      self._board.add_image('samples', pixels, step, dataformats='HWC')


class Silent:
  """The Writers of processes that leave the files to the first one."""

  before: ClassVar = {}
  kept: ClassVar = []

  def __enter__(self):
    return self

  def __exit__(self, *_):
    pass

  def rewind(self, step: int) -> None:
    pass

  def progress(self, step: int) -> None:
    pass

  def rate(self, step: int) -> float:
    return 0.0

  def paused(self) -> contextlib.nullcontext:
    return contextlib.nullcontext()

  def scores(self, step: int, numbers: dict[str, float]) -> None:
    pass

  def warning(self, step: int, name: str, copies: list[int] | None) -> None:
    pass

  def scalars(self, step: int, row: dict[str, float]) -> None:
    pass

  def copies(self, step: int, row: dict[str, list[float]]) -> None:
    pass

  def picture(self, step: int, draw: Draw) -> None:
    pass
