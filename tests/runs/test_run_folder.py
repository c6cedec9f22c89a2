"""Run folders: their names, what may change when a run goes on, and files that a crash has left broken."""

import dataclasses
import json
import os
import shutil

import jax
import jax.numpy as jnp
import pytest

from gan_jax import configs, errors, optimizers
from gan_jax.data.spec import Spec
from gan_jax.runs import checkpoints, environment
from gan_jax.runs import folder as runs
from gan_jax.training.state import TrainState

SPEC = Spec(
  {
    'image': jax.ShapeDtypeStruct((8, 16, 12, 3), jnp.float32),
    'label': jax.ShapeDtypeStruct((8,), jnp.int32),
  },
  label_names=('cat', 'dog'),
)


def config(**changes):
  """A complete config with constant rates; changes are given as section__field=value."""
  fields = {'generator.strides': (1, 2), 'g_optimizer.learning_rate': 2e-4}
  fields.update({f'{side}_optimizer.schedule': 'constant' for side in 'gd'})
  changes = {field.replace('__', '.'): value for field, value in changes.items()}
  return configs.get('dcgan_digits:test', {**fields, **changes})


@pytest.fixture
def run(tmp_path):
  """A run that has begun, in a folder that did not exist, and saved a state."""
  made = runs.Run(tmp_path / 'deep' / 'run')
  made.open(config(), SPEC)
  (made.checkpoints / '100').mkdir(parents=True)
  return made


def refused(action, *arguments):
  with pytest.raises(errors.UserError) as error:
    action(*arguments)
  assert '\n' not in str(error.value)
  return str(error.value)


@pytest.mark.parametrize(
  ('path', 'overrides', 'folder'),
  [
    ('configs/dcgan_digits.py', [], 'runs/dcgan_digits'),
    ('/else/where/mine.py', [], 'runs/mine'),
    ('configs/dcgan_digits.py:test', [], 'runs/dcgan_digits_test'),
    ('a.py', [('train.batch_size', '32')], 'runs/a,train.batch_size=32'),
    ('a.py', [('seed', '1'), ('loss', 'hinge')], 'runs/a,loss=hinge,seed=1'),
    ('a.py', [('loss', 'hinge'), ('seed', '1')], 'runs/a,loss=hinge,seed=1'),
    ('a.py', [('seed', '1'), ('seed', '2')], 'runs/a,seed=2'),
    ('a.py', [('g_optimizer.learning_rate', '1e-4')], 'runs/a,g_optimizer.learning_rate=1e-4'),
    ('a.py', [('data.size', '(28, 28)')], 'runs/a,data.size=_28,_28_'),
    ('a.py', [('data.path', '/my images/cats')], 'runs/a,data.path=_my_images_cats'),
    ('a.py', [('train.num_steps', '5'), ('sample.every', '2'), ('data.data_dir', '/d')], 'runs/a'),
  ],
)
def test_default_folder_tells_what_differs(path, overrides, folder):
  assert str(runs.default_folder(path, overrides)) == folder


@pytest.mark.parametrize(
  ('field', 'free'),
  [
    ('train.num_steps', True),
    ('log', True),
    ('log.every', True),
    ('sample.at', True),
    ('data.data_dir', True),
    ('seed', False),
    ('train', False),
    ('train.batch_size', False),
    ('train.num_steps_more', False),
    ('logs.every', False),
    ('data.path', False),
  ],
)
def test_free_fields(field, free):
  assert runs.is_free(field) == free


def test_a_stored_run_comes_back(run):
  values, spec = run.stored()
  assert values == config().to_dict()
  assert configs.complete(values).to_dict() == config().to_dict()
  assert isinstance(values['generator']['strides'], tuple)
  assert isinstance(values['sample']['at'], tuple)
  assert spec == SPEC
  assert sorted(path.name for path in run.folder.iterdir()) == ['checkpoints', 'config.json']  # nothing else


def test_going_on_says_nothing_and_takes_what_is_free(run):
  notices = []
  run.open(config(train__num_steps=200, sample__at=(5,)), SPEC, notices.append)
  assert notices == []
  assert run.stored()[0]['train']['num_steps'] == 200
  assert run.stored()[0]['sample']['at'] == (5,)


@pytest.mark.parametrize(
  ('change', 'shown'),
  [
    ({'seed': 1}, 'seed: 0 there, 1 here'),
    ({'g_optimizer__learning_rate': 1e-4}, 'g_optimizer.learning_rate: 0.0002 there, 0.0001 here'),
    ({'generator__strides': (2, 2)}, 'generator.strides: [1, 2] there, [2, 2] here'),
  ],
)
def test_another_config_is_refused_and_the_run_left_alone(run, change, shown):
  before = run.config.read_text()
  message = refused(run.open, config(**change, train__num_steps=200), SPEC)
  assert shown in message
  assert str(run.folder) in message
  assert 'num_steps' not in message
  assert run.config.read_text() == before


