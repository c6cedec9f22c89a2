"""Every experiment trains for a few steps, from its test config, with no download."""

import pytest
from conftest import ROOT

from gan_jax import config, runs, train

CONFIGS = sorted(path.stem for path in (ROOT / 'configs').glob('*.py') if path.stem != 'common')


@pytest.mark.parametrize('name', CONFIGS)
def test_the_experiment_runs(name, tmp_path):
  options = config.load(ROOT / f'configs/{name}.py:test')
  state, finished = train.train(options, runs.Run(tmp_path), notice=lambda _: None)
  assert finished
  assert int(state.step) == options.train.num_steps
  assert list(tmp_path.glob('figures/*.png'))
