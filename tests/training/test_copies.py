"""A run of copies from begin to end: all of them are told of, and any can be loaded, sampled and drawn."""

import json

import jax
import numpy as np
import pytest
from conftest import ROOT

import gan_jax
from gan_jax import configs, data, errors
from gan_jax.inference import figures, sample, translate
from gan_jax.runs import files
from gan_jax.runs import folder as runs
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.training import finish, loop, setup
from gan_jax.views import points

NAMES = ('g lr 1e-3, seed 0', 'g lr 1e-3, seed 1', 'g lr 1e-4, seed 0', 'g lr 1e-4, seed 1')
FIELDS = {
  'generator.widths': '(16,16)',
  'discriminator.widths': '(16,16)',
  'evaluate.num_images': '100',
  'evaluate.rejection': 'False',
  'population.seeds': '2',
  'population.over': 'g_optimizer.learning_rate=1e-3,1e-4',
}


def load(**fields):
  words = {**FIELDS, **fields}
  return configs.load(ROOT / 'configs/toy_ring.py:test', list(words.items()), notice=lambda _: None)


def write(experiment, folder, state, dataset, rows):
  """In the place of the figures of points, which take long: what is generated, and of how many rows."""
  made = np.uint8(127 * np.tanh(experiment.sampler(state)(count=4)) + 127)
  files.save_png(folder / f'{len(rows)}_rows.png', made[..., None].repeat(3, -1))


@pytest.fixture(scope='module')
def four(tmp_path_factory):
  """(Run, what was told) of a finished run of four copies."""
  run, told = runs.Run(tmp_path_factory.mktemp('four')), []
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(points, 'write', write)
    loop.train(load(), run, notice=told.append)
    yield run, told


@pytest.fixture(scope='module')
def restored(four):
  """(Experiment, TrainState, Dataset) of it."""
  experiment = setup.stored(four[0])
  with Checkpoints(four[0].checkpoints) as saved:
    return experiment, experiment.restore(saved), data.make(experiment.config)


def test_scores_are_told_by_setting(four):
  run, told = four
  (text,) = (text for text in told if text.startswith('scores by setting'))
  assert [line.split('   ')[0] for line in text.splitlines()[2:]] == ['g lr 1e-3', 'g lr 1e-4', 'real data']
  record = json.loads(run.evaluation.read_text())
  assert tuple(record['copies']) == NAMES
  values = [copy['energy_distance'] for copy in record['copies'].values()]
  assert record['groups']['g lr 1e-4']['mean']['energy_distance'] == pytest.approx(np.mean(values[2:]))
  assert any('4 copies' in line for line in told)
  assert f'(of copy 0, {NAMES[0]})' in told[-1]


@pytest.mark.parametrize(('copy', 'k'), [(0, 0), (1, 1), ('1', 1), (NAMES[2], 2)])
def test_any_copy_is_loaded_by_index_and_by_name(four, restored, copy, k, capsys):
  one, state = setup.load(four[0].folder, copy=copy)
  wanted = jax.tree.map(lambda array: array[k], restored[1].ema)
  jax.tree.map(np.testing.assert_array_equal, state.ema, wanted)
  assert int(state.seed) == k % 2
  assert one.config.g_optimizer.learning_rate == (1e-3 if k < 2 else 1e-4)
  assert capsys.readouterr().out == ''


def test_copies_of_one_setting_share_what_is_compiled(restored):
  experiment, state, _ = restored
  ones = [experiment.member(state, k)[0] for k in range(4)]
  assert ones[0] is ones[1] is not ones[2]
  assert ones[2] is ones[3]
  sampled = [experiment.to_sample(state, k) for k in range(4)]
  assert all(one is ones[0] for one, _ in sampled)  # by learning rates no sample differs
  assert [int(its_state.seed) for _, its_state in sampled] == [0, 1, 0, 1]


def test_without_a_copy_the_first_is_taken_and_that_is_said(four, trained, capsys):
  run, _ = four
  points = gan_jax.load(run.folder)(count=5)
  said = 'copy 0 of 4 is taken: g lr 1e-3, seed 0 (copy=K, up to 3, takes another)\n'
  assert capsys.readouterr().out == said
  np.testing.assert_array_equal(points, gan_jax.load(run.folder, copy=0)(count=5))
  setup.load(trained)
  assert capsys.readouterr().out == ''


@pytest.mark.parametrize('copy', [4, -1, '4', 'seed 0', ''])
def test_copies_that_there_are_not_are_answered_with_those_that_there_are(four, copy):
  with pytest.raises(errors.UserError) as error:
    gan_jax.load(four[0].folder, copy=copy)
  assert str(error.value) == f'there is no copy {copy}, but ' + ', '.join(
    f'{k} ({name})' for k, name in enumerate(NAMES)
  )


