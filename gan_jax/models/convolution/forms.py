"""Which form of a convolution is the fastest on this CPU, as `benchmarks.forms --keep` has measured.

forms.json has a table for each kind of CPU, by its instructions and its maker; one that is not there takes
that of another maker with the same instructions. Shapes that are near none of its rows are left to rules.
So the choice is the same each time on one machine, and with it the bits.
"""

import functools
import json
import math
from pathlib import Path
from typing import NamedTuple

from gan_jax.devices import platforms

FILE = Path(__file__).with_name('forms.json')
NEAR = (
  1.0  # the sum of the powers of 2 between two shapes up to which what was measured of one serves the other
)
FEW = 8  # channels or features that are fewer than a vector's numbers: those have to be the same


class Shape(NamedTuple):
  """Of an operation; of `side` * `side` pixels, before its stride."""

  side: int
  channels: int
  features: int
  kernel: int
  stride: int

  def distance(self, other: 'Shape') -> float:
    """How far the other one is, in powers of 2; infinitely where it cannot tell of this one."""
    pairs = list(zip(self, other, strict=True))
    fixed = pairs[3:] + [both for both in pairs[1:3] if min(both) < FEW]
    if any(one != another for one, another in fixed):
      return math.inf
    return sum(abs(math.log2(one / another)) for one, another in pairs[:3])


def fastest(operation: str, shape: Shape) -> str:
  """The name of an operation's fastest form at the nearest shape that was measured.

  '' if none is near, or two were as fast: there a rule has to choose.
  """
  rows = [row for row in measured(platforms.processor()) if row['operation'] == operation]
  far = lambda row: shape.distance(Shape(*row['shape']))
  nearest = min(rows, key=far, default=None)
  return nearest['form'] if nearest and far(nearest) <= NEAR else ''


def measured(kind: str) -> list[dict]:
  """The rows for a kind of CPU, as platforms.processor() says it."""
  instructions, like = kind.partition(' ')[0], table()
  others = (rows for name, rows in like.items() if name.partition(' ')[0] == instructions)
  return like[kind] if kind in like else next(others, [])


@functools.cache
def table() -> dict[str, list[dict]]:
  """{kind of CPU: [{'operation', 'shape': [those of a Shape], 'form', 'ms': {form: time}}]}."""
  return json.loads(FILE.read_text())
