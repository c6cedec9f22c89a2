"""What is being done, and for how long, while there is nothing else to see: on stderr."""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator

from tqdm import contrib, tqdm

TICK, PATIENCE = 0.5, 3.0  # seconds: between two looks at a terminal; after which a line is worth it


def above(notice: Callable[[str], None]) -> Callable[[str], None]:
  """`notice`, but that its lines stand above the progress that a terminal shows."""

  def told(line):
    with tqdm.external_write_mode(file=sys.stderr):
      notice(line)

  return told


@contextlib.contextmanager
def waiting(what: str) -> Iterator[None]:
  """A context that tells what is done in it, and, if it took more than PATIENCE seconds, how many.

  On a terminal they go by in the line below; elsewhere there are two lines in all.
  """
  live, begun, done = sys.stderr.isatty(), time.monotonic(), threading.Event()
  bar = tqdm(desc=what, bar_format='{desc} ... {elapsed_s:.0f} s', leave=False, disable=not live)

  def tell():
    while live and not done.wait(TICK):
      bar.refresh()
    if not live and not done.wait(PATIENCE):
      tqdm.write(f'{what} ...', file=sys.stderr)

  teller = threading.Thread(target=tell, daemon=True)
  teller.start()
  shown = contrib.DummyTqdmFile(sys.stdout) if live else sys.stdout  # what is printed stands above the bar
  try:
    with contextlib.redirect_stdout(shown):
      yield
  finally:
    done.set()
    teller.join()
    bar.close()
  if time.monotonic() - begun > PATIENCE:
    tqdm.write(f'{what}: {time.monotonic() - begun:.0f} s', file=sys.stderr)
