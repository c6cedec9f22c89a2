"""Modules of the user's own, named by dotted paths: found, given their fields, and told about in one line."""

import sys

import jax
import pytest

from gan_jax import configs, data, errors
from gan_jax.training import setup

MODULES = {
  'game': """
import dataclasses
from gan_jax.gans import latent
OPTIONS = {'weight': 2.0}
def make(config, spec):
  gan = latent.make(config, spec)
  def g_loss(*inputs):
    loss, more = gan.g_loss(*inputs)
    return config.gan.weight * loss, more
  return dataclasses.replace(gan, g_loss=g_loss)
""",
  'images': """
from gan_jax.data import digits
OPTIONS = {'first': 20}
def make(options, batch_size):
  whole = digits.make(options, batch_size)
  arrays = {name: array[:options.first] for name, array in whole.arrays.items()}
  return whole.replace(arrays=arrays, size=options.first)
""",
  'network': """
from gan_jax.models import mlp
class Generator(mlp.Generator):
  widths: tuple = (4,)
""",
  'loss': """
from gan_jax.losses import hinge
discriminator, generator = hinge.discriminator, hinge.generator
""",
  'shrink': """
from gan_jax.gans.penalties import Penalty
OPTIONS = {'power': 2.0}
def make(options):
  return Penalty(lambda context, state: (abs(context.fake_outputs['logits']) ** options['power']).mean())
""",
  'mirror': """
from gan_jax.gans.augmentations import Augmentation
OPTIONS = {'often': True}
def make(config):
  return Augmentation(lambda images, rng, state: images[:, :, ::-1] if config.augment.often else images)
""",
}
SMALL = {'generator.name': 'mlp', 'discriminator.name': 'mlp', 'train.batch_size': 4}


@pytest.fixture
def own(tmp_path, monkeypatch):
  """The package `own_project` of a user, with these modules, and some that cannot be used."""
  folder = tmp_path / 'own_project'
  folder.mkdir()
  broken = {'empty': '', 'needy': 'import no_such_module_anywhere', 'flawed': "raise ValueError('flaw')"}
  for name, text in {'__init__': '', **MODULES, **broken}.items():
    (folder / f'{name}.py').write_text(text)
  (folder / 'bare').mkdir()  # a package without a file
  monkeypatch.syspath_prepend(tmp_path)
  yield folder
  for name in [name for name in sys.modules if name.split('.')[0] == 'own_project']:
    del sys.modules[name]


def stepped(fields):
  """(config, metrics) of one step."""
  config = configs.get('dcgan_digits:test', {**SMALL, **fields}, notice=lambda _: None)
  dataset = data.make(config)
  made = setup.make(config, dataset.spec())
  return config, jax.device_get(jax.jit(made.train_step())(made.init_state(), dataset)[1])


def refused(fields):
  """The message, of one line, with which a config or the experiment it makes is refused."""
  with pytest.raises(errors.UserError) as error:
    stepped(fields)
  assert '\n' not in str(error.value)
  return str(error.value)


@pytest.mark.long
def test_a_game(own):
  config, metrics = stepped({'gan.name': 'own_project.game'})
  assert config.gan.weight == 2
  assert metrics.keys() == stepped({})[1].keys()
  _, single = stepped({'gan.name': 'own_project.game', 'gan.weight': 1.0})
  assert metrics['d/loss'] == single['d/loss'] == stepped({})[1]['d/loss']


@pytest.mark.long
def test_data(own):
  config, _ = stepped({'data.name': 'own_project.images', 'data.first': 9})
  assert data.make(config).size == 9
  assert config.data.size == (16, 16)
  assert data.make(configs.get('dcgan_digits', {'data.name': 'own_project.images'})).size == 20


def test_a_network(own):
  config, _ = stepped({'generator.name': 'own_project.network'})
  assert config.generator.widths == (4,)
  assert 'image_shape' not in config.generator
  assert 'has no Discriminator' in refused({'discriminator.name': 'own_project.network'})


