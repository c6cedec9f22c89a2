"""Rules that end trials early: by hand, and beside what Ray's own scheduler does."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import ROOT

from gan_jax import errors
from gan_jax.runs import files
from gan_jax.training import loop
from gan_jax.training.sweep import attempts, folder, plan, stopping
from gan_jax.training.sweep.question import Sweep
from gan_jax.training.sweep.stopping import Judged
from gan_jax.training.sweep.together import Group

OTHERS = [{3: 1.0, 9: 1.0}, {3: 2.0, 9: 2.0}, {3: 3.0}, {3: 4.0, 9: 0.5}]


@pytest.mark.parametrize(
  ('own', 'ends'),
  [
    ({3: 1.9}, False),
    ({3: 2.0}, False),  # as good as the bound: a third of the way from the best of four to the worst
    ({3: 2.1}, True),
    ({3: 0.0, 5: 9.0}, False),  # the rung has been passed
    ({3: 0.0, 9: 0.8}, False),
    ({3: 0.0, 9: 0.9}, True),  # a third of the way from 0.5 to 1, of 0.5, 1, 2
  ],
)
def test_the_best_third_goes_on_from_each_rung(own, ends):
  judged = Judged(own, OTHERS, last=27, lower=True)
  assert bool(stopping.asha(judged)) is ends
  upside_down = [{step: -value for step, value in some.items()} for some in (own, *OTHERS)]
  assert bool(stopping.asha(Judged(upside_down[0], upside_down[1:], last=27, lower=False))) is ends


def test_who_is_first_at_a_rung_goes_on():
  assert stopping.asha(Judged({9: 99.0}, [{3: 1.0}, {}], last=27, lower=True)) == ''


@pytest.mark.parametrize(
  ('own', 'others', 'ends'),
  [
    ({3: 3.0}, [{3: 1.0}, {3: 2.0}, {3: 4.0}], True),
    ({3: 3.0}, [{3: 1.0}, {3: 2.0}], False),  # too few
    ({2: 1.5, 3: 3.0}, [{3: 1.0}, {3: 2.0}, {3: 4.0}], False),  # by the best so far
    ({3: 3.0}, [{2: 3.0, 3: 5.0}, {1: 9.0, 3: 1.0}, {2: 1.0, 3: 2.0, 4: 99.0}], False),  # by means until then
    ({3: 3.0}, [{3: 1.0}, {3: 2.0}, {2: 0.0}], False),  # one has not come so far
  ],
)
def test_worse_than_the_median_ends(own, others, ends):
  assert bool(stopping.median(Judged(own, others, last=27, lower=True))) is ends
  assert stopping.median(Judged(own, others, last=28, lower=True)) == ''  # in the first ninth none ends


def test_rays_scheduler_decides_the_same():
  schedulers = pytest.importorskip('ray.tune.schedulers.async_hyperband', exc_type=ImportError)
  bracket = schedulers._Bracket(1, 27, 3, 0)
  random, history, ours, theirs = np.random.default_rng(0), {}, [], []
  for trial in range(40):
    history[trial] = {}
    for step in (1, 3, 9):
      history[trial][step] = random.normal()
      others = [history[other] for other in range(trial)]
      ours.append(bool(stopping.asha(Judged(history[trial], others, 27, lower=False))))
      theirs.append(bracket.on_result(SimpleNamespace(trial_id=trial), step, history[trial][step]) == 'STOP')
      assert ours == theirs
      if ours[-1]:
        break
  assert 10 < sum(ours) < 40


def test_a_rule_without_scores_while_training_is_refused():
  sweep = Sweep()
  sweep.seeds(2)
  sweep.score('energy_distance')
  sweep.stop('asha')
  planner = plan.Planner(f'{ROOT}/configs/toy_ring.py:test', [('evaluate.num_images', '50')])
  with pytest.raises(errors.UserError, match=r'sweep.stop\(.asha.\) needs scores while trials train'):
    plan.make(planner, sweep)
  with pytest.raises(errors.UserError, match="did you mean 'asha'"):
    sweep.stop('ahsa')


def test_a_trial_that_is_ended_is_over_and_is_not_begun_again(tmp_path, monkeypatch):
  planner = plan.Planner(f'{ROOT}/configs/toy_ring.py:test', [('evaluate.num_images', '50')])
  trials = planner.seeded({}, 3)
  found = folder.Folder(tmp_path, 'energy_distance', rule='asha')
  row = lambda value: json.dumps({'step': 2, 'score/energy_distance': value}) + '\n'
  for trial, value in zip(trials[1:], (1.0, 2.0), strict=True):
    files.write_whole(found.run(trial).metrics, row(value))

  def train(config, run, enough, **_):
    files.write_whole(run.metrics, row(3.0))
    assert enough()
    return None, False

  monkeypatch.setattr(loop, 'train', train)
  assert attempts.attempt(Group((trials[0],)), found) == []
  state = found.state(trials[0])
  assert state.error == '3 is not among the best third of 3 at step 1'
  assert state.numbers['energy_distance'] == 3.0
