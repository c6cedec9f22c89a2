"""The end of a run: what can be scored is, when it is asked for, and what cannot be scored says why."""

import json
import re

import numpy as np
import pytest

from gan_jax.evaluation.scores import Scores
from gan_jax.runs import files
from gan_jax.runs import folder as runs
from gan_jax.runs.appended import Appended
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.training import finish, loop
from gan_jax.views import images


def painted(folder, names):
  """Files with noise in a folder."""
  rng = np.random.default_rng(0)
  for name in names:
    files.save_png(folder / name, rng.integers(0, 256, (16, 16, 3), np.uint8))


def trained(config, folder):
  """(lines that are told of a run, the times at which its figures were written)."""
  told, run = [], runs.Run(folder)
  loop.train(config, run, notice=told.append)
  return told, {file.name: file.stat().st_mtime_ns for file in run.figures.glob('*.png')}


@pytest.mark.long
@pytest.mark.parametrize(
  ('names', 'reason'),
  [
    (
      ['1.png', '2.png', '3.png'],
      'a classifier learns from labels or attributes, and these data have none: .*',
    ),
    (
      ['cat/1.png', 'cat/2.png', 'dog/3.png'],
      'scores need images that G has not learned from, and .* has no test split: put images in .*',
    ),
  ],
)
def test_a_run_that_cannot_be_scored_says_why_and_keeps_its_pictures(tiny, tmp_path, names, reason):
  painted(tmp_path / 'data', names)
  data = ('data.name=folder', f'data.path={tmp_path / "data"}', f'data.data_dir={tmp_path / "cache"}')
  _, pictures = trained(tiny(*data), tmp_path / 'run')
  assert len(pictures) > 2
  for _ in range(2):
    told, now = trained(tiny(*data, 'evaluate.num_images=10'), tmp_path / 'run')
    assert re.fullmatch(f'not scored: {reason}', told[-1])
    assert now == pictures
  assert not runs.Run(tmp_path / 'run').evaluation.exists()


@pytest.mark.long
@pytest.mark.parametrize('content', [b'', b'[]', b'{"copies": 3}'])
def test_pictures_and_scores_that_are_damaged_do_not_keep_a_run_from_its_end(tiny, tmp_path, content):
  run = runs.Run(tmp_path / 'run')
  trained(tiny('train.num_steps=2'), run.folder)
  (run.samples / 'step_000001.png').write_bytes(content)
  (run.samples / 'step_000002.png').unlink()  # as a kill may leave it
  run.evaluation.write_bytes(content)
  run.finished.unlink()
  told, pictures = trained(tiny('train.num_steps=2'), run.folder)
  assert any(line.startswith('pictures: ') for line in told)
  (run.samples / 'step_000002.png').unlink()
  told, now = trained(tiny('train.num_steps=2'), run.folder)
  assert (run.samples / 'step_000002.png').exists()
  assert 'has its 2 steps already' in told[-1]
  assert now == pictures
  told, _ = trained(tiny('train.num_steps=4'), run.folder)
  assert not [line for line in told if 'not drawn' in line]
  assert 'losses.png' in pictures
  assert json.loads(run.finished.read_text())['step'] == 4


@pytest.mark.long
def test_a_picture_that_a_kill_has_lost_is_drawn_when_the_run_goes_on(tiny, tmp_path):
  run = runs.Run(tmp_path / 'run')
  fields = 'sample.every=3', 'train.steps_per_dispatch=4', 'checkpoint.every=4'
  trained(tiny('train.num_steps=4', *fields), run.folder)  # the program that has step 3 ends at 4
  drawn = (run.samples / 'step_000004.png').read_bytes()
  (run.samples / 'step_000004.png').unlink()
  trained(tiny('train.num_steps=8', *fields), run.folder)
  assert (run.samples / 'step_000004.png').read_bytes() == drawn


@pytest.mark.long
def test_rows_are_on_the_disk_before_the_state_of_their_steps(tiny, tmp_path, monkeypatch):
  done, sync, save = [], Appended.sync, Checkpoints.save
  monkeypatch.setattr(Appended, 'sync', lambda self: (done.append('rows'), sync(self)))
  monkeypatch.setattr(Checkpoints, 'save', lambda self, state: (done.append('state'), save(self, state)))
  trained(tiny('train.num_steps=4', 'checkpoint.every=2', 'log.copies=False'), tmp_path / 'run')
  assert done == ['rows', 'state'] * 2


@pytest.mark.long
def test_one_judge_scores_all_copies(tiny, tmp_path, monkeypatch):
  made = []

  def make(*_, **__):
    made.append('a judge')
    return lambda some, *_: Scores({'fid': float(np.abs(some).mean())})

  monkeypatch.setattr(images.scoring, 'make', make)
  told, _ = trained(tiny('population.seeds=2', 'evaluate.num_images=10'), tmp_path / 'run')
  assert len(made) == 1
  assert any(re.match(r'mean of 2 seeds \+- its 95 % interval: fid 0\.', line) for line in told)
  assert len(json.loads((tmp_path / 'run/evaluation.json').read_text())['copies']) == 2


@pytest.mark.long
def test_figures_that_were_not_drawn_are_drawn_again(tiny, tmp_path):
  trained(tiny(), tmp_path / 'run')
  for file in (tmp_path / 'run/figures').iterdir():
    file.unlink()
  (tmp_path / 'run/figures').rmdir()
  _, pictures = trained(tiny(), tmp_path / 'run')
  assert 'losses.png' in pictures


@pytest.mark.long
@pytest.mark.parametrize('place', ['pictures', 'scored'])
def test_what_an_interrupted_end_owes_is_made_up_for_at_the_next_start(tiny, tmp_path, monkeypatch, place):
  """Once: a third start finds nothing to do."""

  def interrupted(*_):
    raise KeyboardInterrupt

  def scored(*_):
    return {'seed 0': Scores({'fid': 1.0})}

  run, config = runs.Run(tmp_path), tiny('evaluate.num_images=10')
  monkeypatch.setattr(finish, 'scored', scored)
  with monkeypatch.context() as patch:
    patch.setattr(finish, place, interrupted)
    with pytest.raises(KeyboardInterrupt):
      loop.train(config, run, notice=lambda _: None)
  assert not run.evaluation.exists()
  trained(config, tmp_path)
  assert (run.figures / 'losses.png').exists()
  assert json.loads(run.evaluation.read_text())['fid'] == 1
  told, _ = trained(config, tmp_path)
  assert told == [
    f'{tmp_path}: resumed at step 4',
    f'{tmp_path} has its 4 steps already; set train.num_steps to continue',
  ]