@pytest.mark.long
def test_a_loss(own):
  _, metrics = stepped({'loss': 'own_project.loss'})
  _, wanted = stepped({'loss': 'hinge'})
  assert metrics['d/loss'] == pytest.approx(wanted['d/loss'], rel=1e-5)
  assert metrics['g/loss'] == pytest.approx(wanted['g/loss'], rel=1e-5)
  assert 'label_smoothing' in refused({'loss': 'own_project.loss', 'label_smoothing': 0.1})


@pytest.mark.long
def test_penalties(own):
  fields = {'penalty.modules': 'own_project.shrink', 'penalty.r1': 0.0, 'penalty.r2': 0.0}
  config, metrics = stepped(fields)
  assert (config.penalty.shrink, config.penalty.shrink_power) == (0, 2)
  assert 'd/shrink' not in metrics
  _, weighted = stepped({**fields, 'penalty.shrink': 0.5})
  assert weighted['d/loss'] == pytest.approx(metrics['d/loss'] + 0.5 * weighted['d/shrink'], rel=1e-5)
  assert weighted['d/shrink'] > 0
  _, other = stepped({**fields, 'penalty.shrink': 0.5, 'penalty.shrink_power': 1.0})
  assert other['d/shrink'] != weighted['d/shrink']
  assert "'penalty.shrimk'; did you mean 'penalty.shrink'" in refused({**fields, 'penalty.shrimk': 1.0})


@pytest.mark.long
def test_an_augmentation(own):
  config, mirrored = stepped({'augment.name': 'own_project.mirror'})
  assert config.augment.often is True
  _, plain = stepped({})
  _, never = stepped({'augment.name': 'own_project.mirror', 'augment.often': False})
  assert mirrored['d/loss'] != plain['d/loss']
  assert never['d/loss'] == plain['d/loss']


SECTIONS = ('gan.name', 'data.name', 'generator.name', 'loss', 'penalty.modules', 'augment.name')


@pytest.mark.parametrize('field', SECTIONS)
@pytest.mark.parametrize(
  ('name', 'said'),
  [
    ('own_project.needy', "own_project.needy cannot be imported (No module named 'no_such_module_anywhere')"),
    ('own_project.absent', 'own_project.absent cannot be imported'),
    ('no_such_project.game', "no_such_project.game cannot be imported (No module named 'no_such_project')"),
    ('own_project.empty', 'empty.py must define it'),
    ('own_project.bare', 'own_project.bare has no '),
    ('own_project..game', 'own_project..game is no dotted path'),
    ('.game', '.game is no dotted path'),
    ('own_project.', 'own_project. is no dotted path'),
  ],
)
def test_what_cannot_be_used_is_told_in_one_line(own, field, name, said):
  assert said in refused({field: name})


@pytest.mark.parametrize('field', SECTIONS)
def test_a_module_that_fails_keeps_its_traceback(own, field):
  with pytest.raises(ValueError, match=r'^flaw$'):
    stepped({field: 'own_project.flawed'})


def test_penalties_without_dots_are_told_in_one_line(own):
  assert "'shrink'" in refused({'penalty.modules': 'shrink'})


def test_a_run_of_them_all_comes_back(own, tmp_path):
  """Its config names them, and is completed with their fields."""
  fields = {
    'gan.name': 'own_project.game', 'data.name': 'own_project.images', 'loss': 'own_project.loss',
    'generator.name': 'own_project.network', 'augment.name': 'own_project.mirror',
    'penalty.modules': 'own_project.shrink', 'penalty.shrink': 0.1,
  }  # fmt: skip
  config, _ = stepped(fields)
  values = config.to_dict()
  for section in ('penalty', 'augment', 'gan', 'generator', 'data'):
    kept = {name: value for name, value in values[section].items() if name in ('name', 'modules', 'shrink')}
    assert kept
    values[section] = {**kept, **({'size': (16, 16), 'channels': 1} if section == 'data' else {})}
  found = configs.complete(values)
  assert found.penalty.shrink_power == 2
  assert found.augment.often is True
  assert found.gan.weight == 2
  assert found.generator.widths == (4,)
