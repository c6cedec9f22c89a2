"""Scores while training: they change nothing of it, outlive a stop, and the best state is kept whole."""

import contextlib
import json
import os
import re
import shutil
import signal
import time

import jax
import numpy as np
import pytest
from conftest import ROOT, TINY

import gan_jax
from gan_jax import command_line, configs, data, errors
from gan_jax.devices import mesh
from gan_jax.evaluation.scores import Scores
from gan_jax.inference import figures
from gan_jax.runs import best as kept
from gan_jax.runs import checkpoints
from gan_jax.runs import folder as runs
from gan_jax.runs.logged import is_scores
from gan_jax.training import finish, interrupt, loop, scoring, setup
from gan_jax.views import images

FIDS = {1: 9.0, 2: 5.0, 4: 3.0, 6: 4.0, 8: 3.5, 9: 9.0, 10: 2.0}  # by step
FIELDS = ('evaluate.num_images=10', 'evaluate.every=2', 'train.num_steps=8', 'sample.every=0')
FIELDS += ('log.tensorboard=False', 'generator.widths=16,16', 'discriminator.widths=16,16')
MACHINE = ('examples_per_second', 'host_peak_bytes')


def config(*fields):
  pairs = [tuple(text.split('=', 1)) for text in (*TINY, *FIELDS, *fields)]
  pairs += [(f'{side}_optimizer.schedule', 'constant') for side in 'gd']
  return configs.load(ROOT / 'configs/dcgan_digits.py:test', pairs, notice=lambda _: None)


def cheap(experiment, dataset):
  """A scorer whose FID is FIDS at the step and more by the seed, whatever G makes."""

  def score(experiment, state, quick=False):
    fid = FIDS[int(state.step)]
    return Scores({'fid': fid + int(state.seed), 'inception_score': 10 - fid, 'nothing': np.nan})

  return score


@pytest.fixture(autouse=True)
def scorer(monkeypatch):
  """That, and nothing is drawn at the end."""
  monkeypatch.setattr(images, 'scorer', cheap)
  monkeypatch.setattr(finish, 'finish', lambda *_: None)


@pytest.fixture(scope='module')
def straight(tmp_path_factory):
  """(Run of eight steps that was scored four times, its state, what was told), not to be written to."""
  run, told = runs.Run(tmp_path_factory.mktemp('straight') / 'run'), []
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(images, 'scorer', cheap)
    state, _ = loop.train(config(), run, told.append)
  return run, state, told


@pytest.fixture
def copied(straight, tmp_path):
  """A copy of that run, to be written to."""
  return runs.Run(shutil.copytree(straight[0].folder, tmp_path / 'copied'))


def train(folder, *fields):
  """(state, what was told)."""
  told = []
  state, _ = loop.train(config(*fields), runs.Run(folder), told.append)
  return state, told


def logged(run):
  """The rows without what they say of the machine."""
  return [{name: row[name] for name in row if name not in MACHINE} for row in run.logged()]


def assert_same_bits(one, other):
  jax.tree.map(np.testing.assert_array_equal, one, other)


def test_scores_have_rows_of_their_own_and_change_nothing_of_the_training(straight, tmp_path):
  run, state, _ = straight
  without, _ = train(tmp_path, 'evaluate.every=0')
  assert_same_bits(without, state)
  assert [row for row in logged(run) if not is_scores(row)] == logged(runs.Run(tmp_path))
  finite = [{'step': k, 'fid': FIDS[k], 'inception_score': 10 - FIDS[k]} for k in (2, 4, 6, 8)]
  assert run.scores() == finite
  assert not (tmp_path / 'best').exists()


def test_scores_of_the_last_step_are_those_of_the_end(straight):
  run, _, _ = straight
  at_the_end = json.loads(run.evaluation.read_text())
  assert {name: at_the_end[name] for name in ('fid', 'inception_score')}.items() <= run.scores()[-1].items()
  assert (run.figures / 'scores.png').exists()


@pytest.mark.long
def test_the_best_state_is_kept_told_of_and_loaded(straight, tmp_path):
  run, _, told = straight
  assert told[-1].startswith('best fid while training: 3 at step 4; --at=best takes it')
  fourth, _ = train(tmp_path, 'train.num_steps=4')
  experiment, best = setup.load(run.folder, 'best')
  assert_same_bits(best, fourth)
  np.testing.assert_array_equal(
    gan_jax.load(run.folder, at='best')(count=2), experiment.sampler(best)(count=2)
  )
  assert [path.name for path in run.best.iterdir() if path.is_dir()] == ['4']


def test_the_best_state_can_be_gone_on_from(straight, copied):
  shutil.rmtree(copied.checkpoints)
  copied.checkpoints.mkdir()
  shutil.move(copied.best / '4', copied.checkpoints / '4')
  state, told = train(copied.folder)
  assert f'{copied.folder}: resumed at step 4' in told
  assert_same_bits(state, straight[1])


