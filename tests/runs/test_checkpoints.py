"""Checkpoints prove themselves: what was written comes back to the bit, and what was damaged does not."""

import errno
import json
import shutil
import threading
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file

from gan_jax import errors
from gan_jax.runs import arrays, best, checkpoints, lock, manifest, stored
from gan_jax.training import parts
from gan_jax.training.state import TrainState

FACTS = {'config': {'seed': 3, 'generator': {'width': 8}}, 'spec': {}, 'environment': {}}


def state(step, scale=1.0):
  """A TrainState with arrays of several types, one of them empty."""
  params = {'Dense_0': {'kernel': scale * jnp.arange(12.0).reshape(3, 4), 'bias': jnp.zeros((0,))}}
  other = {'flag': jnp.array(True), 'half': jnp.full((5,), 1.5, jnp.bfloat16)}
  variables = {'g': {'params': params}, 'd': {'params': params, 'other': other}}
  return TrainState(jnp.int32(step), jnp.int32(0), jnp.int32(0), variables, {'g': (jnp.int32(2),)}, {})


@pytest.fixture
def folder(tmp_path):
  """Three checkpoints, of steps 2, 4 and 6."""
  with checkpoints.Checkpoints(tmp_path / 'checkpoints', facts=FACTS) as saved:
    for step in (2, 4, 6):
      saved.save(state(step, step))
  return tmp_path / 'checkpoints'


def restored(folder, **options):
  told = []
  with checkpoints.Checkpoints(folder, facts=FACTS, notice=told.append) as saved:
    found = saved.restore(jax.eval_shape(lambda: state(0)), **options)
  return found, told


def assert_same(one, other):
  assert jax.tree.structure(one) == jax.tree.structure(other)
  for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
    assert a.dtype == b.dtype
    np.testing.assert_array_equal(a, b)


def test_what_was_saved_comes_back(folder):
  for step in (2, 4, 6):
    assert_same(restored(folder, step=step)[0], state(step, step))
  found, told = restored(folder)
  assert_same(found, state(6, 6))
  assert told == []


def test_other_programs_can_read_the_arrays(tmp_path):
  written = {'a/b': np.arange(6, dtype=np.float32).reshape(2, 3), 'c': np.array(7, np.int32)}
  arrays.write(tmp_path / 'file', written)
  for name, array in load_file(tmp_path / 'file').items():
    np.testing.assert_array_equal(array, written[name])


def test_the_last_ones_are_kept_and_multiples(tmp_path):
  with checkpoints.Checkpoints(tmp_path / 'c', keep=2, keep_every=4) as saved:
    for step in range(1, 12):
      saved.save(state(step))
      saved.wait()
    assert saved.steps() == [4, 8, 10, 11]
    assert [row['step'] for row in saved.digests()] == list(range(1, 12))


@pytest.mark.parametrize('tail', [b'\x00' * 20, b'\xff\n', b'[1]', b'7', b'{"step": 8}', b'{"step"'])
def test_digests_outlive_a_crash(folder, tail):
  with open(folder / checkpoints.DIGESTS, 'ab') as file:
    file.write(tail)
  with checkpoints.Checkpoints(folder) as saved:
    assert [row['step'] for row in saved.digests()] == [2, 4, 6]
    saved.save(state(8))
    saved.wait()
    assert [row['step'] for row in saved.digests()] == [2, 4, 6, 8]


def test_digests_that_a_kill_has_left_out_are_noted_at_the_next_start(folder):
  told = (folder / checkpoints.DIGESTS).read_text()
  for left in (told.splitlines(keepends=True)[:2], []):
    (folder / checkpoints.DIGESTS).write_text(''.join(left))
    with checkpoints.Checkpoints(folder) as saved:
      saved.tidy()
    assert (folder / checkpoints.DIGESTS).read_text() == told
  (folder / checkpoints.DIGESTS).unlink()
  (folder / '6/manifest.json').write_text('{}')
  with checkpoints.Checkpoints(folder) as saved:
    saved.tidy()
    assert [row['step'] for row in saved.digests()] == [2, 4]


def test_digests_that_cannot_be_read_keep_no_run_from_its_start(folder):
  (folder / checkpoints.DIGESTS).unlink()
  (folder / checkpoints.DIGESTS).mkdir()
  with checkpoints.Checkpoints(folder) as saved:
    saved.tidy()
    assert saved.latest() == 6


def test_equal_states_have_equal_digests(folder):
  with checkpoints.Checkpoints(folder) as saved:
    rows = {row['step']: row['sha256'] for row in saved.digests()}
    again = arrays.write(folder.parent / 'again', checkpoints.on_host(state(4, 4)))
    assert manifest.whole(again) == rows[4]
    assert len(set(rows.values())) == 3


