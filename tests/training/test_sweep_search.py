"""Searches by Optuna: a setting at a time, told its score, gone on with where it stopped."""

import json
import math
import sys

import pytest
from conftest import ROOT

from gan_jax import errors
from gan_jax.runs import files
from gan_jax.training.sweep import attempts, plan, search, whole
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.question import Sweep


def searching(trials=40):
  sweep = Sweep()
  sweep.loguniform('penalty.r1', 1e-3, 1e3)
  sweep.grid({'loss': ['hinge', 'non_saturating']})
  sweep.seeds(2)
  sweep.score('energy_distance')
  sweep.search('tpe')
  sweep.budget(trials=trials)
  return sweep


@pytest.fixture
def planner():
  return plan.Planner(f'{ROOT}/configs/toy_ring.py:test', [('evaluate.num_images', '50')])


@pytest.fixture
def pretended(monkeypatch):
  """[names] of trials whose score is how far r1 is from 0.1, in decades, and one more with hinge."""
  made = []

  def attempt(group, folder, sure=False):
    for trial in group.trials:
      made.append(trial.name)
      far = abs(math.log10(trial.setting['penalty.r1'] / 0.1)) + (trial.setting['loss'] == 'hinge')
      record = {folder.score: far + 0.01 * trial.seed, 'measured': {'step': trial.steps}}
      files.write_whole(folder.run(trial).evaluation, json.dumps(record))
    return []

  monkeypatch.setattr(attempts, 'attempt', attempt)
  return made


def test_without_optuna_the_command_is_told(monkeypatch):
  monkeypatch.setitem(sys.modules, 'optuna', None)
  with pytest.raises(errors.UserError, match=r'pip install .*requirements-sweep.txt'):
    search.check(searching())


def test_cma_needs_two_ranges(monkeypatch):
  pytest.importorskip('optuna')
  sweep = searching()
  sweep.search('cma')
  with pytest.raises(errors.UserError, match='two ranges or more'):
    search.check(sweep)


@pytest.mark.long
def test_another_question_in_the_folder_of_a_search_is_refused(planner, tmp_path):
  pytest.importorskip('optuna')
  folder = Folder(tmp_path, 'energy_distance')
  search.following(searching(), planner, folder, 1)
  assert len(search.known(searching(60), planner, folder)) == 2  # a larger budget is the same question
  others = [searching() for _ in range(3)]
  others[0].loguniform('penalty.r2', 0.1, 1)
  others[1].factors[0].append({'loss': 'wasserstein'})
  others[2].score('energy_distance', 'higher')
  for other in others:
    with pytest.raises(errors.UserError, match=r'study.db is of a search for something else'):
      search.known(other, planner, folder)


@pytest.mark.long
def test_a_setting_that_was_half_asked_for_is_given_up(planner, pretended, tmp_path):
  pytest.importorskip('optuna')
  sweep, folder = searching(4), Folder(tmp_path, 'energy_distance')
  search._study(sweep, folder).ask()  # as if killed before it had any value
  assert search.known(sweep, planner, folder) == []
  trials, finished = search.run(sweep, planner, folder, lambda _: None)
  assert (len(trials), len(pretended), finished) == (2, 2, True)


@pytest.mark.long
def test_no_setting_is_asked_for_when_the_hours_are_over(planner, pretended, tmp_path):
  pytest.importorskip('optuna')
  folder = Folder(tmp_path, 'energy_distance')
  _, finished = search.run(searching(), planner, folder, lambda _: None, hours=1e-9)
  assert (pretended, finished) == ([], True)


@pytest.mark.long
def test_a_search_finds_and_one_that_stops_goes_on(planner, pretended, tmp_path, monkeypatch):
  pytest.importorskip('optuna')
  sweep, folder = searching(), Folder(tmp_path, 'energy_distance')
  attempt = attempts.attempt

  def stopping(group, folder, sure=False):
    return None if len(pretended) >= 10 else attempt(group, folder)

  monkeypatch.setattr(attempts, 'attempt', stopping)
  trials, finished = search.run(sweep, planner, folder, lambda _: None)
  assert not finished
  assert len(trials) == 12  # one more setting is asked for, and not made
  monkeypatch.setattr(attempts, 'attempt', attempt)
  trials, finished = search.run(sweep, planner, folder, lambda _: None)
  assert finished
  assert len(pretended) == len(set(pretended)) == len(trials) == 40
  assert {trial.name for trial in trials[:10]} == set(pretended[:10])
  best = min(trials, key=lambda trial: folder.state(trial).numbers['energy_distance'])
  assert best.setting['loss'] == 'non_saturating'
  assert folder.state(best).numbers['energy_distance'] < 0.7
  search.run(sweep, planner, folder, lambda _: None)
  assert len(pretended) == 40
  asked = whole.Asked(sweep, planner, folder, search.known(sweep, planner, folder))
  whole.summarise(asked, lambda _: None)
  assert (tmp_path / 'best.py').exists()
