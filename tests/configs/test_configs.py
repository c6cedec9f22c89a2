"""Every experiment trains for a few steps, from its test config, with no download."""

import pytest
from conftest import ROOT

from gan_jax import configs
from gan_jax.runs import folder as runs
from gan_jax.training import loop

CONFIGS = sorted(path.stem for path in (ROOT / 'configs').glob('*.py') if path.stem != 'common')


@pytest.mark.parametrize('name', CONFIGS)
def test_the_experiment_runs(name, tmp_path):
  options = configs.load(ROOT / f'configs/{name}.py:test')
  state, finished = loop.train(options, runs.Run(tmp_path), notice=lambda _: None)
  assert finished
  assert int(state.step) == options.train.num_steps
  assert list(tmp_path.glob('figures/*.png'))
