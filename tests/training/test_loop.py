"""The loop: a run that was killed and continued is the run that was not, bit for bit."""

import functools
import json
import re
import signal
import subprocess
import sys
import time

import jax
import numpy as np
import pytest
from conftest import ROOT, TINY

import gan_jax
from gan_jax import errors
from gan_jax.devices import memory
from gan_jax.gans import contract
from gan_jax.runs import checkpoints
from gan_jax.runs import folder as runs
from gan_jax.training import experiment, loop, running, setup


def quietly(config, folder):
  told = []
  state, finished = loop.train(config, runs.Run(folder), told.append)
  return state, finished, told


def losses(folder):
  """The logged rows without what they say of the machine."""
  machine = ('examples_per_second', 'host_peak_bytes')
  return [{key: value for key, value in row.items() if key not in machine} for row in runs.Run(folder).rows()]


def assert_same_bits(one, other):
  for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
    np.testing.assert_array_equal(a, b)


def test_a_run_in_two_parts_equals_a_straight_one(tiny, tmp_path):
  straight, _, _ = quietly(tiny('train.num_steps=6'), tmp_path / 'straight')
  quietly(tiny('train.num_steps=2'), tmp_path / 'parts')
  parts, finished, told = quietly(tiny('train.num_steps=6'), tmp_path / 'parts')
  assert finished
  assert any('resumed at step 2' in line for line in told)
  assert_same_bits(parts, straight)
  assert losses(tmp_path / 'parts') == losses(tmp_path / 'straight')


@pytest.mark.long
def test_rows_of_a_run_in_parts_are_those_of_a_straight_one(tiny, tmp_path):
  """But for the row of the step where it stopped; after it a penalty stands as it was computed before."""
  fields = ('penalty.every=8', 'log.every=7', 'checkpoint.every=9', 'train.steps_per_dispatch=3')
  fields += ('sample.every=0', 'g_optimizer.schedule=constant', 'd_optimizer.schedule=constant')
  straight, _, _ = quietly(tiny('train.num_steps=12', *fields), tmp_path / 'straight')
  for steps in (6, 12):
    parts, _, _ = quietly(tiny(f'train.num_steps={steps}', *fields), tmp_path / 'parts')
  assert_same_bits(parts, straight)
  assert [row['step'] for row in losses(tmp_path / 'straight')] == [1, 7, 9, 12]
  assert [row for row in losses(tmp_path / 'parts') if row['step'] != 6] == losses(tmp_path / 'straight')
  assert all(row['d/r1'] > 0 for row in losses(tmp_path / 'straight'))


@pytest.mark.long
def test_a_short_run_has_its_first_and_its_last_step_logged(tiny, tmp_path):
  quietly(tiny('log.every=100', 'sample.every=0', 'checkpoint.every=0'), tmp_path)
  assert [row['step'] for row in losses(tmp_path)] == [1, 4]


@pytest.mark.long
def test_what_does_not_fit_into_memory_is_told_before_it_runs_and_may_be_corrected(
  tiny, tmp_path, monkeypatch
):
  """In the same folder: nothing was saved there."""
  with monkeypatch.context() as patched:
    patched.setattr(memory, 'free', lambda: 1 << 19)
    with pytest.raises(errors.UserError, match=r'needs .* GiB are free: try (train.accumulate=\d|a smaller)'):
      quietly(tiny('train.batch_size=64'), tmp_path)
  assert not list(tmp_path.glob('samples/*'))
  _, finished, told = quietly(tiny('train.batch_size=8'), tmp_path)
  assert finished
  assert f'{tmp_path} has no checkpoint: it begins again' in told


@pytest.mark.parametrize(
  ('times', 'said'),
  [(1.5, 'train.accumulate=2 (the batch in parts), train.batch_size=4,'),
   (5, 'train.accumulate=8 (the batch in parts), train.batch_size=1,'), (20, 'a smaller data.size')],
)  # fmt: skip
def test_what_would_fit_is_told_by_its_fields(trained, times, said):
  assert said in setup.stored(runs.Run(trained)).smaller(times)


