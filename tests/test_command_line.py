"""The command line as a user meets it: one clear line for each mistake, no stack trace."""

import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

from gan_jax import command_line, errors


def call(*words):
  return subprocess.run(
    [sys.executable, 'main.py', *words], cwd=ROOT, capture_output=True, text=True, timeout=120
  )


@pytest.mark.parametrize(
  ('words', 'said'),
  [
    ((), 'which experiment?'),
    (('--config=configs/dcgan_digit.py',), "did you mean 'configs/dcgan_digits.py'"),
    (('--config=configs/dcgan_digits.py', '--config.train.batchsize=3'), "did you mean 'train.batch_size'"),
    (('--config=configs/dcgan_digits.py', '--config.gan.name=latnt'), "did you mean 'latent'"),
    (('--config=configs/dcgan_digits.py', '--config.generator.name=vit'), 'known: dcgan, mlp, resnet'),
    (('--config=configs/dcgan_digits.py', '--config.train.batch_size'), '--config.train.batch_size=VALUE'),
    (('--config=configs/dcgan_digits.py', '--config.train.batch_size=many'), 'not int'),
    (('--config=configs/dcgan_digits.py:quick',), "unknown config variant 'quick'"),
    (('--workdir=nowhere', '--mode=sample'), 'nowhere is not the folder of a run'),
  ],
)
def test_mistakes_are_one_line(words, said, capsys):
  with pytest.raises(errors.UserError) as told:
    command_line.main(list(words))
  assert said in str(told.value)
  assert '\n' not in str(told.value)


def test_a_mistake_ends_with_its_line_and_no_trace():
  done = call('--config=configs/dcgan_digits.py', '--config.seeed=1')
  assert done.returncode == 1
  assert done.stderr == "error: unknown config field 'seeed'; did you mean 'seed'?\n"


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
