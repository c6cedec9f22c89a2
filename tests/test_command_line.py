"""The command line as a user meets it: one clear line for each mistake, no stack trace."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from gan_jax import command_line, errors
from gan_jax.command_line import commands, flags, heard, modes
from gan_jax.configs import files


def call(*words):
  return subprocess.run(
    [sys.executable, 'main.py', *words], cwd=ROOT, capture_output=True, text=True, timeout=120
  )


@pytest.mark.long
@pytest.mark.parametrize(
  ('words', 'said'),
  [
    (('--config=configs/dcgan_digit.py',), "did you mean 'dcgan_digits'"),
    (('--config=configs/dcgan_digits.py', '--config.train.batchsize=3'), "did you mean 'train.batch_size'"),
    (('--config=configs/dcgan_digits.py', '--config.gan.name=latnt'), "did you mean 'latent'"),
    (
      ('--config=configs/dcgan_digits.py', '--config.generator.name=vit'),
      'known: captioned, characters, dcgan, fastgan, gawwn, mlp',
    ),
    (('--config=configs/dcgan_digits.py', '--config.train.batch_size'), '--config.train.batch_size=VALUE'),
    (('--config=configs/dcgan_digits.py', '--config.train.batch_size=many'), 'not int'),
    (('--config=configs/dcgan_digits.py:quick',), "unknown config variant 'quick'"),
    (('--workdir=nowhere', '--mode=sample'), 'nowhere is not the folder of a run'),
    (('--workdir=nowhere',), 'nowhere is not the folder of a run'),
    (('--config=nope',), "unknown experiment 'nope'; known: acgan_cifar10, "),
    (('--config=configs/nope.py',), "unknown experiment 'nope'; known: "),
    (('--config=tests/nope.py',), '--config=tests/nope.py: there is no such file'),
    (('--config=dcgan_digits', '--data=photos'), '--data chooses the config'),
    (('--workdir=nowhere', '--mode=sample', '--back'), '--back is of --mode=translate'),
    (('--workdir=nowhere', '--mode=sample', '--input=photos'), '--input is of --mode=translate'),
    (('--workdir=nowhere', '--mode=figures', '--seed=3'), '--seed is of --mode=sample and translate'),
    (('--config=dcgan_digits', '--num_samples=3'), '--num_samples is of --mode=sample'),
    (('--config=dcgan_digits', '--mode=translate', '--profile=3'), '--profile is of --mode=train'),
    (('--workdir=nowhere', '--mode=sample', '--config.seed=3'), '--config.seed is of --mode=train'),
    (('--mode=sweep',), 'a sweep of what? --mode=sweep --config=NAME'),
    (('--config=dcgan_digits', '--sweep=ask.py'), '--sweep is of --mode=sweep'),
    (('--config=toy_ring', '--mode=sweep'), 'has no get_sweep(sweep)'),
    (('--config=dcgan_digits', '--mode=sweep', '--sweep=nowhere.py'), 'there is no such file'),
    (('--workdir=nowhere', '--mode=sample', f'--seed={2**70}'), 'is no whole number in [0, 2^31)'),
    (('--workdri=nowhere',), '--workdri=nowhere'),
    (('--workdir=nowhere', '--mode=smaple'), "'smaple'"),
    (('--config=dcgan_digits', '--config.sed='), "did you mean 'seed'"),
    (('--mode=evaluate', '--generated=a', '--reference=b', '--at=best'), '--at is of a run, --generated of'),
    (('--workdir=nowhere', '--mode=evaluate', '--num_samples=-3'), '--num_samples=-3: must be at least 1'),
  ],
)
def test_mistakes_are_one_line(words, said, capsys):
  with pytest.raises(errors.UserError) as told:
    command_line.main(list(words))
  assert said in str(told.value)
  assert '\n' not in str(told.value)


@pytest.mark.parametrize(
  ('data', 'folder'), [('v1.0', 'runs/v1.0'), ('photos.2024', 'runs/photos.2024'), ('a:b', 'runs/a_b')]
)
def test_the_run_of_a_folder_has_its_whole_name(data, folder, tmp_path):
  found, fields = flags.parse([f'--data={tmp_path / data}'])
  assert str(commands.folder(found, fields)) == folder


@pytest.mark.long
def test_a_mistake_ends_with_its_line_and_no_trace():
  done = call('--config=configs/dcgan_digits.py', '--config.seeed=1')
  assert done.returncode == 1
  *before, last = done.stderr.splitlines()
  assert last == "error: unknown config field 'seeed'; did you mean 'seed'?"
  assert all(line.startswith('loading the libraries') for line in before)  # of a busy machine


@pytest.mark.parametrize(
  ('error', 'said'),
  [
    ('OSError(28, "No space left on device", "a.npz")', 'a line'),
    ('OSError(116, "Stale file handle", "a.npz")', 'a line'),
    ('OSError(2, "x")', 'a trace'),
  ],
)
def test_a_disk_that_is_full_is_one_line_and_a_mistake_of_the_code_a_trace(error, said):
  program = f"""
from gan_jax import command_line

def main(words):
  raise {error}

