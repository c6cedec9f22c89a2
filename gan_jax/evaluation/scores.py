"""The scores of one set of generated samples."""

import dataclasses
from typing import Any

from gan_jax.evaluation.intervals import Interval


@dataclasses.dataclass(frozen=True)
class Scores:
  """Numbers by name; some have an interval. The protocol is common to all, with what each 'measures'."""

  numbers: dict[str, float]
  intervals: dict[str, Interval] = dataclasses.field(default_factory=dict)  # of 95 %
  protocol: dict[str, Any] = dataclasses.field(default_factory=dict)
