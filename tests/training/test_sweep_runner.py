"""Trials of a sweep on one machine: ordinary runs, made once, whatever stops or fails."""

import json
import shutil

import jax
import numpy as np
import pytest
from conftest import ROOT, SMALL

from gan_jax import data, errors, gans
from gan_jax.runs import checkpoints, files, lock
from gan_jax.runs.folder import Run
from gan_jax.training import loop, running, setup
from gan_jax.training.sweep import attempts, folder, live, plan, runner, together, whole
from gan_jax.training.sweep.question import Sweep


def planned(*words, **fields):
  """The trials of values of fields {section: {field: values}}, two seeds each."""
  sweep = Sweep()
  sweep.grid({path.replace('__', '.'): values for path, values in fields.items()})
  sweep.seeds(2)
  sweep.score('energy_distance')
  return plan.make(plan.Planner(f'{ROOT}/configs/toy_ring.py:test', [*SMALL, *words]), sweep)


@pytest.fixture(scope='module')
def trials():
  """Two values of a penalty: a program of four trials."""
  return planned(penalty__r1=[0.1, 1.0])


def begin(path, trials):
  found = folder.Folder(path, 'energy_distance')
  found.open(trials[0].base)
  found.check(trials)
  return found


@pytest.fixture(scope='module')
def made(tmp_path_factory, trials):
  """(the Folder of the sweep that has run, what was told), to which Ctrl-C came after two of four steps."""
  found, told, whole = begin(tmp_path_factory.mktemp('sweeps') / 'made', trials), [], running.loop

  def interrupted(config, ready, state, saved, out, health, stop, *others):
    stop._seen = True
    return whole(config, ready, state, saved, out, health, stop, *others)

  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(running, 'loop', interrupted)
    assert not runner.run(trials, found, told.append)
  assert [group.trials for group in together.started(found, trials)] == [tuple(trials)]
  assert runner.run(trials, found, told.append)
  return found, told


def test_trials_fold_into_programs_by_what_may_vary():
  trials = planned(penalty__r1=[0.1, 1.0], loss=['non_saturating', 'hinge'])
  groups = together.groups(trials, 64)
  assert [len(group.trials) for group in groups] == [4, 4]
  assert [{trial.setting['loss'] for trial in group.trials} for group in groups] == [
    {'non_saturating'},
    {'hinge'},
  ]
  config = groups[0].config()
  assert (config.population.seeds, config.population.over) == (2, 'penalty.r1=0.1,1.0')
  assert [len(group.trials) for group in together.groups(trials, 2)] == [2] * 4
  assert [len(group.trials) for group in together.groups(trials, 1)] == [1] * 8
  first, second = together.halves(groups[0])
  assert first.trials + second.trials == groups[0].trials


def test_every_trial_is_an_ordinary_run(made, trials):
  found, told = made
  assert told[:2] == [f'what trials tell: {found.path}/*/*/log.txt'] * 2  # of each start
  assert [line.endswith('(4 of 4)') for line in told[2:]] == [True] * 4  # they learned in one program
  log = next(found.together.glob('*/log.txt')).read_text()
  assert 'resumed at step 2' in log
  for trial in trials:
    assert found.state(trial).kind == 'done'
    run = found.run(trial)
    assert not (run.folder / 'log.txt').exists()  # of a run that is trained alone
    assert [row['step'] for row in run.rows()] == [1, 2, 3, 4]
    assert list(run.samples.glob('step_000004.png'))
    values, _ = run.stored()
    assert values['penalty']['r1'] == trial.setting['penalty.r1']
    assert values['population']['seeds'] == 1
    _, state = setup.load(run.folder)
    assert (int(state.step), int(state.seed)) == (4, trial.seed)


@pytest.mark.long
@pytest.mark.parametrize(
  ('field', 'values', 'programs'),
  [
    ('train.ema_decay', [0.0, 0.9], [4]),
    ('penalty.lecam', [0.0, 0.3], [4]),
    ('train.ema_half_life', [0.0, 100.0], [2, 2]),
  ],
)
def test_a_trial_whose_value_is_0_is_an_ordinary_run_too(tmp_path, field, values, programs):
  trials = planned(**{field.replace('.', '__'): values})
  assert [len(group.trials) for group in together.groups(trials, 64)] == programs
  found = begin(tmp_path / 'sweep', trials)
  assert runner.run(trials, found, lambda _: None)
  experiment, state = setup.load(found.run(trials[0]).folder)
  alone, _ = loop.train(trials[0].config(), Run(tmp_path / 'alone'), notice=lambda _: None)
  assert jax.tree.structure(state) == jax.tree.structure(alone)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-4), state.ema, alone.ema)
  assert np.isfinite(experiment.sampler(state)(count=2)).all()