command_line.run(main)
"""
  ended = subprocess.run([sys.executable, '-c', program], cwd=ROOT, capture_output=True, text=True)
  assert ended.returncode == 1
  assert (len(ended.stderr.splitlines()) == 1) == (said == 'a line')
  assert ('Traceback' in ended.stderr) == (said == 'a trace')


def test_a_user_without_a_home_has_one_until_the_end(monkeypatch, capsys):
  monkeypatch.setattr(Path, 'home', lambda: (_ for _ in ()).throw(RuntimeError('no home')))
  monkeypatch.setattr(command_line.atexit, 'register', lambda function, *words, **_: left.append(words[0]))
  monkeypatch.delenv('HOME')
  left = []
  command_line.have_home()
  assert [os.environ['HOME']] == left
  assert capsys.readouterr().err.startswith('no home: what is kept for other runs is in ')
  os.rmdir(left[0])


def test_modules_beside_a_users_files_do_not_hide_what_is_installed(tmp_path):
  (tmp_path / 'numpy.py').write_text('raise SystemExit("hidden")')
  (tmp_path / 'mine.py').write_text('')
  program = 'import numpy, mine; print("found")'
  words = ['-c', f'from gan_jax import command_line; command_line.run(lambda _: exec({program!r}))']
  path = {**os.environ, 'PYTHONPATH': str(ROOT), 'PYTHONSAFEPATH': '1'}
  done = subprocess.run([sys.executable, *words], cwd=tmp_path, env=path, capture_output=True, text=True)
  assert (done.stdout, done.stderr) == ('found\n', '')


def test_an_interrupt_ends_with_its_line_though_something_is_being_compiled():
  """An ordinary end of the process would wait for the compiler, and crash."""
  program = """
import threading, time, jax
from gan_jax import command_line

def slow(x):
  for i in range(300):
    x = jax.numpy.sort(jax.numpy.tanh(x @ x.T + i) @ x, axis=i % 2)
  return x

def main(words):
  lowered = jax.jit(slow).lower(jax.numpy.ones((64, 64)))
  threading.Thread(target=lowered.compile, daemon=True).start()
  time.sleep(0.3)
  raise KeyboardInterrupt

command_line.run(main)
"""
  ended = subprocess.run([sys.executable, '-c', program], cwd=ROOT, capture_output=True, text=True)
  assert (ended.returncode, ended.stdout, ended.stderr) == (130, '', f'{command_line.INTERRUPTED}\n')


def test_nothing_lists_the_experiments_and_a_section_its_fields(capsys):
  assert command_line.main([]) == 0
  told = capsys.readouterr().out
  assert all(f'\n{file.stem} ' in told for file in files.experiments())
  assert command_line.main(['--config=dcgan_digits', '--config.latents=', '--config.latents.dim=7']) == 0
  assert '--config.latents.dim=7 (default 100)' in capsys.readouterr().out


def test_an_experiment_is_found_by_its_name_from_any_folder(tmp_path, monkeypatch, capsys):
  monkeypatch.chdir(tmp_path)
  assert command_line.main(['--config=dcgan_digits', '--config.seed=']) == 0
  assert '--config.seed=0' in capsys.readouterr().out
  assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_a_run_goes_on_by_its_folder_alone(trained, tmp_path, capsys):
  run = tmp_path / 'run'
  shutil.copytree(trained, run)
  assert command_line.main([f'--workdir={run}', '--config.train.num_steps=6']) == 0
  assert 'resumed at step 4' in capsys.readouterr().out
  assert (run / 'samples/step_000006.png').exists()
  with pytest.raises(errors.UserError, match='was made by another config'):
    command_line.main([f'--workdir={run}', '--config.seed=5'])


def test_each_mode_says_which_flags_it_uses():
  assert flags.USES.keys() == modes.MODES.keys()


def test_sampling_and_figures_of_a_trained_run(trained, tmp_path):
  assert (
    command_line.main([f'--workdir={trained}', '--mode=sample', '--num_samples=3', f'--out={tmp_path}/x.npz'])
    == 0
  )
  assert np.load(tmp_path / 'x.npz', allow_pickle=False)['images'].shape == (3, 16, 16, 1)
  (trained / 'figures/nearest.png').unlink()
  assert command_line.main([f'--workdir={trained}', '--mode=figures']) == 0
  assert (trained / 'figures/nearest.png').exists()


def test_losses_and_regularizers_pull_in_jax_and_nothing_of_the_trainer():
  code = (
    'import sys; from gan_jax import losses, regularizers; '
    'print(*sorted({name.split(".")[0] for name in sys.modules} & '
    '{"flax", "optax", "orbax", "matplotlib", "tensorflow", "tensorflow_datasets", "PIL", "ml_collections"}))'
  )
  done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True, check=True)
  assert done.stdout.strip() == ''


def test_main_stays_small():
  assert len((ROOT / 'main.py').read_text().splitlines()) <= 80


@pytest.mark.parametrize('kind', ['a full disk', 'a pipe that nobody reads'])
def test_what_cannot_be_told_ends_nothing(kind):
  if kind == 'a full disk':
    file = os.fdopen(os.open('/dev/full', os.O_WRONLY), 'w', buffering=1)
  else:
    reader, writer = os.pipe()
    os.close(reader)
    file = os.fdopen(writer, 'w', buffering=1)
  with contextlib.suppress(OSError), file:
    log = heard.Heard(file)
    assert log.write('training goes on\n') == 17
    log.flush()
    with pytest.raises(OSError, match=r'No space|Broken pipe'):
      file.flush()