@pytest.mark.long
def test_pictures_of_steps_that_were_lost_are_not_kept(tiny, tmp_path):
  """Those of a run that was killed before it saved anything would be in the animation of the next."""
  for name in ('step_000000.png', 'step_000900.png', 'own.png'):
    (tmp_path / 'samples').mkdir(exist_ok=True)
    (tmp_path / 'samples' / name).write_bytes(b'')
  quietly(tiny('train.num_steps=1'), tmp_path)
  found = {file.name: file.stat().st_size for file in tmp_path.glob('samples/*.png')}
  assert found.keys() == {'step_000000.png', 'step_000001.png', 'own.png'}
  assert found['step_000000.png']


def command(folder, *more):
  overrides = [f'--config.{field}' for field in TINY]
  return [
    sys.executable,
    'main.py',
    '--config=configs/dcgan_digits.py:test',
    f'--workdir={folder}',
    *overrides,
    *more,
  ]


STEADY = ('train.steps_per_dispatch=1', 'sample.every=0', 'checkpoint.every=10')


@pytest.mark.long
@pytest.mark.parametrize('sign', [signal.SIGKILL, signal.SIGINT])
def test_a_killed_or_interrupted_run_goes_on_to_the_same_bits(tiny, tmp_path, sign):
  straight, _, _ = quietly(tiny('train.num_steps=40', *STEADY), tmp_path / 'straight')
  folder = tmp_path / 'broken'
  process = subprocess.Popen(
    command(folder, '--config.train.num_steps=100000', *[f'--config.{field}' for field in STEADY]),
    cwd=ROOT,
    stderr=subprocess.PIPE,
    stdout=subprocess.PIPE,
  )
  deadline = time.monotonic() + 120
  while not any(path.name.isdigit() for path in folder.glob('checkpoints/*')) and time.monotonic() < deadline:
    time.sleep(0.02)
  process.send_signal(sign)
  out, err = process.communicate(timeout=60)
  with checkpoints.Checkpoints(folder / 'checkpoints') as saved:
    reached = saved.latest()
  if sign == signal.SIGINT:
    assert process.returncode == 130, err
    assert f'stopped at step {reached}, saved'.encode() in out
  state, finished, _ = quietly(tiny(f'train.num_steps={max(40, reached)}', *STEADY), folder)
  assert finished
  if reached > 40:  # a fast machine: compare at the step that was reached
    straight, _, _ = quietly(tiny(f'train.num_steps={reached}', *STEADY), tmp_path / 'straight')
  assert_same_bits(state, straight)
  assert losses(folder) == losses(tmp_path / 'straight')


@pytest.mark.long
@pytest.mark.parametrize(('where', 'begun'), [(loop, 'first_state'), (running, 'prepare')])
def test_an_interrupt_before_the_first_step_leaves_nothing_half_made(
  tiny, tmp_path, monkeypatch, where, begun
):
  """While networks are made, or a program is compiled: then the same command begins again."""

  def interrupted(*_):
    raise KeyboardInterrupt

  with monkeypatch.context() as patched:
    patched.setattr(where, begun, interrupted)
    with pytest.raises(KeyboardInterrupt):
      quietly(tiny(), tmp_path / 'run')
  assert {path.name for path in (tmp_path / 'run').rglob('*')} == {'config.json'}
  assert quietly(tiny('train.num_steps=1'), tmp_path / 'run')[1]


def test_the_run_folder_holds_what_was_promised(trained):
  record = json.loads((trained / 'config.json').read_text())
  assert record['config']['train']['num_steps'] == 4
  assert {'jax', 'jaxlib', 'device', 'cores', 'git'} <= set(record['environment'])
  rows = runs.Run(trained).rows()
  assert [row['step'] for row in rows] == [1, 2, 3, 4]
  assert {'g/loss', 'd/loss', 'd/real_logit', 'd/fake_logit', 'examples_per_second'} <= set(rows[-1])
  files = {str(path.relative_to(trained)) for path in trained.rglob('*') if path.suffix in ('.png', '.gif')}
  assert {f'samples/step_{n:06d}.png' for n in (0, 2, 4)} <= files
  assert {
    'samples/training.gif',
    'figures/losses.png',
    'figures/interpolation.png',
    'figures/nearest.png',
    'figures/truncation.png',
    'figures/directions.png',
  } <= files