@pytest.mark.parametrize(('steps', 'best'), [(9, 4), (10, 10)])
def test_after_a_stop_only_a_better_state_takes_its_place(copied, steps, best):
  _, told = train(copied.folder, f'train.num_steps={steps}', 'evaluate.num_images=10')
  assert kept.best_record(copied.best)['step'] == best
  assert int(setup.load(copied.folder, 'best')[1].step) == best
  assert any('best fid' in line for line in told) == (best != steps)


PLACES = {  # where a run is killed
  'scored': (scoring.Scoring, '_of_one'),
  'before the record': (kept, 'write_whole'),
  'after the record': (kept.Best, '_keep_only'),
  'before the checkpoint': (checkpoints.Checkpoints, 'save'),
}


@pytest.mark.long
@pytest.mark.parametrize(
  ('place', 'when'),
  [
    *[('scored', 6), ('scored', 8), ('before the record', 4), ('after the record', 4)],
    ('before the checkpoint', 4),
  ],
)
def test_a_run_that_is_killed_and_resumed_is_the_one_that_was_not(
  straight, tmp_path, monkeypatch, place, when
):
  """Wherever it is killed there is a whole best state, if there was one, and no row is twice."""
  reached, (there, name) = [], PLACES[place]
  usual, take = getattr(there, name), scoring.Scoring.take

  def noted(self, state, stop):
    reached.append(int(state.step))
    return take(self, state, stop)

  def killed(*arguments, **named):
    if reached[-1:] == [when]:
      raise RuntimeError('killed')
    return usual(*arguments, **named)

  run = runs.Run(tmp_path)
  with monkeypatch.context() as patch:
    patch.setattr(scoring.Scoring, 'take', noted)
    patch.setattr(there, name, killed)
    with pytest.raises(RuntimeError, match='killed'):
      train(tmp_path)
  record = kept.best_record(run.best)
  assert record['value'] == FIDS[record['step']]
  assert int(setup.load(tmp_path, 'best')[1].step) == record['step']
  state, _ = train(tmp_path)
  assert_same_bits(state, straight[1])
  assert logged(run) == logged(straight[0])
  assert kept.best_record(run.best) == kept.best_record(straight[0].best)
  assert [path.name for path in run.best.iterdir() if path.is_dir()] == ['4']


@pytest.mark.long
@pytest.mark.parametrize('at', [4, 8])
def test_a_signal_breaks_scores_off_and_the_next_start_takes_them(straight, tmp_path, monkeypatch, at):
  usual = scoring.Scoring._of_one

  def stopped(self, experiment, state):
    if int(state.step) == at:
      os.kill(os.getpid(), signal.SIGTERM)
      time.sleep(60)
    return usual(self, experiment, state)

  with monkeypatch.context() as patch:
    patch.setattr(scoring.Scoring, '_of_one', stopped)
    state, told = train(tmp_path)
  interrupt._first.clear()
  assert int(state.step) < 8 or at == 8
  assert f'step {at}: not scored, for a signal has come; the next start does' in told
  assert re.search(r'stopped at step \d, saved \d+\.\d s after the signal; ', '\n'.join(told))
  state, _ = train(tmp_path)
  assert_same_bits(state, straight[1])
  assert logged(runs.Run(tmp_path)) == logged(straight[0])


@pytest.mark.long
def test_higher_may_be_better_and_none_may_be_kept(tmp_path):
  train(tmp_path / 'high', 'evaluate.best=inception_score', 'train.num_steps=6')
  assert kept.best_record(tmp_path / 'high/best')['step'] == 4
  train(tmp_path / 'none', 'evaluate.best=', 'train.num_steps=2')
  assert runs.Run(tmp_path / 'none').scores()
  assert not (tmp_path / 'none/best').exists()


@pytest.mark.long
def test_what_was_best_by_another_measure_is_replaced_and_that_is_said(copied):
  _, told = train(
    copied.folder, 'evaluate.num_images=20', 'evaluate.best=inception_score', 'train.num_steps=9'
  )
  assert not any('it will be replaced' in line for line in told)  # there is nothing to be scored
  _, told = train(copied.folder, 'evaluate.num_images=20', 'train.num_steps=10')
  assert any('has the best fid as it was measured then: it will be replaced' in line for line in told)
  assert kept.best_record(copied.best)['measured']['num_images'] == 20


