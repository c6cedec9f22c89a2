"""What happens to a run that is attacked: killed, stopped, its files damaged, its numbers made none.

python -m benchmarks.faults [--attacks=flip,kill] [--trials=20] [--minutes=90] [--seed=0] [--lanes=2]

`flip`, `damage` and `power` are done to checkpoints, `kill` and `term` to processes of main.py at random
instants, `several` to one of several that train together, `full` to their disk, `nan` to the steps of a run
in this process; `pictures`, `told`, `stored` and `logged` are files that are none. Printed is a table of how
many trials ended as they should, and what came of each; --trials=0 makes as many as docs/reliability.md asks
for. The exit status is 1 if any did not, or if the minutes were too few for all. So many attacks are made at
once as there are lanes; each by itself has hardly more to do than one core can.
"""

import concurrent.futures
import multiprocessing
import os
import random
import signal
import tempfile
import threading
import time
from pathlib import Path

from benchmarks import (
  fault_disks,
  fault_files,
  fault_fuzz,
  fault_numbers,
  fault_power,
  fault_processes,
  fault_several,
  report,
)
from gan_jax import command_line

ATTACKS = {
  'flip': (fault_files.flip, 200, 'one bit of the last checkpoint flipped'),
  'damage': (fault_files.damage, 200, 'its files truncated, zeroed, removed, renamed'),
  'power': (fault_power.power, 200, 'the power cut at a point of a save, unsynced data or names lost'),
  'kill': (fault_processes.kill, 100, 'SIGKILL at a random instant'),
  'term': (fault_processes.term, 50, 'SIGTERM or SIGINT at a random instant'),
  'several': (fault_several.several, 30, 'one of two or three processes killed, stopped, cut off, SIGTERM'),
  'full': (fault_disks.full, 1000, 'a disk that is full at a write of a run: at each that can find it so'),
  'nan': (fault_numbers.nan, 80, "NaN in D's loss, G's, the data, one copy of a population"),
  'pictures': (fault_fuzz.pictures, 10_000, 'pictures of ten formats with other bytes, through folder'),
  'told': (fault_fuzz.told, 5_000, 'tables, JSON lines and COCO files with other parts and bytes'),
  'stored': (fault_fuzz.stored, 3_000, 'the config.json of a run with other parts and bytes'),
  'logged': (fault_fuzz.logged, 2_000, 'its metrics.jsonl with other parts and bytes'),
}


def main(words):
  """Returns the exit status."""
  parser = report.parser(__doc__, 'faults')
  parser.add_argument('--attacks', default=','.join(ATTACKS))
  parser.add_argument('--trials', type=int, default=20)
  parser.add_argument('--minutes', type=float, default=90)
  parser.add_argument('--seed', type=int, default=0)
  parser.add_argument('--lanes', type=int, default=2)
  flags = parser.parse_args(words)
  names, end, rows = report.some(flags.attacks, 'attack', ATTACKS), time.monotonic() + 60 * flags.minutes, []
  begun = time.monotonic()
  spawned = multiprocessing.get_context('spawn')
  with concurrent.futures.ProcessPoolExecutor(flags.lanes, spawned, follow, (os.getpid(),)) as pool:
    made = [pool.submit(trials, name, flags.trials, flags.seed, end) for name in names]
    try:
      for done in concurrent.futures.as_completed(made):
        rows.append(done.result())
        print(line(rows[-1]), flush=True)
    except BaseException:
      pool.shutdown(cancel_futures=True)
      raise
  minutes = round((time.monotonic() - begun) / 60, 1)
  print(f'all: {minutes} minutes')
  report.write(flags.out, 'faults', words, {'rows': rows, 'minutes': minutes})
  return int(any(row['trials'] != row['right'] or row['cut_short'] or not row['trials'] for row in rows))


def follow(parent):
  """Ends this process, and what it has started, when its parent is there no more."""

  def watch():
    while os.getppid() == parent:
      time.sleep(1)
    os.killpg(0, signal.SIGKILL)

  os.setpgid(0, 0)
  threading.Thread(target=watch, daemon=True).start()


def trials(name, count, seed, end):
  """The row of an attack, a generator that gives for each trial what happened and whether it was right.

  Of 0 trials there are as many as usual; at the time `end` no other one is begun.
  """
  attack, usual, about = ATTACKS[name]
  begun, happened, wrong, short = time.monotonic(), {}, [], False
  with tempfile.TemporaryDirectory() as folder:
    made = attack(Path(folder), random.Random(seed))
    for left, (what, right) in zip(range((count or usual) - 1, -1, -1), made, strict=False):
      happened[what] = happened.get(what, 0) + 1
      wrong += [] if right else [what]
      if short := left > 0 and time.monotonic() > end:
        break
    made.close()
  count = sum(happened.values())
  seconds = round(time.monotonic() - begun, 1)
  row = {'attack': name, 'about': about, 'trials': count, 'right': count - len(wrong)}
  return {**row, 'happened': happened, 'wrong': wrong, 'seconds': seconds, 'cut_short': short}


def line(row):
  """A row as text."""
  outcomes = ', '.join(f'{count} {what}' for what, count in row['happened'].items())
  count = f'{row["right"]:>5} of {row["trials"]:<5}{row["seconds"]:>7.0f} s'
  return f'{row["attack"]:9}{count}   {row["about"]}: {outcomes}{", CUT SHORT" * row["cut_short"]}'


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