@pytest.mark.long
def test_a_finished_run_is_left_as_it_is(tiny, tmp_path):
  quietly(tiny(), tmp_path / 'run')
  before = (tmp_path / 'run/metrics.jsonl').read_bytes()
  _, finished, _ = quietly(tiny(), tmp_path / 'run')
  assert finished
  assert (tmp_path / 'run/metrics.jsonl').read_bytes() == before


@pytest.mark.long
def test_fewer_steps_than_there_are_is_a_finished_run(tiny, tmp_path):
  quietly(tiny('train.num_steps=4'), tmp_path / 'run')
  state, finished, told = quietly(tiny('train.num_steps=2'), tmp_path / 'run')
  assert (int(state.step), finished) == (4, True)
  assert told[-1].endswith('has its 2 steps already; set train.num_steps to continue')


@pytest.mark.long
def test_another_config_is_refused_but_a_longer_run_is_not(tiny, tmp_path):
  quietly(tiny('train.num_steps=2'), tmp_path / 'run')
  with pytest.raises(errors.UserError, match=r'loss: non_saturating there, hinge here'):
    quietly(tiny('train.num_steps=2', 'loss=hinge'), tmp_path / 'run')
  quietly(tiny('train.num_steps=3', 'log.every=2', 'sample.every=0'), tmp_path / 'run')


@pytest.mark.long
def test_starting_from_another_runs_networks(tiny, tmp_path, trained):
  made = setup.stored(runs.Run(trained))
  with checkpoints.Checkpoints(trained / 'checkpoints') as saved:
    source = made.restore(saved)
  state = experiment.start_from(made.init_state(), source, partial=False)
  assert_same_bits(state.variables, source.variables)
  assert int(state.step) == 0
  _, finished, told = quietly(
    tiny(f'train.init_from={trained}', 'loss=hinge', 'train.num_steps=2'), tmp_path / 'new'
  )
  assert finished
  assert 'starting from the networks' in told[0]
  with pytest.raises(
    errors.UserError,
    match=r'train.init_from: g/params/Dense_0/bias is \[8\] here, \[128\] there.*init_partial=True',
  ):
    quietly(tiny(f'train.init_from={trained}', 'generator.widths=8,8'), tmp_path / 'other')


def test_a_wrong_place_to_start_from_is_told_before_anything_is_made(tiny, tmp_path):
  with pytest.raises(errors.UserError, match=r'nowhere is not the folder of a run'):
    quietly(tiny(f'train.init_from={tmp_path / "nowhere"}'), tmp_path / 'run')
  assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_starting_from_what_fits_of_another_runs_networks(tiny, tmp_path, trained):
  """The other arrays are new ones, and told by name."""
  fields = (f'train.init_from={trained}', 'generator.widths=128,8', 'train.init_partial=True')
  config, told = tiny(*fields, 'train.num_steps=1'), []
  spec = runs.Run(trained).stored()[1]
  source, new = setup.load(trained)[1], experiment.make(config, spec).init_state()
  state = experiment.start_from(new, source, partial=True, notice=told.append)
  assert_same_bits(state.variables['d'], source.variables['d'])
  assert_same_bits(state.opt_state, new.opt_state)
  bad = ('Dense_1/kernel', 'Dense_1/bias', 'Dense_2/kernel')
  for found, theirs, ours in (
    (state.variables['g'], source.variables['g'], new.variables['g']),
    (state.ema, source.ema, new.ema),
  ):
    for path, array in jax.tree_util.tree_leaves_with_path(found):
      name = jax.tree_util.keystr(path, simple=True, separator='/')
      wanted = ours if name.endswith(bad) else theirs
      for key in path:
        wanted = wanted[key.key]
      np.testing.assert_array_equal(array, wanted, err_msg=name)
  named = [f'{group}/params/{name}' for group in ('g', 'g_average') for name in bad]
  assert len(told) == len(named)
  assert all(any(name in line for line in told) for name in named)
  assert 'g/params/Dense_1/bias is [8] here, [256] there' in ' '.join(told)
  _, finished, lines = quietly(config, tmp_path / 'run')
  assert finished
  assert set(told) < set(lines)


