"""--mode=verify: what is sound is said to be, a flipped bit and steps that come out otherwise are found."""

import json
import shutil

import pytest

from gan_jax import command_line, errors
from gan_jax.inference import verify
from gan_jax.runs import folder as runs


@pytest.fixture
def run(trained, tmp_path):
  """A copy of a run of four steps, to be written to."""
  return runs.Run(shutil.copytree(trained, tmp_path / 'run'))


def verified(run, steps=None):
  told = []
  return verify.verify(run, steps, told.append), told


def change(file, step, name, value):
  """Changes a number of a row of JSON lines."""
  rows = [json.loads(line) for line in file.read_text().splitlines()]
  for row in rows:
    if row['step'] == step:
      row[name] = value
  file.write_text(''.join(json.dumps(row) + '\n' for row in rows))


def test_a_run_that_nobody_has_touched_is_sound_and_repeats(run):
  good, told = verified(run)
  assert good
  assert [line.split(':')[1].split()[0] for line in told[:2]] == ['sound', 'sound']
  assert told[-1] == '4 rows of losses and 2 states of the first 4 steps are what they were, bit for bit'


def test_what_is_no_run_or_has_no_checkpoint_is_told(run, tmp_path):
  with pytest.raises(errors.UserError, match='is not the folder of a run'):
    verify.verify(runs.Run(tmp_path / 'typo'), 0)
  shutil.rmtree(run.checkpoints)
  assert verified(run, 0) == (True, [f'{run.checkpoints}: no checkpoint'])


def test_what_a_training_removes_meanwhile_is_no_damage(run, monkeypatch):
  check = verify.Checkpoints.check

  def rotated(saved, step):
    if step == 2:
      shutil.rmtree(saved.folder / '2')
    return check(saved, step)

  monkeypatch.setattr(verify.Checkpoints, 'check', rotated)
  good, told = verified(run, 0)
  assert good
  assert [line.rsplit('/', 1)[1].split(':')[0] for line in told] == ['4']


def test_where_nothing_was_logged_or_saved_it_is_not_said_to_agree(run):
  (run.checkpoints / 'digests.jsonl').unlink()
  run.metrics.unlink()
  good, told = verified(run)
  assert good
  assert told[-1] == 'nothing of the first 4 steps was logged or saved: there is nothing to compare'


def test_fewer_steps_are_made_again_if_asked(run, capsys):
  assert command_line.main([f'--workdir={run.folder}', '--mode=verify', '--steps=2']) == 0
  told = capsys.readouterr().out
  assert '2 rows of losses and 1 states of the first 2 steps are what they were' in told


def test_none_is_made_again_if_asked(run):
  good, told = verified(run, 0)
  assert good
  assert len(told) == 2


def test_a_flipped_bit_is_told_and_ends_with_1(run, capsys):
  file = run.checkpoints / '4/arrays.safetensors'
  content = bytearray(file.read_bytes())
  content[len(content) // 2] ^= 1
  file.write_bytes(content)
  assert command_line.main([f'--workdir={run.folder}', '--mode=verify', '--steps=0']) == 1
  told = capsys.readouterr().out
  assert f'{run.checkpoints}/4: DAMAGED (the digest of ' in told
  assert f'{run.checkpoints}/2: sound' in told
  assert file.exists()


@pytest.mark.parametrize(
  ('file', 'name', 'value', 'said'),
  [
    ('metrics.jsonl', 'g/loss', 0.5, 'the losses of step 2'),
    ('checkpoints/digests.jsonl', 'sha256', 'another', 'the state of step 2'),
  ],
)
def test_steps_that_come_out_otherwise_are_told(run, file, name, value, said):
  change(run.folder / file, 2, name, value)
  good, told = verified(run, 2)
  assert not good
  assert told[-1].startswith('DIFFERENT: of 2 rows of losses and 1 states of the first 2 steps, 1 are not')
  assert told[-1].endswith(said)


@pytest.mark.long
def test_after_a_run_went_back_only_what_came_before_is_compared(run):
  change(run.checkpoints / 'digests.jsonl', 4, 'rollbacks', 1)
  good, told = verified(run)
  assert good
  assert 'its first 2 steps are comparable' in ' '.join(told)
  assert told[-1].startswith('2 rows of losses and 1 states')


def test_after_a_failure_nothing_later_is_compared_though_nothing_was_saved_since(run):
  (run.failures / 'step_000004').mkdir(parents=True)
  (run.checkpoints / 'digests.jsonl').unlink()
  good, told = verified(run)
  assert good
  assert told[-1].endswith('its first 0 steps are comparable')
