"""Names of copies: short, and clear."""

import pytest
from conftest import ROOT

from gan_jax import configs
from gan_jax.training import naming


@pytest.mark.parametrize(
  ('value', 'text'),
  [(0.1, '0.1'), (1e-3, '1e-3'), (2.5e-5, '2.5e-5'), (0.0, '0'), (1.0, '1'), (20000.0, '2e4'),
   (0.999, '0.999'), (-0.5, '-0.5'), (123.456, '123.456')],
)  # fmt: skip
def test_numbers_are_short_and_come_back(value, text):
  assert naming.number(value) == text
  assert float(text) == value


@pytest.mark.parametrize(
  ('path', 'name'),
  [
    ('penalty.r1', 'r1'),
    ('g_optimizer.learning_rate', 'g lr'),
    ('d_optimizer.b2', 'd b2'),
    ('train.ema_decay', 'ema_decay'),
    ('label_smoothing', 'label_smoothing'),
    ('penalty.decay_start', 'penalty decay_start'),  # optimizers have one, too
  ],
)
def test_fields_have_the_shortest_name_that_is_no_others(path, name):
  assert naming.field(configs.load(ROOT / 'configs/toy_ring.py'), path) == name


def test_settings_are_the_values_of_each_copy():
  config = configs.load(ROOT / 'configs/toy_ring.py')
  fields = {'g_optimizer.learning_rate': (1e-3, 1e-4), 'penalty.r1': (0.1, 1.0)}
  assert naming.settings(config, fields, 2) == ('g lr 1e-3, r1 0.1', 'g lr 1e-4, r1 1')
  assert naming.settings(config, {}, 2) == ('', '')