@pytest.mark.parametrize(
  ('fields', 'said'),
  [
    (('evaluate.num_images=0',), r'evaluate\.every=2 needs evaluate\.num_images'),
    (('evaluate.best=fidd',), r"unknown score in evaluate\.best 'fidd'; did you mean 'fid'"),
  ],
)
def test_scores_that_there_cannot_be_are_told_in_one_line(tmp_path, fields, said):
  with pytest.raises(errors.UserError, match=said):
    train(tmp_path / 'run', *fields)
  assert not (tmp_path / 'run').exists()


def test_a_best_score_that_the_run_has_not_is_told_once_and_training_goes_on(tmp_path):
  state, told = train(tmp_path, 'evaluate.best=psnr', 'train.num_steps=4')
  line = "no best state is kept, for evaluate.best=psnr is none of this run's scores: fid, inception_score"
  assert [text for text in told if 'best' in text] == [f'step 2: {line}']
  assert int(state.step) == 4
  assert [row['step'] for row in runs.Run(tmp_path).scores()] == [2, 4]
  assert kept.best_record(tmp_path / 'best') == {}


@pytest.mark.long
def test_a_scorer_that_cannot_be_made_is_told_once_and_training_goes_on(tmp_path, monkeypatch):
  def unable(experiment, dataset):
    raise errors.UserError('there are no labels')

  monkeypatch.setattr(images, 'scorer', unable)
  state, told = train(tmp_path)
  assert int(state.step) == 8
  assert told.count('not scored while training: there are no labels') == 1
  assert not runs.Run(tmp_path).scores()
  assert not (tmp_path / 'best').exists()


@pytest.mark.long
def test_of_copies_the_mean_counts_of_those_that_have_not_diverged(tmp_path):
  options = config('population.seeds=2')
  dataset = data.make(options)
  experiment = setup.make(options, dataset.spec())
  told, run, say, stop = [], runs.Run(tmp_path), contextlib.nullcontext, interrupt.Interrupt()
  layout = mesh.layout(8)
  state = experiment.init_state().replace(step=np.int32(2))
  state = layout.replicate(state)
  with scoring.Scoring(experiment, run, layout, dataset, 0, told.append, lambda _: say()) as scores:
    assert scores.take(state, stop) == {'fid': 5.5, 'inception_score': 5.0}
    dead = lambda *copies: state.replace(
      step=layout.replicate(np.int32(4)),
      ema=jax.tree.map(lambda array: array.at[np.array(copies)].set(np.nan), state.ema),
    )
    assert scores.take(dead(0, 1), stop) == {}
    assert scores.take(dead(0), stop) == {'fid': 4.0, 'inception_score': 7.0}
  assert kept.best_record(run.best)['step'] == 2  # numbers that are none are never saved
  assert len(told) == 2
  assert 'the best state is not kept: step 4 is not saved: ema/' in told[1]
  assert 'not scored: the generator is not finite' in told[0]


@pytest.mark.long
def test_a_run_that_begins_again_has_no_best_state_of_another(copied):
  shutil.rmtree(copied.checkpoints)
  _, told = train(copied.folder, 'train.num_steps=1')
  assert f'{copied.folder} has no checkpoint: it begins again' in told
  assert f'{copied.folder / "best_before"} has the best state of before' in told
  assert (copied.folder / 'best_before/4').is_dir()
  assert not copied.best.exists()


@pytest.mark.parametrize('at', [3, '3', 'bets'])
def test_steps_that_there_are_not_are_answered_with_those_that_there_are(straight, at):
  with pytest.raises(errors.UserError) as told:
    gan_jax.load(straight[0].folder, at=at)
  assert str(told.value).endswith(f'no checkpoint of step {at} (there: 6, 8; best: 4)')


def test_any_step_is_loaded_by_number_or_text(straight):
  for at in (4, '4', 6, '6', 8):
    assert int(setup.load(straight[0].folder, at)[1].step) == int(at)


def test_a_run_without_a_best_state_says_what_keeps_one(copied):
  shutil.rmtree(copied.best)
  with pytest.raises(errors.UserError, match=r'has kept no best state: evaluate\.every=1000, say,'):
    gan_jax.load(copied.folder, at='best')


def test_samples_and_figures_of_a_step_have_folders_of_their_own(copied):
  before = {file: file.stat().st_mtime_ns for file in copied.figures.glob('*.png')}
  words = [f'--workdir={copied.folder}', '--at=best']
  assert command_line.main([*words, '--mode=sample', '--num_samples=2']) == 0
  assert len(list((copied.folder / 'generated/at_best').glob('*.png'))) == 2
  assert figures.draw(copied, at='best') == copied.figures / 'at_best'
  assert (copied.figures / 'at_best/nearest.png').exists()
  assert {file: file.stat().st_mtime_ns for file in copied.figures.glob('*.png')} == before
  with pytest.raises(errors.UserError, match='--at is of --mode=sample and translate and project and '):
    command_line.main([f'--workdir={copied.folder}', '--at=best'])