def test_a_run_of_one_has_one_copy(trained):
  np.testing.assert_array_equal(gan_jax.load(trained, copy=0)(count=2), gan_jax.load(trained)(count=2))
  with pytest.raises(errors.UserError, match=r'^there is no copy 1, but 0 \(seed 0\)$'):
    gan_jax.load(trained, copy=1)


def test_a_long_list_of_copies_is_cut():
  with pytest.raises(errors.UserError, match=r'14 \(seed 14\), 15 \(seed 15\), \.\.\. 99 \(seed 99\)$'):
    setup.choose([f'seed {k}' for k in range(100)], 100)


def test_any_copy_is_sampled(four, tmp_path):
  run, _ = four
  for copy in (None, 0, 3):
    sample.write(run.folder, 5, tmp_path / f'{copy}.npz', seed=1, copy=copy)
  first, zero, third = (np.load(tmp_path / f'{copy}.npz')['points'] for copy in (None, 0, 3))
  np.testing.assert_array_equal(first, zero)
  assert not np.array_equal(zero, third)
  with pytest.raises(errors.UserError, match='there is no copy 7, but 0'):
    sample.write(run.folder, 5, tmp_path / 'out', copy=7)
  with pytest.raises(errors.UserError, match='there is no copy 7, but 0'):
    translate.load(run.folder, copy=7)


def test_figures_of_another_copy_have_a_folder_of_their_own(four):
  run, _ = four
  before = {file: file.read_bytes() for file in run.figures.glob('*.png')}
  folder = figures.draw(run, 2)
  assert folder == run.figures / 'copy_2'
  assert {file: file.read_bytes() for file in run.figures.glob('*.png')} == before
  (other,) = folder.iterdir()
  assert other.name == '0_rows.png'  # the logged ones are means over all copies
  assert other.read_bytes() != before[run.figures / '4_rows.png']
  assert figures.draw(run, notice=lambda _: None) == run.figures


def test_panels_have_the_names_of_their_copies(restored, monkeypatch):
  experiment, state, dataset = restored
  known = points.snapshot(experiment, dataset)(state)
  assert known['names'] == NAMES
  titles = []
  monkeypatch.setattr(points.scatter.canvas, 'frame', lambda axis, bounds, title: titles.append(title))
  points.draw(known)
  assert tuple(titles) == NAMES


@pytest.mark.long
def test_a_copy_that_diverged_is_named_and_the_others_are_scored(restored, tmp_path):
  experiment, state, dataset = restored
  told, run = [], runs.Run(tmp_path)
  dead = state.replace(ema=jax.tree.map(lambda array: array.at[1].set(np.nan), state.ema))
  finish.score(experiment, run, dead, dataset, told.append)
  assert told[0].startswith(f'not scored, {NAMES[1]}: the generator is not finite')
  assert 'g lr 1e-3 (1 of 2 seeds)' in told[1]
  record = json.loads(run.evaluation.read_text())
  assert set(record['copies'][NAMES[1]].values()) == {None}
  with pytest.raises(errors.UserError, match='not finite'):
    finish.pictures(experiment, run, dead, dataset, copy=1)


@pytest.mark.long
def test_a_finished_run_is_scored_when_it_is_asked_for_and_its_pictures_stay(four):
  run, _ = four
  last = {file: file.stat().st_mtime_ns for file in run.figures.glob('*.png')}
  told = []
  loop.train(load(**{'evaluate.num_images': '50'}), run, notice=told.append)
  assert told[-1].startswith('scores by setting')
  assert json.loads(run.evaluation.read_text())['measured']['num_images'] == 50
  loop.train(load(**{'evaluate.num_images': '50'}), run, notice=told.append)
  assert 'has its 4 steps already' in told[-1]
  loop.train(load(**{'evaluate.num_images': '0'}), run, notice=told.append)
  assert 'has its 4 steps already' in told[-1]
  assert {file: file.stat().st_mtime_ns for file in run.figures.glob('*.png')} == last


@pytest.mark.parametrize('copies', [1, 2, 4])
def test_copies_start_from_a_run_of_as_many_or_else_all_from_its_first(four, restored, copies):
  told = []
  found = setup.networks(four[0].folder, copies, told.append)
  wanted = {
    1: lambda array: array[0],
    2: lambda array: np.stack([array[0]] * 2),
    4: lambda array: array,
  }[copies]
  jax.tree.map(np.testing.assert_array_equal, found.variables, jax.tree.map(wanted, restored[1].variables))
  assert len(told) == (copies != 4)