@pytest.mark.long
def test_a_trial_has_learned_what_a_run_of_its_own_learns(made, trials, tmp_path):
  found, _ = made
  trial = trials[3]
  state, _ = loop.train(trial.config(), type(found.run(trial))(tmp_path), notice=lambda _: None)
  _, its = setup.load(found.run(trial).folder)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), its.variables, state.variables)


def test_the_sweep_again_does_nothing(made, trials, monkeypatch):
  found, _ = made
  monkeypatch.setattr(attempts, 'attempt', None)
  told = []
  assert runner.run(trials, found, told.append)
  assert told == ['4 of 4 trials are there']


@pytest.mark.long
def test_a_longer_sweep_continues_its_trials(made, trials, tmp_path):
  """A trial goes on from its own folder, as the run that it is."""
  found, _ = made
  shutil.copytree(found.run(trials[0]).folder, tmp_path / 'trials' / trials[0].name)
  longer = planned(('train.num_steps', '6'), penalty__r1=[0.1])[0]
  other = begin(tmp_path, [longer])
  assert other.state(longer).kind == 'begun'
  assert runner.run([longer], other, lambda _: None)
  assert [row['step'] for row in other.run(longer).rows()] == [1, 2, 3, 4, 5, 6]
  with checkpoints.Checkpoints(other.run(longer).checkpoints) as saved:
    assert saved.steps() == [4, 6]


def test_a_trial_that_another_process_trains_is_left_to_it(trials, tmp_path, monkeypatch, capsys):
  found, wait = begin(tmp_path, trials[:1]), lock.wait
  monkeypatch.setattr(lock, 'wait', lambda folder: wait(folder, patience=0))
  monkeypatch.setattr(loop, 'train', None)
  with lock.Lock(found.run(trials[0]).folder):
    assert runner.run(trials[:1], found, lambda _: None)
  assert 'left alone: ' in capsys.readouterr().err
  assert not found.state(trials[0]).over
  assert not list(found.run(trials[0]).folder.iterdir())


def test_a_failed_trial_keeps_its_error_and_the_others_go_on(trials, tmp_path, monkeypatch):
  found = begin(tmp_path, trials[:3])

  def failing(config, run, **options):
    if config.population.seeds > 1 or config.seed == 1:
      raise RuntimeError('no such device\nand more')
    record = {'energy_distance': 0.5, 'measured': {'step': config.train.num_steps}}
    files.write_whole(run.evaluation, json.dumps(record))
    return None, True

  monkeypatch.setattr(loop, 'train', failing)
  told = []
  assert runner.run(trials[:3], found, told.append, most=8)
  kinds = [found.state(trial).kind for trial in trials[:3]]
  assert kinds == ['done', 'failed', 'done']
  assert found.state(trials[1]).error == 'RuntimeError: no such device'
  assert any('seed=1: failed: RuntimeError: no such device' in line for line in told)
  monkeypatch.setattr(attempts, 'attempt', None)  # it is not tried again
  assert runner.run(trials[:3], found, told.append)


def test_what_is_too_large_is_made_in_halves(trials, tmp_path, monkeypatch):
  found, sizes, lists = begin(tmp_path, trials), [], []

  def large(group, folder, say):
    sizes.append(len(group.trials))
    lists.append(folder.together / group.name / together.MEMBERS)
    files.write_whole(lists[-1], '[]')
    if len(group.trials) > 2:
      raise errors.TooLarge('training needs 9 GiB')
    for trial in group.trials:
      folder.fail(trial, 'pretended')
    return True

  monkeypatch.setattr(together, 'run', large)
  assert runner.run(trials, found, lambda _: None, most=8)
  assert sizes == [4, 2, 2]
  assert [file.exists() for file in lists] == [False, True, True]  # what is begun


