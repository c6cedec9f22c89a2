"""Warnings: set off by the curves of failures alone, said once, also after a stop, each copy for itself."""

import numpy as np
import pytest
from ml_collections import ConfigDict

from benchmarks import health as benchmark
from gan_jax import configs, errors
from gan_jax.runs import folder as runs
from gan_jax.training import finish, health, loop

HEALTHY = {
  **{'d/accuracy': 0.7, 'g/diversity': 0.9, 'd/grad_norm': 1.0, 'g/grad_norm': 0.5},
  **{'d/update_ratio': 5e-3, 'g/update_ratio': 4e-3},
}
SATURATED = {**HEALTHY, 'd/accuracy': 1.0}
COLLAPSED = {**HEALTHY, 'g/diversity': 0.05}
MOTIONLESS = {**HEALTHY, 'g/update_ratio': 0.0}
WITHOUT_GRADIENT = {**HEALTHY, 'g/grad_norm': 1e-9}
EXPLODED = {**HEALTHY, 'd/grad_norm': 5e3}
OFF = {
  'discriminator saturated': health.discriminator_saturated,
  'mode collapse suspected': health.mode_collapse_suspected,
  'generator does not learn': health.generator_does_not_learn,
  'gradients exploding': health.gradients_exploding,
}


def curve(*values, start=600, every=100):
  """Rows of these metrics, one each `every` steps."""
  return [{'step': start + every * k, **one} for k, one in enumerate(values)]


def set_off(rows):
  """The names of the warnings that rows set off."""
  assert [health.name_of(warning) for warning in health.WARNINGS] == list(OFF)
  return {name for name, warning in OFF.items() if warning(rows)}


@pytest.mark.parametrize(
  ('rows', 'names'),
  [
    (curve(*[SATURATED] * 5), {'discriminator saturated'}),
    (curve(*[HEALTHY] * 3, *[SATURATED] * 5), {'discriminator saturated'}),
    (curve(*[COLLAPSED] * 5), {'mode collapse suspected'}),
    (curve(*[{**SATURATED, **COLLAPSED, 'd/accuracy': 1.0}] * 5), set(list(OFF)[:2])),
    (curve(*[MOTIONLESS] * 5), {'generator does not learn'}),
    (curve(*[WITHOUT_GRADIENT] * 5), {'generator does not learn'}),
    (curve(*[HEALTHY] * 4, EXPLODED), {'gradients exploding'}),
    (curve(*[HEALTHY] * 4, EXPLODED, start=1, every=1), {'gradients exploding'}),
    (curve(*[HEALTHY] * 4, {**HEALTHY, 'g/grad_norm': np.inf}), {'gradients exploding'}),
  ],
)
def test_the_curves_of_a_failure_set_it_off(rows, names):
  assert set_off(rows) == names


@pytest.mark.parametrize(
  'rows',
  [
    curve(*[HEALTHY] * 20),
    curve(*[HEALTHY] * 20, start=1),
    curve(*[SATURATED] * 4),
    curve(*[SATURATED] * 4, HEALTHY, *[SATURATED] * 4),
    curve(*[SATURATED] * 5, start=100),
    curve(*[SATURATED] * 150, *[HEALTHY] * 20, *[SATURATED] * 45, every=1),
    curve(*[COLLAPSED, HEALTHY] * 7),
    curve(*[MOTIONLESS] * 4, start=1),
    curve(*[{**HEALTHY, 'g/update_ratio': 1e-7, 'd/update_ratio': 2e-7}] * 9),
    curve(*[EXPLODED] * 9),
    curve(HEALTHY, HEALTHY, EXPLODED),
    curve(*[{**HEALTHY, 'g/grad_norm': 1e-6}] * 4, HEALTHY, start=1),
    curve(*[{**HEALTHY, name: np.nan} for name in HEALTHY] * 2),
    curve(*[{'d/loss': 0.7}] * 9),
    [],
  ],
  ids=[
    'healthy', 'healthy from the start', 'too short', 'interrupted', 'early', 'not lately alone',
    'every now and then', 'warming up', 'both rates fall to 0', 'large from the start', 'too few before',
    'a network that begins at 0', 'no numbers', 'a game that does not tell', 'nothing'
  ],
)  # fmt: skip
def test_other_curves_do_not(rows):
  assert set_off(rows) == set()


class Out:
  """Writers that keep what they are told."""

  def __init__(self, kept=()):
    self.kept, self.told = list(kept), []

  def warning(self, step, name, copies):
    self.told.append({'step': step, 'warning': name} | ({'copies': copies} if copies is not None else {}))


def watched(rows, kept=(), copies=1, **fields):
  """(the rows of warnings, the lines) of a run that goes on from `kept` with rows {name: [] or [P]}."""
  config = {'loss': 'non_saturating', 'penalty': {'r1': 0.0}, **fields}
  config |= {f'{side}_optimizer': {'learning_rate': 1e-3} for side in 'gd'}
  out, lines = Out(kept), []
  looking = health.Health(ConfigDict(config), copies, out, lines.append)
  for row in rows:
    looking.look(row['step'], {name: np.asarray(row[name]) for name in row if name != 'step'})
  return out.told, lines


