"""Codes timed in turns in one process, so that a busy machine slows all of them alike.

A work is a function of a count that makes so many units of something, or some more, waits for the end, and
returns how many it has made.
"""

import argparse
import statistics
import time


def add_flags(parser, rounds, seconds):
  """--rounds and --seconds, with these defaults."""
  parser.add_argument('--rounds', type=positive(int), default=rounds)
  parser.add_argument('--seconds', type=positive(float), default=seconds, help='of a turn')


def positive(kind):
  """A type of flags: numbers of this kind, above zero."""

  def parse(text):
    if (number := kind(text)) <= 0:
      raise argparse.ArgumentTypeError(f'{text} is not positive')
    return number

  return parse


def race(sides, rounds, seconds):
  """{label: [seconds per unit, one a round]} of `sides` {label: work}; a turn takes about `seconds`.

  Each first works until it is warm: compiled, its memory fetched, its threads awake.
  """
  counts = {label: units_in(seconds, work) for label, work in sides.items()}
  times = {label: [] for label in sides}
  for _ in range(rounds):
    for label, work in sides.items():
      times[label].append(timed(work, counts[label]))
  return times


def units_in(seconds, work):
  """How many units of `work` take about `seconds`, at least one; warms it up to find out."""
  timed(work, 1)
  count = 1
  while (each := timed(work, count)) * count < seconds / 4:
    count *= 4
  return max(1, round(seconds / each))


def timed(work, count):
  """The seconds that a unit of `work` takes when `count` are asked for."""
  begun = time.perf_counter()
  units = work(count)
  return (time.perf_counter() - begun) / units


def summary(times):
  """{'median', 'min', 'max'} of a list of seconds."""
  return {'median': statistics.median(times), 'min': min(times), 'max': max(times)}


def fastest(works, rounds=6):
  """The index of the work whose fastest unit of `rounds`, in turns, is the shortest."""
  times = [[timed(work, 1) for work in works] for _ in range(rounds)]
  best = [min(column) for column in zip(*times, strict=True)]
  return best.index(min(best))