def test_a_run_that_has_saved_nothing_begins_again_with_another_config(run):
  """Its first command failed, or was killed while it wrote its first checkpoint."""
  (run.checkpoints / '100').rename(run.checkpoints / '100.orbax-checkpoint-tmp-0')
  said = []
  run.open(config(loss='hinge'), dataclasses.replace(SPEC, fingerprint='3 images (aa)'), said.append)
  assert said == [f'{run.folder} has no checkpoint: it begins again']
  assert run.stored()[0]['loss'] == 'hinge'
  assert run.stored()[1].fingerprint == '3 images (aa)'


def learned_from(data):
  return dataclasses.replace(SPEC, fingerprint=data)


def test_data_that_have_changed_are_refused_and_the_run_left_alone(run):
  run.open(config(), learned_from('1,200 images (aa)'))  # before, it had been of a version that did not tell
  before = run.config.read_text()
  message = refused(run.open, config(), learned_from('1,250 images (bb)'))
  assert 'learned from 1,200 images (aa), and now there are 1,250 images (bb)' in message
  assert f'--workdir=NEW --config.train.init_from={run.folder}' in message
  assert run.config.read_text() == before


def test_data_that_have_moved_are_the_same(tmp_path):
  run = runs.Run(tmp_path / 'run')
  fields = {'data.name': 'folder', 'data.path': '/a', 'data.labels': 'l.csv'}
  here, there = (configs.get('dcgan_digits:test', {**fields, 'data.path': path}) for path in ('/a', '/b'))
  run.open(here, learned_from('3 images (aa)'))
  (run.checkpoints / '100').mkdir(parents=True)
  run.open(there, learned_from('3 images (aa)'))
  assert run.stored()[0]['data']['path'] == '/b'
  message = refused(run.open, here, learned_from('4 images (bb)'))
  assert 'data.path: /b there, /a here' in message


def test_fields_that_are_gone_are_refused_and_new_ones_are_not(tmp_path):
  before = {'generator': {'name': 'dcgan', 'width': 8}, 'log': {'every': 1}}
  runs.refuse_differences(tmp_path, before, {**before, 'new': {'field': 1}, 'log': {}})
  message = refused(runs.refuse_differences, tmp_path, before, {'generator': {'name': 'mlp'}})
  assert 'generator.name: dcgan there, mlp here; generator.width: 8 there, absent here' in message


def test_another_machine_or_version_is_noticed(run, monkeypatch):
  now = environment.environment()
  monkeypatch.setattr(runs, 'environment', lambda: {**now, 'jax': '0.0.1', 'git': 'other'})
  notices = []
  run.open(config(), SPEC, notices.append)
  assert notices == [f'jax was {now["jax"]}, is 0.0.1: results agree, but not bit for bit']


def test_the_environment_names_what_bits_depend_on():
  facts = environment.environment()
  assert {'jax', 'jaxlib', 'device', 'devices', 'cores', 'python', 'git'} <= facts.keys()
  json.dumps(facts)


@pytest.mark.parametrize(
  'content',
  [
    *(b'', b'{"config": {"seed"', b'\x00' * 20, b'\xff\xfe\x80', b'{}', b'null', b'[1, 2]', b'[' * 200_000),
    b'{"config": {"seed": ' + b'[' * 300 + b']' * 300 + b'}, "spec": {"batch": {}}, "environment": {}}',
    *(b'{"config": {}, "spec": {}, "environment": 3}', b'{"config": {}, "spec": {}, "environment": {}}'),
  ],
  ids=[
    *('empty', 'cut', 'zeros', 'binary', 'no config', 'null', 'list', 'deep'),
    *('deep config', 'no environment', 'no spec'),
  ],
)
def test_a_broken_config_is_named(run, content):
  run.config.write_bytes(content)
  for action in (run.stored, lambda: run.open(config(), SPEC)):
    message = refused(action)
    assert str(run.config) in message
    assert '--workdir' in message


@pytest.mark.parametrize(
  ('shape', 'attributes', 'view'),
  [((8, 16, 12, 3), (), 'images'), ((8, 2), (), 'points'), ((8, 16, 16, 3), ('hat', 'smile'), 'images')],
)
def test_a_run_of_a_version_without_a_spec(run, shape, attributes, view):
  """Its names of attributes stand in its config, and vectors were points."""
  record = json.loads(run.config.read_text())
  del record['spec']
  record['batch'] = {'image': [shape, 'float32']}
  record['config']['data']['attributes'] = attributes
  run.config.write_text(json.dumps(record))
  values, spec = run.stored()
  assert spec == Spec({'image': jax.ShapeDtypeStruct(shape, jnp.float32)}, view, attribute_names=attributes)
  assert values['seed'] == 0


def test_pipes_in_the_place_of_files_are_not_read(run):
  os.mkfifo(run.metrics)
  assert 'metrics.jsonl cannot be read: a pipe or a device' in refused(run.rows)
  run.config.unlink()
  os.mkfifo(run.config)
  assert 'a pipe or a device' in refused(run.stored)


def test_a_folder_that_is_no_run_is_named(tmp_path):
  assert f'{tmp_path} is not the folder of a run' in refused(runs.Run(tmp_path).stored)


