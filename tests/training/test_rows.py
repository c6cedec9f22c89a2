"""The rows of a run: which steps have one, and that a stop changes none of them."""

import math

import numpy as np
import pytest

from gan_jax import regularizers
from gan_jax.training import rows


class Out:
  """Writers that keep what they are told."""

  def __init__(self, before=None):
    self.before, self.told = before or {}, []

  def rate(self, step):
    return 1.0

  def scalars(self, step, row):
    self.told.append({'step': step, **{name: value for name, value in row.items() if '/' in name}})


def metrics(before, now, every):
  """What the steps (before, now] compute: the penalty at those whose number from 0 on `every` divides."""
  steps = np.arange(before, now)
  lazy = regularizers.lazy_name('r1', every)
  return {'d/loss': steps + 0.5, f'd/{lazy}_a': np.where(steps % every == 0, 100.0 + steps, 0.0)}


def run(start, end, out, at_once=4, log=10, save=8, every=3):
  """The rows of a run from `start` to `end`, in dispatches on an absolute grid; its last state is saved."""
  made, now = rows.Rows(out, log), start
  while now < end:
    before, now = now, min(now - now % at_once + at_once, end)
    made.add(metrics(before, now, every), before, now, now == end or rows.due(save, before, now))
  return out.told


def test_the_first_step_each_nth_and_all_that_are_saved_have_a_row():
  assert [row['step'] for row in run(0, 26, Out())] == [1, 8, 10, 16, 20, 24, 26]
  assert [row['step'] for row in run(0, 5, Out(), log=0, save=0)] == [1, 5]


@pytest.mark.parametrize('every', [1, 2, 3, 7, 10, 50])
@pytest.mark.parametrize('at_once', [1, 4, 25])
def test_a_lazy_penalty_stands_there_as_it_last_was(every, at_once):
  for row in run(0, 60, Out(), at_once, every=every):
    step = row['step'] - 1  # from 0 on
    assert row == {'step': step + 1, 'd/loss': step + 0.5, 'd/r1_a': 100.0 + step - step % every}


@pytest.mark.parametrize('stop', [1, 5, 8, 13, 30])
@pytest.mark.parametrize('every', [1, 3, 16, 50])
def test_a_run_that_goes_on_has_the_rows_of_one_that_did_not_stop(stop, every):
  straight = run(0, 60, Out(), every=every)
  first = run(0, stop, Out(), every=every)
  parts = first + run(stop, 60, Out(first[-1]), every=every)
  assert [row for row in parts if row['step'] != stop] == [row for row in straight if row['step'] != stop]


def test_what_was_never_computed_is_left_out():
  """As after a start from a checkpoint whose row is lost."""
  assert run(5, 8, Out(), every=50) == [{'step': 8, 'd/loss': 7.5}]


def test_a_loss_that_is_no_number_is_told():
  """It is not taken for what was not computed."""
  out = Out()
  rows.Rows(out, 1).add({'d/loss': np.array([1.0, math.nan])}, 0, 2, saved=False)
  assert out.told[0]['d/loss'] == 1
  assert math.isnan(out.told[1]['d/loss'])


def test_names_of_what_is_lazily_computed():
  assert regularizers.lazy_name('r1', 1) == 'r1'
  for every in (2, 16):
    assert regularizers.logged_name(f'd/{regularizers.lazy_name("r1", every)}_a') == ('d/r1_a', every)
  assert regularizers.logged_name('d/loss') == ('d/loss', 1)


def test_losses_that_are_not_finite_are_left_out_of_the_mean():
  assert rows.number(np.array([1.0, np.nan, 3.0])) == 2
  assert rows.number(np.float32(0.5)) == 0.5
  assert math.isnan(rows.number(np.array([np.nan, np.nan])))


@pytest.mark.parametrize(
  ('every', 'before', 'now', 'due'), [(5, 4, 5, True), (5, 5, 9, False), (0, 0, 9, False)]
)
def test_what_is_due(every, before, now, due):
  assert rows.due(every, before, now) is due