def test_a_folder_that_was_touched_is_told(made, trials, tmp_path):
  found, _ = made
  shutil.copytree(found.path, tmp_path / 'copy')
  other = folder.Folder(tmp_path / 'copy', found.score)
  other.check(trials)
  file = other.run(trials[3]).config
  record = json.loads(file.read_text())
  record['config']['penalty']['r1'] = 3.0
  file.write_text(json.dumps(record))
  with pytest.raises(errors.UserError, match=r'touched by hand.*penalty.r1: 3.0 there, 1.0 planned'):
    other.check(trials)
  file.write_text('{')
  with pytest.raises(errors.UserError, match='is broken'):
    other.check(trials)
  other.run(trials[2]).evaluation.write_text('[]')
  with pytest.raises(errors.UserError, match='is broken'):
    other.state(trials[2])


def test_what_has_learned_more_than_is_planned_is_told(made):
  found, _ = made
  shorter = planned(('train.num_steps', '2'), penalty__r1=[0.1])
  with pytest.raises(
    errors.UserError, match=r'has learned 4 steps, more than the 2 .*num_steps=4, or another'
  ):
    found.check(shorter)


def test_what_was_scored_in_another_way_is_scored_again(made):
  found, _ = made
  (same, *_), (other, *_) = (
    planned(*words, penalty__r1=[0.1]) for words in ((), [('evaluate.num_images', '60')])
  )
  assert [found.state(trial).kind for trial in (same, other)] == ['done', 'begun']


def test_a_copy_that_was_given_up_has_failed(made, trials, tmp_path):
  found, group = made[0], together.Group(tuple(trials))
  run, config = Run(found.together / group.name), group.config()
  dataset = data.make(config)
  population = setup.make(config, dataset.spec(gans.reads_conditions(config)))
  state = setup.restore(population, run)
  state = state.replace(rollbacks=state.rollbacks.at[1].set(99))
  other = begin(tmp_path, trials)
  together.split(group, other, run, population, state, dataset)
  assert [other.state(trial).kind for trial in trials] == ['done', 'failed', 'done', 'done']
  assert other.state(trials[1]).error.startswith('it has diverged 99 times')


@pytest.mark.parametrize('content', ['', '{', '7'])
def test_a_broken_list_of_a_program_is_told(trials, tmp_path, content):
  file = tmp_path / 'together' / '4-0' / together.MEMBERS
  file.parent.mkdir(parents=True)
  file.write_text(content)
  with pytest.raises(errors.UserError, match=r'trials\.json is broken .*: delete it, and the sweep goes on'):
    together.started(begin(tmp_path, trials), trials)


def test_the_table_tells_the_time_left_by_what_was_made_since(trials, tmp_path, monkeypatch):
  found, clock = begin(tmp_path, trials), [0.0]
  monkeypatch.setattr(live.time, 'monotonic', lambda: clock[0])
  one = live.Live(trials, found, {trial.name: found.state(trial) for trial in trials}, print)
  write = lambda step: files.write_whole(found.run(trials[0]).metrics, json.dumps({'step': step}) + '\n')
  write(2)
  one.begin(together.Group((trials[0],)))
  assert one.table()[0] == f'{trials[0].name}   step 2 of 4   ? left'
  clock[0] = 60.0
  write(3)
  assert one.table()[0] == f'{trials[0].name}   step 3 of 4   60 s left'
  with found.run(trials[0]).metrics.open('a') as file:
    file.write('{"step": 2, "score/energy_distance": 0.5}\n')
  assert one.table()[0] == f'{trials[0].name}   step 3 of 4   energy distance 0.5   60 s left'


def test_the_table_of_a_search_counts_all_of_it(trials, tmp_path):
  found = begin(tmp_path, trials)
  states = {trial.name: found.state(trial) for trial in trials}
  assert live.Live(trials, found, states, print).count() == f'0 of {len(trials)}'
  assert live.Live(trials, found, states, print, before=6, planned=30).count() == '6 of 30'


def test_another_config_in_the_folder_is_refused(made, trials):
  found, _ = made
  other = plan.Planner(f'{ROOT}/configs/toy_grid.py:test', SMALL).base({})
  with pytest.raises(errors.UserError, match=r'another config \(data.density'):
    found.open(other)


def test_two_sweeps_in_one_folder_are_refused(tmp_path):
  (tmp_path / 'two.py').write_text(
    'def get_sweep(sweep):\n  sweep.seeds(2)\n  sweep.score("modes_covered")\n'
  )
  words = [('evaluate.num_images', '100')]
  asked = whole.ask(f'{ROOT}/configs/toy_ring.py:test', words, str(tmp_path / 'two.py'), tmp_path / 'sweep')
  with lock.Lock(tmp_path / 'sweep'), pytest.raises(errors.UserError, match='is being trained by process'):
    whole.make(asked)