def test_a_warning_is_said_once_with_what_to_try():
  told, lines = watched(curve(*[HEALTHY] * 3, *[SATURATED] * 9, HEALTHY, *[SATURATED] * 9))
  assert told == [{'step': 1300, 'warning': 'discriminator saturated'}]
  assert lines == ['step 1,300: discriminator saturated: try --config.penalty.r1=1 (docs/health.md)']


@pytest.mark.parametrize(
  ('row', 'rate'), [({'g/grad_norm': 1e-9}, 0.01), ({'g/grad_norm': 1e9}, 0.0001)], ids=['still', 'exploding']
)
def test_a_game_without_a_d_is_told_of_the_rate_of_g(row, rate):
  rows = curve(*[{'g/grad_norm': 1.0}] * 5, *[row] * (1 if row['g/grad_norm'] > 1 else 5))
  _, lines = watched(rows)
  assert [line.split('try ')[1] for line in lines] == [
    f'--config.g_optimizer.learning_rate={rate:g} (docs/health.md)'
  ]


@pytest.mark.parametrize('stop', range(1, 15))
def test_a_run_that_goes_on_says_what_one_without_a_stop_does(stop):
  rows = curve(*[HEALTHY] * 2, *[COLLAPSED] * 4, *[{**COLLAPSED, 'd/accuracy': 1.0}] * 9)
  straight, _ = watched(rows)
  first, _ = watched(rows[:stop])
  second, _ = watched(rows[stop:], [*rows[:stop], *first])
  assert len(straight) == 2
  assert first + second == straight


@pytest.mark.parametrize(
  'row',
  [
    *({'step': 3, 'g/grad_norm': None}, {'step': 3, 'g/grad_norm': 'nan'}, {'step': 3, 'warning': []}),
    *({'step': 3, 'warning': name, 'copies': 3} for name in OFF),
    {'step': 3, 'warning': 'mode collapse suspected', 'copies': [[]]},
  ],
)
def test_rows_of_other_programs_are_looked_back_at_without_harm(row):
  _, lines = watched(curve(*[EXPLODED] * 9, *[COLLAPSED] * 9), [row])
  assert any('mode collapse suspected' in line for line in lines)


def test_each_copy_is_told_of_by_itself_and_once():
  names = HEALTHY.keys()
  rows = lambda count, *copies: curve(
    *[{name: np.array([copy[name] for copy in copies]) for name in names}] * count
  )
  told, lines = watched(rows(9, HEALTHY, COLLAPSED, COLLAPSED), copies=3)
  assert told == [{'step': 1000, 'warning': 'mode collapse suspected', 'copies': [1, 2]}]
  assert 'mode collapse suspected in copy 1, 2: try' in lines[0]
  told, _ = watched(rows(9, COLLAPSED, COLLAPSED, HEALTHY), told, copies=3)
  assert told == [{'step': 1000, 'warning': 'mode collapse suspected', 'copies': [0]}]


def test_a_critic_without_limit_is_not_called_saturated():
  assert watched(curve(*[SATURATED] * 9), loss='wasserstein') == ([], [])


@pytest.mark.parametrize('name', OFF)
@pytest.mark.parametrize('rate', ['0', '1e-3'])
def test_a_remedy_is_a_flag_that_parses_and_changes_something(name, rate):
  before = {'g_optimizer.learning_rate': rate}
  config = configs.get('dcgan_digits', before)
  field, value = health.remedy(name, config).removeprefix('--config.').split('=')
  assert configs.get('dcgan_digits', {**before, field: value}).to_dict() != config.to_dict()


@pytest.fixture
def fails(tmp_path, monkeypatch):
  """(the name of a run of benchmarks.health, fields) -> (its Run, what was told), without figures."""
  monkeypatch.setattr(finish, 'finish', lambda *_: None)

  def train(name, **fields):
    base, values = benchmark.RUNS[name]
    config = configs.get(base, {**benchmark.QUICK, **values, **fields}, lambda _: None)
    run, told = runs.Run(tmp_path / name), []
    try:
      loop.train(config, run, told.append)
    except errors.UserError as error:
      told.append(str(error))
    return run, told

  return train


@pytest.mark.long
def test_real_runs_that_fail_are_told_of_each_copy_for_itself_and_once(fails):
  """Of copies of a ring the first is healthy, G's rate is 0 in the second and huge in the third."""
  run, _ = fails('points')
  found = {(row['warning'], copy) for row in run.warnings() for copy in row['copies']}
  assert ('generator does not learn', 1) in found
  assert ('mode collapse suspected', benchmark.CASES['collapse'].copy) in found
  assert not any(copy == 0 for _, copy in found)
  before = run.warnings()
  again, _ = fails('points', **{'train.num_steps': 840})
  more = {(row['warning'], copy) for row in again.warnings()[len(before) :] for copy in row['copies']}
  assert again.warnings()[: len(before)] == before
  assert not more & found


@pytest.mark.long
def test_a_discriminator_that_has_won_is_told_of(fails):
  run, told = fails('digits')
  (row,) = (row for row in run.warnings() if row['warning'] == 'discriminator saturated')
  assert row['copies'] == [1]
  assert any('discriminator saturated in copy 1: try --config.penalty.r1=1' in line for line in told)


@pytest.mark.long
def test_gradients_that_explode_are_told_of_before_the_run_ends(fails):
  run, told = fails('sgd')
  assert {row['warning'] for row in run.warnings()} >= {'gradients exploding'}
  assert 'try a lower learning rate' in told[-1]
