"""An installed package works from any folder: its experiments are inside of it, and so is the command."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

CODE = """
import gan_jax
config = gan_jax.configs.get('dcgan_digits:test', {'train.num_steps': 2, 'latents.dim': 3})
assert (config.train.num_steps, config.latents.dim) == (2, 3)
from gan_jax.configs import common, toy_ring
assert toy_ring.get_config().data.density == 'ring'
print(gan_jax.__file__, gan_jax.__version__)
"""


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
  """The folder into which the package is installed, of a copy of the sources."""
  sources, target = tmp_path_factory.mktemp('sources'), tmp_path_factory.mktemp('site')
  for name in ('gan_jax', 'configs'):
    shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns('__pycache__'))
  for name in ('setup.py', 'pyproject.toml', 'requirements.txt', 'README.md'):
    shutil.copy(ROOT / name, sources)
  pip = [sys.executable, '-m', 'pip', 'install', '-q', '--no-deps', '--no-build-isolation', '--no-index']
  subprocess.run([*pip, '--target', str(target), str(sources)], check=True)
  return target


def call(installed, folder, *words):
  environment = {**os.environ, 'PYTHONPATH': str(installed)}
  return subprocess.run(
    [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
  )


@pytest.mark.long
def test_configs_are_found_from_any_folder(installed, tmp_path):
  done = call(installed, tmp_path, '-c', CODE)
  assert done.returncode == 0, done.stderr
  file, version = done.stdout.split()
  assert file.startswith(str(installed))
  assert version.count('.') == 2


@pytest.mark.long
def test_the_command_tells_mistakes_in_one_line_and_finds_modules_of_the_folder(installed, tmp_path):
  command = str(installed / 'bin/gan-jax')
  done = call(installed, tmp_path, command, '--config=dcgan_digit')
  assert done.stderr == "error: unknown experiment 'dcgan_digit'; did you mean 'dcgan_digits'?\n"
  (tmp_path / 'project').mkdir()
  (tmp_path / 'project/empty.py').write_text('')
  done = call(installed, tmp_path, command, '--config=dcgan_digits', '--config.gan.name=project.empty')
  assert done.stderr.startswith('error: project.empty has no make: ')