def test_rows_outlive_a_crash(run):
  """A row that was cut off, or that a full disk left as zeros, is passed over."""
  assert run.rows() == []
  run.metrics.write_bytes(b'')
  assert run.rows() == []
  rows = [{'step': step, 'd/loss': 0.5 / step} for step in (1, 2, 3)]
  whole = ''.join(json.dumps(row) + '\n' for row in rows).encode()
  for missing in range(1, len(json.dumps(rows[-1])) + 1):
    run.metrics.write_bytes(whole[:-missing])
    assert run.rows() == (rows if missing == 1 else rows[:2])
  for tail in (b'\x00' * 30, b'\xff\xfe\n', b'[1]\n', b'7', b'{"loss": 1}', b'{"step": null}', b'[' * 9999):
    run.metrics.write_bytes(whole + tail)
    assert run.rows() == rows
  run.metrics.write_bytes(whole + b'{"step": 4, "d/loss": "low", "g/loss": 1.5, "d/logit": null}')
  assert run.rows() == [*rows, {'step': 4, 'g/loss': 1.5}]


def test_more_steps_say_which_schedules_jump_and_how_they_are_kept(tmp_path):
  """Before they are taken; with a length of its own a schedule is the same before its old end."""
  run, said = runs.Run(tmp_path), []
  schedule = {'g_optimizer.schedule': 'linear'}
  run.open(config(**{'train.num_steps': 8, **schedule}), SPEC)
  (run.checkpoints / '8').mkdir(parents=True)
  run.open(config(**{'train.num_steps': 16, 'g_optimizer.decay_steps': 8, **schedule}), SPEC, said.append)
  assert said == []
  run.open(config(**{'train.num_steps': 16, **schedule}), SPEC, said.append)
  assert 'g_optimizer at step 16, not 8' in said[0]
  assert '--config.g_optimizer.decay_steps=8' in said[0]
  assert 'd_optimizer' not in said[0]


def test_a_schedule_with_a_length_of_its_own_does_not_see_how_long_the_training_is():
  options = {'learning_rate': 1.0, 'schedule': 'linear', 'name': 'sgd', 'decay_start': 0.5}
  rates = [optimizers.learning_rate({**options, 'decay_steps': 10}, steps, 2) for steps in (10, 40)]
  for update in (0, 9, 10, 15, 20, 60):
    assert rates[0](update) == rates[1](update)
  assert [float(rates[1](update)) for update in (10, 15, 20, 60)] == pytest.approx([1, 0.5, 0, 0])


def test_without_config_json_the_config_of_the_last_checkpoint_counts(run):
  """Another config is refused all the same, and the same one makes the file anew."""
  shutil.rmtree(run.checkpoints)
  with checkpoints.Checkpoints(run.checkpoints, facts=runs.facts(config(), SPEC)) as saved:
    saved.save(TrainState(jnp.int32(3), jnp.int32(0), jnp.int32(0), {}, {}, {}))
  run.config.unlink()
  assert 'loss: relativistic there, hinge here' in refused(run.open, config(loss='hinge'), SPEC)
  assert run.stored()[0] == config().to_dict()
  said = []
  run.open(config(), SPEC, said.append)
  assert said == []
  assert run.config.exists()


@pytest.mark.parametrize('content', [None, b'{', b'[]'])
def test_a_config_json_that_was_changed_or_is_broken_is_told_from_that_of_the_checkpoints(run, content):
  shutil.rmtree(run.checkpoints)
  with checkpoints.Checkpoints(run.checkpoints, facts=runs.facts(config(), SPEC)) as saved:
    saved.save(TrainState(jnp.int32(3), jnp.int32(0), jnp.int32(0), {}, {}, {}))
  run.config.write_bytes(content or run.config.read_bytes().replace(b'0.0002', b'0.0003'))
  asked = config() if content else config(g_optimizer__learning_rate=3e-4)
  told = refused(run.open, asked, SPEC)
  assert 'is broken' in told if content else 'g_optimizer.learning_rate: 0.0002 there, 0.0003 here' in told
  assert 'remove it, and the' in told
  run.config.unlink()
  run.open(config(), SPEC, lambda _: None)


def test_a_run_whose_checkpoints_are_gone_keeps_what_it_had_logged(run):
  shutil.rmtree(run.checkpoints)
  run.metrics.write_text('{"step": 1, "g/loss": 2}\n')
  said = []
  run.open(config(), SPEC, said.append)
  assert said == [
    f'{run.folder} has no checkpoint: it begins again',
    f'{run.folder}/metrics_before.jsonl has what was logged before',
  ]
  assert (run.folder / 'metrics_before.jsonl').read_text() == '{"step": 1, "g/loss": 2}\n'
  run.metrics.write_text('{"step": 9}\n')  # it was killed before its first checkpoint
  run.checkpoints.mkdir()
  (run.checkpoints / 'digests.jsonl').write_text('{}\n')
  run.open(config(), SPEC, lambda _: None)
  assert (run.folder / 'metrics_before.jsonl').read_text() == '{"step": 1, "g/loss": 2}\n'
  assert (run.folder / 'metrics_before-1.jsonl').read_text() == '{"step": 9}\n'
  assert not (run.checkpoints / 'digests.jsonl').exists()
