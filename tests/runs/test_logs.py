"""What a run logs: rows of losses, rows of scores beside them, and what does not enter the rate."""

import threading

import numpy as np
import pytest

from gan_jax import configs, errors
from gan_jax.runs import folder as runs
from gan_jax.runs import logs


@pytest.fixture
def written(tmp_path):
  """A Run with two rows of losses and a row of scores after each."""
  run = runs.Run(tmp_path)
  with logs.Writers(run, options(), 0) as out:
    for step in (2, 4):
      out.scalars(step, {'d/loss': 1.0 / step, 'examples_per_second': 1.0})
      out.scores(step, {'fid': 10.0 - step})
    out.scores(5, {})
  return run


def options():
  return configs.get('dcgan_digits:test', {'train.batch_size': 8}, notice=lambda _: None)


def test_rows_of_scores_are_told_from_those_of_losses(written):
  assert [row['step'] for row in written.rows()] == [2, 4]
  assert written.scores() == [{'step': 2, 'fid': 8.0}, {'step': 4, 'fid': 6.0}]
  assert [row['step'] for row in written.logged()] == [2, 2, 4, 4]


@pytest.mark.parametrize(('start', 'kept'), [(4, [2, 4]), (3, [2]), (1, [])])
def test_a_run_that_goes_on_keeps_the_rows_of_its_past_and_knows_its_last_losses(written, start, kept):
  with logs.Writers(written, options(), start) as out:
    assert out.before == (
      {'step': kept[-1], 'd/loss': 1 / kept[-1], 'examples_per_second': 1.0} if kept else {}
    )
  assert [row['step'] for row in written.rows()] == kept
  assert [row['step'] for row in written.scores()] == kept
  assert list((written.folder / 'tensorboard').iterdir())


def test_a_picture_that_cannot_be_written_does_not_end_the_training(tmp_path, capsys):
  def full():
    raise errors.UserError('the disk is full')

  with logs.Writers(runs.Run(tmp_path), options(), 0) as out:
    for step in range(20):
      out.picture(step, full)
  assert capsys.readouterr().err.count('the disk is full; training goes on') == 20


def test_few_pictures_wait_so_that_an_end_comes_soon(tmp_path):
  drawn, slow = [], threading.Event()

  def draw():
    slow.wait(0.01)
    drawn.append(0)
    return np.zeros((2, 2, 3), np.uint8)

  with logs.Writers(runs.Run(tmp_path), options(), 0) as out:
    for step in range(20):
      out.picture(step, draw)
      assert step - len(drawn) <= logs.WAITING
  assert len(drawn) == 20


def test_going_back_drops_what_is_of_later_steps(tmp_path):
  run = runs.Run(tmp_path)
  black = lambda: np.zeros((2, 2, 3), np.uint8)
  with logs.Writers(run, options(), 0) as out:
    for step in (1, 2, 3):
      out.scalars(step, {'d/loss': float(step), 'examples_per_second': 1.0})
      out.picture(step, black)
    out.rewind(2)
    assert out.before['d/loss'] == 2
    out.scalars(3, {'d/loss': 7.0, 'examples_per_second': 1.0})
  assert [row['d/loss'] for row in run.rows()] == [1, 2, 7]
  assert sorted(path.name for path in run.samples.iterdir()) == ['step_000001.png', 'step_000002.png']


def test_a_pause_does_not_enter_the_rate(tmp_path, monkeypatch):
  now = [100.0]
  monkeypatch.setattr(logs.time, 'perf_counter', lambda: now[0])
  with logs.Writers(runs.Run(tmp_path), options(), 0) as out:
    now[0] += 2
    with out.paused():
      now[0] += 50
    now[0] += 2
    assert out.rate(10) == 8 * 10 / 4
