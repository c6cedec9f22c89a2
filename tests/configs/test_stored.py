"""Configs as runs have stored them: those of older versions lack fields, or have some that are no more."""

import json

import pytest

from gan_jax import configs, errors
from gan_jax.configs import files

NEW = ('population', 'penalty.modules', 'augment', 'train.init_partial')
NAMES = [file.stem for file in files.experiments()]


def stored(config):
  """The values of a config as config.json gives them back."""
  return config.copy_and_resolve_references().to_dict()


def delete(values, field):
  *sections, last = field.split('.')
  for section in sections:
    values = values[section]
  del values[last]


def leaves(values, prefix=''):
  """The paths of all fields."""
  for name, value in values.items():
    yield from leaves(value, f'{prefix}{name}.') if isinstance(value, dict) else [f'{prefix}{name}']


@pytest.fixture(params=NAMES)
def config(request):
  return configs.get(request.param)


def test_what_is_complete_stays_as_it_is(config):
  notices = []
  completed = configs.complete(stored(config), notices.append)
  assert completed.to_dict() == config.to_dict()
  assert completed.is_locked
  assert notices == []


def test_fields_that_an_older_version_lacked_have_their_defaults(config):
  values, notices = stored(config), []
  for field in NEW:
    if field != 'augment' or config.augment.name == 'none':  # a version without it could not say more
      delete(values, field)
  before = json.dumps(values)
  assert configs.complete(values, notices.append).to_dict() == config.to_dict()
  assert notices == []
  assert json.dumps(values) == before


@pytest.mark.long
@pytest.mark.parametrize('name', ['dcgan_digits', 'pix2pix', 'toy_ring'])
def test_any_field_may_be_lacking(name):
  """All others keep their values."""
  config = configs.get(name)
  for field in leaves(stored(config)):
    if field.split('.')[-1] in ('name', 'modules'):
      continue
    values = stored(config)
    delete(values, field)
    found = configs.complete(values).to_dict()
    assert set(leaves(found)) == set(leaves(stored(config)))
    delete(found, field)
    assert found == values


@pytest.mark.parametrize(
  ('section', 'told'),
  [('generator', 'generator.gone'), ('penalty', 'penalty.gone'), ('gan', 'gan.gone'), ('data', 'data.gone'),
   ('d_optimizer', 'd_optimizer.gone'), ('train', 'train.gone'), ('parallel', 'parallel.gone'), ('', 'gone')],
)  # fmt: skip
def test_fields_that_are_no_more_are_dropped_and_told(section, told):
  config, notices = configs.get('dcgan_digits'), []
  values = stored(config)
  (values[section] if section else values)['gone'] = 3
  assert configs.complete(values, notices.append).to_dict() == config.to_dict()
  assert len(notices) == 1
  assert told in notices[0]


def test_another_module_has_its_own_fields():
  config = configs.get('dcgan_digits', {'g_optimizer.name': 'sgd', 'generator.name': 'mlp'}, lambda _: None)
  assert configs.complete(stored(config)).to_dict() == config.to_dict()


BROKEN = [
  ('train', 5, 'train is no section of fields, but 5'),
  ('seed', {'a': 1}, "seed is {'a': 1}, not a whole number"),
  ('train.num_steps', 'many', "train.num_steps is 'many', not a whole number"),
  ('train.num_steps', 4.5, 'train.num_steps is 4.5, not a whole number'),
  ('train.remat', 1, 'train.remat is 1, not True or False'),
  ('data.size', [[8], 8], 'data.size is '),
  ('label_smoothing', None, 'label_smoothing is None, not a number'),
  ('generator.name', 7, 'generator.name is 7'),
  ('generator.name', 'no/path.py', 'no/path.py is no dotted path'),
  ('generator', {'a.b': 1}, "generator has a field 'a.b'"),
]


@pytest.mark.parametrize(('field', 'value', 'message'), BROKEN)
def test_what_no_field_can_be_is_refused(field, value, message):
  values = stored(configs.get('dcgan_digits:test', {}, notice=lambda _: None))
  *sections, last = field.split('.')
  place = values
  for section in sections:
    place = place[section]
  place[last] = value
  with pytest.raises(errors.UserError) as told:
    configs.complete(values, lambda _: None)
  assert str(told.value).startswith(message)
