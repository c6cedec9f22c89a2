"""The examples in CONTRIBUTING.md are GANs that train, from a project of one's own."""

import re

import numpy as np
import pytest
from conftest import ROOT

import gan_jax
from gan_jax import configs

NETWORKS = {'generator.name': 'mlp', 'discriminator.name': 'mlp'}


@pytest.fixture
def project(tmp_path, monkeypatch):
  """The folder with the files of the page, in which one works."""
  blocks = re.findall(r'```python\n# (\S+)\n(.*?)```', (ROOT / 'CONTRIBUTING.md').read_text(), re.DOTALL)
  for name, code in blocks:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code)
  monkeypatch.syspath_prepend(tmp_path)
  monkeypatch.chdir(tmp_path)
  return tmp_path


@pytest.mark.long
def test_the_first_example_trains(project):
  fields = {**NETWORKS, 'gan.weight': 0.5}
  config = configs.get('feature_matching_digits.py:test', fields, notice=lambda _: None)
  assert config.gan.weight == 0.5
  run = gan_jax.train(config, 'run', notice=lambda _: None)
  assert run.rows()[-1]['step'] == config.train.num_steps
  assert gan_jax.load('run')(count=2).shape == (2, 16, 16, 1)


@pytest.mark.long
@pytest.mark.parametrize('networks', [{}, NETWORKS], ids=['dcgan', 'mlp'])
def test_the_second_example_makes_the_classes_that_are_asked_for(project, networks):
  fields = {**networks, 'gan.name': 'my_project.conditional'}
  config = configs.get('dcgan_digits:test', fields, notice=lambda _: None)
  gan_jax.train(config, 'run', notice=lambda _: None)
  gan = gan_jax.load('run')
  latents = gan.latents(2)
  threes, mixed = gan(latents, label=3), gan(latents, label=[3, 4])
  np.testing.assert_array_equal(threes[0], mixed[0])
  assert not np.array_equal(threes[1], mixed[1])
