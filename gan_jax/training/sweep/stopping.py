"""Trials that end early, because others have better scores at the same step.

The scores are those that runs take while they train, see config.evaluate.every, and are read from their
folders: a rule is a function of these, the same wherever trials run, and no process waits for another.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

Scores = Mapping[int, float]  # {step: score}
FACTOR = 3  # of ASHA: from one rung to the next, and the share of trials that goes on
FEWEST = 3  # others, by which a median tells something


class Judged(NamedTuple):
  """A trial at a step, beside others; `last` is the step at which all end."""

  own: Scores
  others: Sequence[Scores]
  last: int
  lower: bool  # whether lower scores are better

  @property
  def now(self) -> int:
    """The last step with a score."""
    return max(self.own)


def asha(judged: Judged) -> str:
  """Why the trial ends, or '': at each rung, last / 3, last / 9, ..., the best third so far goes on.

  Li et al. 2020, https://arxiv.org/abs/1810.05934, algorithm 2, as Ray's ASHAScheduler has it: who comes to a
  rung is compared with those that have been there, and is not asked again.
  """
  rung = max((step for step in rungs(judged.last) if step <= judged.now), default=0)
  reached = [at(scores, rung) for scores in judged.others]
  there = [value for value in reached if value is not None]
  if not rung or at(judged.own, rung, before=judged.now) is not None or not there:
    return ''
  share = 1 / FACTOR if judged.lower else 1 - 1 / FACTOR
  bound, value = float(np.quantile(there, share)), judged.own[judged.now]
  if value == bound or (value < bound) == judged.lower:
    return ''
  return f'{value:.4g} is not among the best third of {len(there) + 1} at step {rung:,}'


def median(judged: Judged) -> str:
  """Why the trial ends, or '': its best score is worse than the median of the others' means until this step.

  Golovin et al. 2017, Google Vizier, 3.2.2, https://doi.org/10.1145/3097983.3098043. None ends in the first
  ninth of the steps.
  """
  means = [
    statistics.fmean(some)
    for scores in judged.others
    if max(scores, default=0) >= judged.now
    and (some := [value for step, value in scores.items() if step <= judged.now])
  ]
  if len(means) < FEWEST or judged.now < judged.last / FACTOR**2:
    return ''
  best, bound = (min if judged.lower else max)(judged.own.values()), statistics.median(means)
  if best == bound or (best < bound) == judged.lower:
    return ''
  return f'{best:.4g} is worse than the median {bound:.4g} of {len(means)} at step {judged.now:,}'


RULES: dict[str, Callable[[Judged], str]] = {'asha': asha, 'median': median}


def rungs(last: int) -> list[int]:
  """The steps of ASHA's rungs."""
  return [step for k in range(1, 5) if (step := last // FACTOR**k)]


def at(scores: Scores, rung: int, before: float = float('inf')) -> float | None:
  """The first score at a rung or after it, `before` a step; None where there is none."""
  steps = [step for step in scores if rung <= step < before]
  return scores[min(steps)] if steps else None
