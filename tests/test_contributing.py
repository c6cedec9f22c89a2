"""The example in CONTRIBUTING.md is a GAN that trains."""

import re

import pytest
from conftest import ROOT

from gan_jax import configs, gans
from gan_jax.runs import folder as runs
from gan_jax.training import loop


@pytest.fixture
def example(tmp_path, monkeypatch):
  """The folder with the files of the page, as if they had been added to the code."""
  blocks = re.findall(r'```python\n# (\S+)\n(.*?)```', (ROOT / 'CONTRIBUTING.md').read_text(), re.DOTALL)
  for name, code in blocks:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code)
  monkeypatch.setattr(gans, '__path__', [*gans.__path__, str(tmp_path / 'gan_jax/gans')])
  monkeypatch.syspath_prepend(ROOT)
  return tmp_path


def test_the_example_trains(example):
  networks = [('generator.name', 'mlp'), ('discriminator.name', 'mlp')]
  file = example / 'configs/feature_matching_digits.py'
  options = configs.load(f'{file}:test', [*networks, ('gan.weight', '0.5')], notice=lambda _: None)
  assert options.gan.weight == 0.5
  state, finished = loop.train(options, runs.Run(example / 'run'), notice=lambda _: None)
  assert finished
  assert int(state.step) == options.train.num_steps