def old(folder, *lacking):
  """Makes the config.json of a run one of a version without a Spec, whose configs lacked these fields."""
  file = folder / 'config.json'
  record = json.loads(file.read_text())
  record['batch'] = record.pop('spec')['batch']
  for field in lacking:
    *sections, last = field.split('.')
    del functools.reduce(dict.__getitem__, sections, record['config'])[last]
  file.write_text(json.dumps(record))


@pytest.mark.long
def test_a_run_of_an_older_version_is_loaded_and_resumed(tiny, tmp_path):
  straight, _, _ = quietly(tiny('train.num_steps=4'), tmp_path / 'straight')
  folder = tmp_path / 'old'
  quietly(tiny('train.num_steps=2'), folder)
  images = gan_jax.load(folder)(count=2)
  old(folder, 'population', 'penalty.modules', 'augment', 'train.init_partial')
  np.testing.assert_array_equal(gan_jax.load(folder)(count=2), images)
  state, finished, told = quietly(tiny('train.num_steps=4'), folder)
  assert finished
  assert any('resumed at step 2' in line for line in told)
  assert_same_bits(state, straight)
  assert losses(folder) == losses(tmp_path / 'straight')
  assert 'spec' in json.loads((folder / 'config.json').read_text())


@pytest.mark.long
def test_a_run_is_trained_and_resumed_from_python(tiny, tmp_path):
  straight = gan_jax.train(tiny('train.num_steps=4'), tmp_path / 'straight', notice=lambda _: None)
  for steps in (2, 4):
    parts = gan_jax.train(tiny(f'train.num_steps={steps}'), str(tmp_path / 'parts'), notice=lambda _: None)
  assert [row['g/loss'] for row in parts.rows()] == [row['g/loss'] for row in straight.rows()]
  np.testing.assert_array_equal(gan_jax.load(parts.folder)(count=2), gan_jax.load(straight.folder)(count=2))


@pytest.mark.parametrize(
  ('field', 'said'),
  [('train.batch_size=0', 'at least 1'), ('train.accumulate=3', 'does not divide'), ('loss=hing', "'hinge'"),
   ('train.latents=stale', 'shared'), ('latents.law=cauchy', 'normal'),
   ('generator.activation=rellu', "'relu'"), ('g_optimizer.schedule=cosin', "'cosine'"),
   ('data.channels=3', 'data.channels=1')],
)  # fmt: skip
def test_bad_values_are_told_in_one_line(tiny, tmp_path, field, said):
  with pytest.raises(errors.UserError, match=re.escape(said)) as told:
    quietly(tiny(field), tmp_path / 'run')
  assert '\n' not in str(told.value)


@pytest.mark.long
def test_a_run_that_diverges_stops_and_says_where(tiny, tmp_path):
  fields = ('d_optimizer.name=sgd', 'd_optimizer.learning_rate=1e30', 'loss=wasserstein', 'train.num_steps=8')
  with pytest.raises(errors.UserError, match=r'is (nan|inf|-inf) at step \d'):
    quietly(tiny(*fields, 'log.every=100', 'checkpoint.every=1'), tmp_path / 'run')
  with checkpoints.Checkpoints(tmp_path / 'run/checkpoints') as saved:
    assert (saved.latest() or 0) < 8  # what is not finite is not saved


def test_averages_make_the_samples(trained):
  made = setup.stored(runs.Run(trained))
  with checkpoints.Checkpoints(trained / 'checkpoints') as saved:
    state = made.restore(saved)
  assert contract.averaged(state)['g'] is state.ema
  assert contract.averaged(state.replace(ema={}))['g'] is state.variables['g']