def flips(path):
  """(byte, bit) all over a file."""
  size = path.stat().st_size
  return [(at, at % 8) for at in sorted({*range(0, size, max(size // 60, 1)), size - 1})]


@pytest.mark.parametrize('name', [stored.ARRAYS, stored.MANIFEST])
def test_a_flipped_bit_is_found_wherever_it_is(folder, name):
  file, reached = folder / '6' / name, 0
  whole = file.read_bytes()
  for at, bit in flips(file):
    broken = bytearray(whole)
    broken[at] ^= 1 << bit
    file.write_bytes(broken)
    with pytest.raises(arrays.Damaged):
      stored.check(folder / '6')
    found, told = restored(folder)
    if told:
      reached += 1
      assert 'is damaged' in told[0]
      assert_same(found, state(4, 4))
    else:  # in the header, which is for other programs
      assert_same(found, state(6, 6))
  assert reached > 3
  file.write_bytes(whole)
  stored.check(folder / '6')


DAMAGE = {
  'truncated arrays': lambda path: (path / stored.ARRAYS).write_bytes(b''),
  'cut arrays': lambda path: cut(path / stored.ARRAYS),
  'longer arrays': lambda path: (path / stored.ARRAYS).open('ab').write(b'\x00'),
  'zeroed arrays': lambda path: zero(path / stored.ARRAYS),
  'removed arrays': lambda path: (path / stored.ARRAYS).unlink(),
  'renamed arrays': lambda path: (path / stored.ARRAYS).rename(path / 'other'),
  'cut manifest': lambda path: cut(path / stored.MANIFEST),
  'zeroed manifest': lambda path: zero(path / stored.MANIFEST),
  'removed manifest': lambda path: (path / stored.MANIFEST).unlink(),
  'an empty folder': lambda path: (shutil.rmtree(path), path.mkdir()),
  "another's arrays": lambda path: shutil.copy(path.parent / '4' / stored.ARRAYS, path),
  'another step': lambda path: (shutil.rmtree(path), shutil.copytree(path.parent / '4', path)),
}


def cut(path):
  path.write_bytes(path.read_bytes()[:-1])


def zero(path):
  path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize('damage', DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_one_is_set_aside_and_the_one_before_is_taken(folder, damage):
  damage(folder / '6')
  found, told = restored(folder, mend=True)
  assert_same(found, state(4, 4))
  assert len(told) == 1
  assert f'{folder / "6"} is damaged (' in told[0]
  assert 'set aside as 6.damaged: step 4 is taken' in told[0]
  assert (folder / '6.damaged').is_dir()
  assert restored(folder)[1] == []


def test_who_reads_leaves_the_damaged_one_where_it_is(folder):
  DAMAGE['cut arrays'](folder / '6')
  assert_same(restored(folder)[0], state(4, 4))
  assert (folder / '6').is_dir()
  with pytest.raises(errors.UserError, match=r'6 is damaged \(it has .* bytes, not'):
    restored(folder, step=6)


def test_what_cannot_be_read_now_is_no_damage(folder, monkeypatch):
  def opened(path, *_):
    raise OSError(errno.ESTALE, 'Stale file handle', str(path))

  monkeypatch.setattr(stored.regular, 'opened', opened)
  with pytest.raises(errors.UserError, match=r'6 cannot be read now: Stale file handle'):
    restored(folder, mend=True)
  assert sorted(path.name for path in folder.glob('[0-9]*')) == ['2', '4', '6']


def test_only_names_that_are_numbers_are_steps(folder):
  (folder / '0009').mkdir()
  (folder / '6').rename(folder / '06')
  found, told = restored(folder)
  assert int(found.step) == 4
  assert told == []


def test_the_end_of_a_process_waits_for_what_another_thread_waits_for(tmp_path, monkeypatch):
  written, going_on = threading.Event(), threading.Event()
  write = stored.write

  def slow(*words):
    going_on.wait(20)
    found = write(*words)
    written.set()
    return found

  monkeypatch.setattr(stored, 'write', slow)
  with checkpoints.Checkpoints(tmp_path / 'checkpoints') as saved:
    saved.save(state(2))
    waiting = threading.Thread(target=saved.wait)
    waiting.start()
    threading.Timer(0.2, going_on.set).start()
    saved.settle()
    assert written.is_set()
    waiting.join()


def test_a_shared_disk_may_show_a_checkpoint_later(folder):
  (folder / '6').rename(folder / 'away')
  threading.Timer(0.7, (folder / 'away').rename, [folder / '6']).start()
  with checkpoints.Checkpoints(folder) as saved:
    assert parts.awaited(saved, 6) == 6
    assert 6 in saved.steps()


def test_where_none_is_sound_nothing_is_renamed(folder):
  for step in (2, 4, 6):
    DAMAGE['zeroed arrays'](folder / str(step))
  with pytest.raises(errors.UserError, match='none of 3 checkpoints is sound'):
    restored(folder, mend=True)
  assert {path.name for path in folder.iterdir() if path.is_dir()} == {'2', '4', '6'}


def test_one_that_is_removed_while_it_is_read_is_not_missed(folder, monkeypatch):
  usual = stored.load

  def removed(path, *arguments):
    if path.name == '6':
      shutil.rmtree(path)
    return usual(path, *arguments)

  monkeypatch.setattr(stored, 'load', removed)
  found, told = restored(folder)
  assert_same(found, state(4, 4))
  assert told == []


def test_another_architecture_is_told_by_its_arrays_and_fields(folder):
  wider = lambda: state(0).replace(variables={'g': {'params': {'Dense_0': {'kernel': jnp.zeros((3, 5))}}}})
  facts = {'config': {'seed': 3, 'generator': {'width': 9}}}
  with checkpoints.Checkpoints(folder, facts=facts) as saved, pytest.raises(errors.UserError) as told:
    saved.restore(jax.eval_shape(wider), mend=True)
  assert 'another architecture, not damaged' in str(told.value)
  assert 'Dense_0/kernel is float32[3, 4] there, float32[3, 5] here' in str(told.value)
  assert 'generator.width: 8 there, 9 here' in str(told.value)
  assert (folder / '6').is_dir()


def test_a_newer_form_is_not_damage(folder):
  file = folder / '6' / stored.MANIFEST
  record = json.loads(file.read_text())
  del record['sha256']
  file.write_text(manifest.seal({**record, 'format': manifest.FORMAT + 1}))
  with pytest.raises(errors.UserError, match='written by a newer version'):
    restored(folder, mend=True)
  assert (folder / '6').is_dir()


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_what_is_not_finite_never_has_a_final_name(folder, value):
  told = []
  with checkpoints.Checkpoints(folder, keep=1, notice=told.append) as saved:
    saved.save(state(8, value))
    saved.save(state(9))
  assert {path.name for path in folder.iterdir() if path.is_dir()} == {'9'}
  assert len(told) == 1
  assert told[0].startswith('step 8 is not saved: variables/')
  with checkpoints.Checkpoints(folder) as saved:
    saved.save(state(10, value))
    with pytest.raises(errors.UserError, match='is not finite'):
      saved.wait()


def test_a_disk_that_is_full_is_told_and_the_next_save_may_succeed(folder, monkeypatch):
  told = []
  with checkpoints.Checkpoints(folder, notice=told.append) as saved:
    with monkeypatch.context() as patch:

      def full(*_):
        raise OSError(28, 'No space left on device')

      patch.setattr(arrays.os, 'fsync', full)
      saved.save(state(8))
      with pytest.raises(errors.UserError, match='No space left'):
        saved.wait()
      saved.save(state(8))
      saved.save(state(9))
    assert saved.steps()[-1] in (6, 9)
    saved.save(state(10))
    saved.wait()
    assert saved.latest() == 10
  assert 'No space left on device; training goes on' in told[0]
  assert not list(folder.glob('*.partial'))


@pytest.mark.parametrize(('failures', 'saved_at_last'), [(2, True), (10**9, False)])
def test_the_last_state_is_tried_again_for_a_while(folder, monkeypatch, failures, saved_at_last):
  monkeypatch.setattr(checkpoints, 'AGAIN', 0.01)
  monkeypatch.setattr(checkpoints, 'PATIENCE', 0.3)
  told, left, write = [], [failures], stored.write

  def full(*words):
    left[0] -= 1
    if left[0] >= 0:
      raise OSError(28, 'No space left on device')
    return write(*words)

  monkeypatch.setattr(stored, 'write', full)
  with checkpoints.Checkpoints(folder, notice=told.append) as saved:
    saved.save(state(8))
    if saved_at_last:
      saved.finish(state(8))
    else:
      with pytest.raises(errors.UserError, match=r'step 8 is not saved: .*No space left'):
        saved.finish(state(8))
    assert (saved.latest() == 8) == saved_at_last
  assert [line.split('; ')[1] for line in told] == ['tried again for 0 s']


def test_a_slow_disk_is_told_once(folder, monkeypatch):
  monkeypatch.setattr(checkpoints, 'SLOW', 0.01)
  told, write = [], stored.write
  monkeypatch.setattr(stored, 'write', lambda *words: (time.sleep(0.05), write(*words))[1])
  with checkpoints.Checkpoints(folder, notice=told.append) as saved:
    for step in (8, 9, 10, 11):
      saved.save(state(step))
    saved.wait()
    assert saved.took > 0.05
  assert [line.split(': ')[1] for line in told] == ['waited 0 s for the disk']


def test_a_run_that_another_process_has_begun_anew_is_left_alone(tmp_path):
  (tmp_path / lock.NAME).write_text('{"pid": 1, "host": "other"}')
  with checkpoints.Checkpoints(tmp_path / 'checkpoints') as saved:
    saved.save(state(1))
    with pytest.raises(errors.UserError, match='process 1 on other has it now'):
      saved.wait()
  assert [path.name for path in tmp_path.iterdir()] == [lock.NAME]


def test_a_run_that_was_moved_away_is_not_begun_anew(tmp_path):
  with checkpoints.Checkpoints(tmp_path / 'gone' / 'checkpoints') as saved:
    saved.save(state(1))
    with pytest.raises(errors.UserError, match='gone/checkpoints: it was moved or removed'):
      saved.wait()
  assert not (tmp_path / 'gone').exists()


def test_what_a_kill_has_left_is_removed(folder):
  for name in ('8.partial', '2.removed'):
    (folder / name).mkdir()
  (folder / 'digests.jsonl.77.partial').write_text('half')
  with checkpoints.Checkpoints(folder) as saved:
    assert saved.steps() == [2, 4, 6]
    saved.tidy()
  assert {path.name for path in folder.iterdir()} == {'2', '4', '6', checkpoints.DIGESTS}


def test_parts_are_read_alone(folder):
  with checkpoints.Checkpoints(folder) as saved:
    variables = saved.restore_part('variables')
    assert int(saved.restore_part('step')) == 6
  np.testing.assert_array_equal(variables['g']['params']['Dense_0']['kernel'][1], [24, 30, 36, 42])


def test_facts_are_those_of_the_last_whole_one(folder):
  DAMAGE['zeroed manifest'](folder / '6')
  with checkpoints.Checkpoints(folder) as saved:
    assert saved.facts() == FACTS


def test_there_is_a_whole_best_state_at_every_moment(tmp_path):
  kept = best.Best(tmp_path / 'best')
  for step in (3, 5):
    kept.replace(state(step), {'score': 'fid', 'value': float(step)})
    assert kept.steps() == [step]
    assert best.best_record(tmp_path / 'best')['step'] == step
  with pytest.raises(errors.UserError, match='is not finite'):
    kept.replace(state(7, np.nan), {'score': 'fid', 'value': 1.0})
  assert kept.record['step'] == 5
  assert kept.steps() == [5]


def test_a_best_state_whose_record_is_damaged_is_kept(tmp_path):
  best.Best(tmp_path).replace(state(5), {'score': 'fid', 'value': 1.0})
  (tmp_path / 'score.json').write_text('{')
  assert best.Best(tmp_path).steps() == [5]


@pytest.mark.parametrize(('before', 'after'), [('1.0', '7.0'), ('"fid"', '7'), ('"value"', '"valve"')])
def test_a_record_of_the_best_that_was_changed_is_none(tmp_path, before, after):
  best.Best(tmp_path).replace(state(5), {'score': 'fid', 'value': 1.0})
  record = best.best_record(tmp_path)
  assert record == {'step': 5, 'score': 'fid', 'value': 1.0}
  file = tmp_path / 'score.json'
  file.write_text(file.read_text().replace(before, after))
  assert best.best_record(tmp_path) == {}
  file.write_text(json.dumps(record))  # as older versions have it, without a digest
  assert best.best_record(tmp_path) == record


def test_checkpoints_of_versions_that_used_orbax_are_read(tmp_path):
  import orbax.checkpoint as ocp

  full = lambda state: jax.tree.map(lambda array: array if array.size else jnp.ones(2), state)
  with ocp.CheckpointManager((tmp_path / 'c').absolute()) as manager:
    manager.save(4, args=ocp.args.StandardSave(full(state(4, 4))))
  with checkpoints.Checkpoints(tmp_path / 'c') as saved:
    assert_same(saved.restore(jax.eval_shape(lambda: full(state(0)))), full(state(4, 4)))
  with checkpoints.Checkpoints(tmp_path / 'c') as saved:
    assert saved.restore_part('variables')['g']['params']['Dense_0']['kernel'].shape == (3, 4)
    assert saved.check(4) == {}
