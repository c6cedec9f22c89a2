"""What a sweep asks becomes trials; every mistake is one line before anything starts."""

import numpy as np
import pytest
from conftest import ROOT

from gan_jax import configs, errors
from gan_jax.runs import differences
from gan_jax.runs import folder as runs
from gan_jax.training.sweep import plan, reading, settings, written
from gan_jax.training.sweep.question import Sweep

RING = str(ROOT / 'configs/toy_ring.py')
SCORED = [('evaluate.num_images', '200')]


@pytest.fixture(scope='module')
def planner():
  return plan.Planner(RING, SCORED)


def asking(*calls):
  """The Sweep of calls ('name', arguments...), by energy distance."""
  sweep = Sweep()
  for name, *arguments in (*calls, ('score', 'energy_distance')):
    getattr(sweep, name)(*arguments)
  reading.check(sweep)
  return sweep


def test_what_calls_give_is_crossed():
  sweep = asking(
    ('grid', {'penalty.r1': [0.1, 1], 'loss': ['hinge', 'wasserstein']}),
    ('zip', {'g_optimizer.b1': [0.0, 0.5], 'd_optimizer.b1': [0.0, 0.9]}),
    ('list', [{'latents.dim': 4}, {'latents.law': 'uniform', 'latents.signs': 0}]),
  )
  settings = list(sweep.settings())
  assert len(settings) == 2 * 2 * 2 * 2
  assert len({repr(one) for one in settings}) == 16
  assert {(one['g_optimizer.b1'], one['d_optimizer.b1']) for one in settings} == {(0.0, 0.0), (0.5, 0.9)}
  assert all(('latents.dim' in one) != ('latents.signs' in one) for one in settings)


def test_a_product_is_its_factors_in_turn():
  rates, losses = {'penalty.r1': [0.1, 1]}, [{'loss': 'hinge'}, {'loss': 'wasserstein', 'penalty.gp': 10}]
  together, apart = asking(('product', rates, losses)), asking(('grid', rates), ('list', losses))
  assert list(together.settings()) == list(apart.settings())


def test_drawn_numbers_are_log_uniform_and_more_of_them_leave_the_first_alone():
  range_ = ('loguniform', 'penalty.r1', 1e-3, 1e3)
  few, many = (list(asking(range_, ('budget', count)).settings()) for count in (5, 2000))
  assert many[:5] == few
  logs = np.log10([one['penalty.r1'] for one in many])
  shares = np.histogram(logs, bins=6, range=(-3, 3))[0] / len(logs)
  np.testing.assert_allclose(shares, 1 / 6, atol=0.03)
  assert shares.sum() == 1


@pytest.mark.parametrize(('low', 'high'), [(0.99, 0.9999), (0.9, 0.999), (1e-5, 1e-2), (-1.0, 1.0)])
def test_drawn_numbers_are_apart_and_in_their_range(low, high):
  many = [
    one['penalty.r1'] for one in asking(('uniform', 'penalty.r1', low, high), ('budget', 400)).settings()
  ]
  assert len(set(many)) == 400
  assert low <= min(many) < max(many) <= high
  few = [
    one['penalty.r1'] for one in asking(('uniform', 'penalty.r1', low, high), ('budget', 100)).settings()
  ]
  assert few == many[:100]


def test_ranges_that_have_too_few_numbers_are_told(monkeypatch):
  monkeypatch.setattr(settings, 'DIGITS', 1)
  with pytest.raises(errors.UserError, match='asks for 5 settings, and the ranges have fewer'):
    list(asking(('uniform', 'penalty.r1', 1, 2), ('budget', 5)).settings())


def test_values_may_be_numpys_and_lists_generators(planner):
  sweep = asking(
    ('grid', {'penalty.r1': np.geomspace(0.1, 10, 3), 'latents.dim': np.arange(1, 3)}),
    ('list', ({'loss': loss} for loss in ('hinge', 'wasserstein'))),
  )
  trials = plan.make(planner, sweep)
  assert len(trials) == 12
  assert trials[0].name == 'penalty.r1=0.1,latents.dim=1,loss=hinge,seed=0'


def test_a_budget_counts_trials_of_all_seeds():
  sweep = asking(('grid', {'penalty.r1': [1, 2, 3, 4]}), ('seeds', 3), ('budget', 8))
  assert len(list(sweep.settings())) == 2


def test_a_trial_has_the_config_that_flags_give(planner):
  setting = {'penalty.r1': 1, 'generator.name': 'mlp', 'latents.law': 'uniform'}
  trial = planner.seeded(setting, 3)[2]
  assert trial.name == 'penalty.r1=1,generator.name=mlp,latents.law=uniform,seed=2'
  flags = configs.get(RING, {**dict(SCORED), **setting, 'seed': 2}, notice=lambda _: None)
  assert trial.config() == flags
  assert trial.plain == differences.flat(runs.plain(flags))


def test_seeds_begin_at_that_of_the_config():
  planner = plan.Planner(RING, [*SCORED, ('seed', '5')])
  assert [trial.seed for trial in plan.make(planner, asking(('seeds', 3)))] == [5, 6, 7]


def test_a_network_brings_its_fields():
  planner = plan.Planner(str(ROOT / 'configs/dcgan_digits.py'))
  (trial,) = planner.seeded({'generator.name': 'mlp', 'generator.widths': (8, 9)}, 1)
  assert trial.config().generator.widths == (8, 9)
  with pytest.raises(errors.UserError, match=r"unknown config field 'generator\.kernel'"):
    planner.seeded({'generator.name': 'mlp', 'generator.kernel': 3}, 1)


@pytest.mark.parametrize(
  ('calls', 'said'),
  [
    ([('grid', {'penalty.r1': []})], 'sweep.grid has no values'),
    ([('grid', {})], 'sweep.grid has no values'),
    ([('list', [])], 'sweep.list has no values'),
    ([('zip', {'penalty.r1': [1], 'penalty.r2': [1, 2]})], 'penalty.r1 has 1, penalty.r2 has 2'),
    ([('grid', {'penalty.r1': [1]}), ('zip', {'penalty.r1': [2]})], 'penalty.r1 is given twice'),
    ([('loguniform', 'loss', 0, 1)], '0 < low < high'),
    ([('uniform', 'penalty.r1', 1, 1)], 'low < high'),
    ([('grid', {'seed': [1, 2]})], 'sweep.seeds(3) tries seeds'),
    ([('grid', {'population.seeds': [1, 2]})], 'sweep.seeds(3) tries seeds'),
    ([('seeds', 0)], 'at least 1'),
    ([('seeds', True)], 'at least 1'),
    ([('budget', 0)], 'a budget of nothing'),
    ([('budget', None, 0)], 'a budget of nothing'),
    ([('seeds', 3), ('budget', 2)], 'less than the 3 seeds'),
    ([('loguniform', 'penalty.r1', 0.1, 1)], 'without end'),
    ([('search', 'tpee')], "did you mean 'tpe'"),
    ([('seeds', 2), ('search', 'tpe')], 'needs ranges'),
    ([('seeds', 2), ('score', 'fdi')], "did you mean 'fid'"),
    ([], 'asks nothing'),
  ],
)
def test_a_question_with_a_mistake_is_one_line(calls, said):
  sweep = Sweep()
  with pytest.raises(errors.UserError) as told:  # noqa: PT012
    for name, *arguments in calls:
      getattr(sweep, name)(*arguments)
    if not sweep.score_name:
      sweep.score('energy_distance')
    reading.check(sweep)
  assert said in str(told.value)
  assert '\n' not in str(told.value)


@pytest.mark.parametrize(
  ('call', 'said'),
  [
    (('grid', {'penalty.r11': [1, 2]}), "unknown config field 'penalty.r11'"),
    (('grid', {'penalty.r1': [1, -2]}), 'penalty.r1=-2.0: must be at least 0'),
    (('grid', {'penalty.r1': [1, 'x']}), 'not float'),
    (('grid', {'penalty.r1': [1, 1.0]}), 'penalty.r1=1 is there twice'),
    (('grid', {'loss': ['hing']}), "did you mean 'hinge'"),
    (('grid', {'generator.name': ['vit']}), "unknown name in models 'vit'"),
    (('grid', {'train.accumulate': [3]}), 'does not divide'),
  ],
)
def test_a_value_that_no_config_has_is_one_line(planner, call, said):
  with pytest.raises(errors.UserError) as told:
    plan.make(planner, asking(call))
  assert said in str(told.value)
  assert '\n' not in str(told.value)


@pytest.mark.parametrize(
  ('config', 'words', 'score', 'said'),
  [
    ('toy_ring', {'evaluate.num_images': '0'}, 'energy_distance', 'evaluate.num_images is 0'),
    ('toy_ring', {}, 'fid', 'no run of this config writes'),
    (
      'toy_ring',
      {'evaluate.rejection': 'False'},
      'energy_distance_rejection',
      'no run of this config writes',
    ),
    ('dcgan_digits', {}, 'energy_distance', 'no run of this config writes'),
    ('dcgan_digits', {}, 'kid', '--config.evaluate.measures=fid,inception_score,classes,kid does'),
    ('dcgan_digits', {}, 'recall', 'precision_recall does'),
    ('dcgan_digits', {}, 'closer', 'copying does'),
    ('dcgan_digits', {}, 'attribute_accuracy', 'class_accuracy does'),
    ('toy_curves', {}, 'modes_covered', 'no run of this config writes'),
    ('pix2pix', {'evaluate.num_images': '10'}, 'modes_covered', 'no run of this config writes'),
  ],
)
def test_a_score_that_no_run_writes_is_one_line(config, words, score, said):
  options = configs.get(ROOT / f'configs/{config}.py', words, notice=lambda _: None)
  with pytest.raises(errors.UserError) as told:
    written.check(options, score)
  assert said in str(told.value)


@pytest.mark.parametrize(('config', 'score'), [('toy_ring', 'high_quality'), ('dcgan_digits', 'fid')])
def test_a_score_that_runs_write_is_taken(config, score):
  assert written.check(configs.get(config, notice=lambda _: None), score) is None


def test_a_population_is_not_swept():
  with pytest.raises(errors.UserError, match='makes populations itself'):
    plan.Planner(RING, [('population.seeds', '3')])


def test_a_file_asks(tmp_path):
  file = tmp_path / 'ask.py'
  file.write_text("def get_sweep(sweep):\n  sweep.seeds(2)\n  sweep.score('energy_distance')\n")
  assert reading.read(RING, str(file)).count == 2
  with pytest.raises(errors.UserError, match='has no get_sweep'):
    reading.read(RING)
  file.write_text('def get_sweep(sweep):\n  sweep.gird({})\n')
  with pytest.raises(errors.UserError, match="did you mean 'grid'"):
    reading.read(RING, str(file))


def test_trials_of_one_setting_stand_side_by_side(planner):
  values = [round(0.01 * k, 2) for k in range(1, 21)]
  trials = plan.make(planner, asking(('grid', {'penalty.r1': values, 'penalty.r2': values}), ('seeds', 4)))
  assert len({trial.name for trial in trials}) == 1600
  assert [trial.seed for trial in trials[:5]] == [0, 1, 2, 3, 0]
  assert len({trial.label for trial in trials[:4]}) == 1
