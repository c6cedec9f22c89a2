"""Configs: every file loads, typing errors are found, overrides are typed, networks may be swapped."""

import ast
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import ROOT
from ml_collections import ConfigDict

from gan_jax import configs, errors, losses
from gan_jax.configs import overrides
from gan_jax.configs.fields import Field
from gan_jax.data import law
from gan_jax.data.spec import Spec
from gan_jax.gans import latent
from gan_jax.gans.parts import adversarial_loss
from gan_jax.training import experiment

FILES = sorted((ROOT / 'configs').glob('[!_]*.py'))
EXPERIMENTS = [file for file in FILES if file.stem != 'common']
IMAGES = [file for file in EXPERIMENTS if not file.stem.startswith('toy')]
DIGITS = ROOT / 'configs' / 'dcgan_digits.py'

by_name = pytest.mark.parametrize('file', EXPERIMENTS, ids=lambda file: file.stem)


def load(*words, file=DIGITS, notices=None):
  """The config with overrides 'field=text'; what it tells goes to the list `notices`."""
  notices = [] if notices is None else notices
  return configs.load(file, [tuple(word.split('=', 1)) for word in words], notice=notices.append)


def refused(*words, file=DIGITS):
  """The message, of one line, with which these overrides are refused."""
  with pytest.raises(errors.UserError) as error:
    load(*words, file=file)
  assert '\n' not in str(error.value)
  return str(error.value)


def fields(tree, prefix=''):
  """{'section.field': value} of a config."""
  if not isinstance(tree, ConfigDict):
    return {prefix: tree}
  return {
    path: value
    for name, part in tree.items()
    for path, value in fields(part, f'{prefix}.{name}' if prefix else name).items()
  }


@pytest.mark.long
@by_name
@pytest.mark.parametrize('variant', ['', ':test'])
def test_every_file_makes_an_experiment(file, variant):
  """It is locked, and its G makes what its data have, images or keypoints, which its D judges."""
  config = load(file=f'{file}{variant}')
  assert config.is_locked
  with pytest.raises((AttributeError, KeyError)):
    config.train.batchsize = 3
  assert config.loss in losses.NAMES
  data, batch = config.data, config.train.batch_size
  like = jax.ShapeDtypeStruct((batch, *data.size, data.channels), jnp.float32)
  attributes = jax.ShapeDtypeStruct((batch, 9), jnp.float32)
  spec = {'image': like, 'source': like, 'attributes': attributes}
  known = {'attribute_names': tuple(map(str, range(9)))}
  if config.condition.on:
    values = jax.ShapeDtypeStruct((batch, 4), jnp.float32)
    spec |= {'values': values}
    rows = {name: np.zeros((3, spec[name].shape[1])) for name in config.condition.on}
    known |= {'value_ranges': tuple((name, 0.0, 1.0) for name in 'abcd'), 'law': law.encode(rows)}
  elif config.condition.name != 'none':
    spec |= {'label': jax.ShapeDtypeStruct((batch,), jnp.int32)}
    known |= {'label_names': tuple('abc'), 'law': law.encode({'label': np.arange(3)})}
    del spec['attributes'], known['attribute_names']
  if config.data.get('captions'):
    shapes = {'caption': (20,), 'caption_wrong': (20,), 'box': (4,), 'keypoints': (5, 3)}
    types = {name: jnp.int32 if 'caption' in name else jnp.float32 for name in shapes}
    spec |= {name: jax.ShapeDtypeStruct((batch, *shape), types[name]) for name, shape in shapes.items()}
    known['vocabulary'] = tuple('abc')
  made = experiment.make(config, Spec(spec, **known))
  output = made.gan.presentation.output

  def play(batch):
    variables = made.gan.init(jax.random.key(0), batch)
    drawn = {**batch, **made.gan.draw(jax.random.key(1), batch)}
    fakes, _ = made.gan.generate(variables, drawn, jax.random.key(2), train=True)
    return fakes[output], made.gan.discriminate(variables, drawn, fakes[output])['logits']

  if not made.gan.discriminate:  # it learns to read alone
    return
  outputs, logits = jax.eval_shape(play, {**spec, 'step': jax.ShapeDtypeStruct((), jnp.int32)})
  assert (outputs.shape, outputs.dtype) == (spec[output].shape, jnp.float32)
  assert logits.shape[0] == batch


@by_name
def test_the_test_variant_is_the_same_experiment_in_seconds(file):
  whole, test = (fields(load(file=f'{file}{variant}')) for variant in ('', ':test'))
  section = lambda path: path.split('.')[0]
  cuts = ('batch_size', 'num_steps', 'accumulate', 'steps_per_dispatch', 'd_steps')
  cuts += ('width', 'depth', 'blocks', 'strides', 'group_size', 'mapping_layers', 'style_dim')
  cuts += ('dim', 'words', 'widths', 'image_widths', 'reading_dim', 'reading_widths')
  for path in whole:
    if (
      section(path) not in ('data', 'log', 'sample', 'checkpoint', 'evaluate')
      and path.split('.')[-1] not in cuts
    ):
      assert test[path] == whole[path], path
  assert test['train.num_steps'] <= 10
  assert test['train.batch_size'] <= 16
  assert test['data.name'] in (
    'digits',
    'avatars',
    'avatar_pairs',
    'avatar_looks',
    'toy',
    'stacked',
  )  # what needs no download
  assert test['data.name'] != 'stacked' or test['data.of'] == 'digits'
  sizes = zip(test['data.size'], whole['data.size'], strict=True)
  assert all(small == large or small >= 24 for small, large in sizes)


@by_name
def test_every_docstring_gives_the_command(file):
  docstring = ast.get_docstring(ast.parse(file.read_text()))
  assert f'python main.py --config=configs/{file.name}' in docstring


MOMENTS = {  # of recipes that have others than DCGAN, by their papers and code
  **dict.fromkeys(('stylegan2_avatars', 'stylegan2_cifar10', 'stacked_mnist_r3gan'), (0.0, 0.99)),
  **dict.fromkeys(('r3gan_cifar10', 'r3gan_avatars', 'wgan_gp_cifar10'), (0.0, 0.9)),
  **dict.fromkeys(('sngan_cifar10', 'sngan_avatars'), (0.0, 0.9)),
  'wgan_gp_mnist': (0.5, 0.9),
}


@pytest.mark.parametrize('file', IMAGES, ids=lambda file: file.stem)
def test_adam_has_the_moments_of_its_source(file):
  """Radford et al. 2016, sec. 4: of a first moment 0.9 oscillates, 0.5 does not; later recipes have none."""
  config = load(file=file)
  moments = MOMENTS.get(file.stem, (0.5, 0.999))
  for optimizer in (config.g_optimizer, config.d_optimizer):
    assert (optimizer.name, optimizer.b1, optimizer.b2) == ('adam', *moments)


@pytest.mark.parametrize(
  ('text', 'default', 'value'),
  [
    ('3', 1, 3),
    ('-3', 1, -3),
    ('1e4', 1, 10_000),
    ('2_000', 1, 2000),
    ('3', 0.5, 3.0),
    ('1e-4', 0.5, 1e-4),
    ('.5', 1.0, 0.5),
    ('True', False, True),
    ('false', True, False),
    ('FALSE', True, False),
    ('mlp', 'dcgan', 'mlp'),
    ('', 'dcgan', ''),
    ('3', 'dcgan', '3'),
    ('/a b/c=d', '', '/a b/c=d'),
    ('28,28', (16, 16), (28, 28)),
    ('(28, 28)', (16, 16), (28, 28)),
    ('[28, 28]', (16, 16), (28, 28)),
    ('2', (2, 2, 2), (2,)),
    ('2,', (2, 2), (2,)),
    ('1,2', (0.5,), (1.0, 2.0)),
    ('True,False', (True, True, True), (True, False)),
    ('true, false', (True, True, True), (True, False)),
    ('()', (10, 20), ()),
    ("('hat', 'smile')", ('glasses',), ('hat', 'smile')),
    ('hat, smile', ('glasses',), ('hat', 'smile')),
    ('hat', (), ('hat',)),
    ('()', (), ()),
  ],
)
def test_values_are_read_in_the_type_of_the_field(text, default, value):
  found = overrides.parse(text, 'field', Field(default))
  assert found == value
  assert type(found) is type(value)
  if isinstance(value, tuple):
    assert list(map(type, found)) == list(map(type, value))


@pytest.mark.parametrize(
  ('text', 'default'),
  [
    *[(text, 1) for text in ('', 'x', '1.5', 'True', '1,2', '1e999', '"3"', '[]', '1 2', 'None')],
    *[(text, 0.5) for text in ('', 'half', 'False', '(1,)', '1j')],
    *[(text, True) for text in ('', '1', '0', 'yes', '1.0')],
    *[(text, (2, 2)) for text in ('', 'x', '2.5,2', 'True,2', '"2",2', '(2,2),2', '{2: 2}')],
    *[(text, (True, True)) for text in ('1,0', '"no",True')],
  ],
)
def test_values_of_another_type_are_refused(text, default):
  with pytest.raises(errors.UserError) as error:
    overrides.parse(text, 'some.field', Field(default, about='a number'))
  kind = type(default).__name__
  assert str(error.value) == f'some.field={text}: not {kind} (a number; default: {default})'


def test_what_can_only_mean_one_thing_is_taken():
  size = Field((16, 16), '>= 1', length=(2, 2))
  assert overrides.parse('32', 'data.size', size) == (32, 32)
  assert overrides.parse('32,20', 'data.size', size) == (32, 20)
  assert overrides.parse('5,50', 'sample.at', Field((), '>= 0')) == (5, 50)
  assert load('data.name=avatars', 'data.attributes=hat,smile').data.attributes == ('hat', 'smile')


def test_overrides_reach_every_section():
  config = load(
    'seed=3', 'loss=hinge', 'penalty.r1=1', 'data.size=28,20', 'data.flip=true', 'data.data_dir=/a=b',
    'generator.strides=(1, 2)', 'generator.norm=False,True', 'g_optimizer.schedule=linear', 'sample.at=5,50',
    'seed=4',
  )  # fmt: skip
  assert (config.seed, config.loss, config.penalty.r1, config.data.size) == (4, 'hinge', 1.0, (28, 20))
  assert (config.data.flip, config.data.data_dir, config.sample.at) == (True, '/a=b', (5, 50))
  assert (config.generator.strides, config.generator.norm) == ((1, 2), (False, True))
  assert config.g_optimizer.schedule == 'linear'
  untouched = {'discriminator', 'd_optimizer', 'train', 'latents', 'log', 'checkpoint', 'gan'}
  assert all(config[name].to_dict() == load()[name].to_dict() for name in untouched)


@by_name
def test_every_field_takes_its_own_value(file):
  """Written as Python writes it; so no field is out of a flag's reach."""
  config = load(file=file)
  words = [f'{path}={value}' for path, value in fields(config).items()]
  assert load(*words, file=file).to_dict() == config.to_dict()


@pytest.mark.parametrize(
  ('word', 'message'),
  [
    ('generator.widht=3', "unknown config field 'generator.widht'; did you mean 'generator.width'?"),
    ('genrator.width=3', "unknown config field 'genrator'; did you mean 'generator'?"),
    ('trian.num_steps=3', "unknown config field 'trian'; did you mean 'train'?"),
    ('train.num_step=3', "unknown config field 'train.num_step'; did you mean 'train.num_steps'?"),
    ('train.num_steps.x=3', "unknown config field 'train.num_steps.x'"),
    ('sed=3', "unknown config field 'sed'; did you mean 'seed'?"),
    ('d_optimizer.momentum=0.9', "unknown config field 'd_optimizer.momentum'"),
    ('d_optimizer.b3=0.9', "did you mean 'd_optimizer.b2'?"),
    ('latents.x=1', "unknown config field 'latents.x'; did you mean 'latents.law'? (known: latents.dim, "),
    ('log.qqqqqqqq=1', "unknown config field 'log.qqqqqqqq'; known: log.copies, log.every, log.tensorboard"),
    ('=3', "unknown config field ''; known: "),
    ('generator=mlp', 'generator is a section; its fields are name, initializer, init_scale, '),
    ('generator.name=dcgn', "'dcgn'; did you mean 'dcgan'?"),
    ('discriminator.name=zzz', "'zzz'; known: captioned, dcgan, fastgan, gawwn, mlp, patch"),
    ('data.name=digitz', "'digitz'; did you mean 'digits'?"),
    ('data.name=zzz', "'zzz'; known: avatar_looks, avatar_pairs, avatars, digits, folder"),
    ('gan.name=latnet', "'latnet'; did you mean 'latent'?"),
    ('g_optimizer.name=adm', "'adm'; did you mean 'adam'?"),
    ('latents.dim=many', 'latents.dim=many: not int (numbers in a latent; default: 100)'),
  ],
)
def test_typing_errors_are_told_in_one_line(word, message):
  assert message in refused(word)


def test_names_that_no_section_has_are_found_when_used():
  with pytest.raises(errors.UserError, match='label_smoothing is for minimax and non_saturating'):
    adversarial_loss.make(load('loss=hinge', 'label_smoothing=0.1'))
  with pytest.raises(errors.UserError, match='known: normal, truncated_normal, uniform'):
    latent.latent_distribution(ConfigDict({'law': 'zzz'}))


def test_unknown_files_and_variants():
  assert "did you mean '" in refused(file=DIGITS.with_name('dcgan_digit.py'))
  assert 'zzz.py: there is no such file' in refused(file=DIGITS.parent / 'nowhere' / 'zzz.py')
  assert "did you mean 'test'" in refused(file=f'{DIGITS}:tset')


@pytest.mark.parametrize('order', [1, -1])
def test_another_network_by_override(order):
  """The old fields go, with a notice; the new ones have their defaults, or what the same call says."""
  words, notices = ['generator.name=mlp', 'generator.widths=8,9', 'generator.activation=elu'], []
  config = load(*words[::order], notices=notices)
  assert config.generator.to_dict() == {
    'name': 'mlp',
    'widths': (8, 9),
    'activation': 'elu',
    'slope': 0.2,
    'output': 'tanh',
    'batch_norm': False,
    'initializer': 'glorot_uniform',
    'init_scale': 0.02,
    'spectral_norm': False,
  }
  assert config.discriminator.to_dict() == load().discriminator.to_dict()
  assert len(notices) == 1
  for field in ('width', 'strides', 'kernel', 'norm'):
    assert f'generator.{field}' in notices[0]
  assert config.is_locked


def test_both_networks_the_data_and_an_optimizer_by_override():
  notices = []
  config = load(
    'discriminator.name=mlp', 'generator.name=mlp', 'data.name=avatars', 'data.num_images=9',
    'g_optimizer.name=sgd', 'g_optimizer.momentum=0.9', notices=notices,
  )  # fmt: skip
  assert config.data.num_images == 9
  assert (config.data.size, config.generator.name, config.discriminator.name) == ((16, 16), 'mlp', 'mlp')
  assert (config.g_optimizer.momentum, config.g_optimizer.learning_rate) == (0.9, 5e-4)
  assert 'b1' not in config.g_optimizer
  assert config.d_optimizer.b1 == 0.5
  assert [notice.split(':')[0] for notice in notices] == [
    'generator.name=mlp',
    'g_optimizer.name=sgd',
  ]


def test_the_same_network_by_override_changes_nothing():
  notices = []
  assert load('generator.name=dcgan', notices=notices).to_dict() == load().to_dict()
  assert notices == []


def test_fields_of_the_old_network_are_unknown_to_the_new():
  assert "unknown config field 'generator.kernel'" in refused('generator.kernel=5', 'generator.name=mlp')


def test_a_file_with_a_field_that_its_network_lacks(tmp_path):
  file = tmp_path / 'mine.py'
  file.write_text(DIGITS.read_text().replace('width=64', 'widht=64'))
  assert "unknown field of generator.name=dcgan 'widht'; did you mean 'width'?" in refused(file=file)


@pytest.mark.parametrize(
  ('old', 'new', 'message'),
  [
    ('train=dict(', 'train=dict(batchsize=8, ', '"batchsize" does not exist'),
    ('latents=dict(', 'latent=dict(', '"latent" does not exist'),
    ('latents=dict(dim=32', "latents=dict(dim='many'", 'int'),
  ],
)
def test_a_file_with_a_field_that_no_experiment_has(tmp_path, old, new, message):
  file = tmp_path / 'mine.py'
  file.write_text(DIGITS.read_text().replace(old, new))
  told = refused(file=file)
  assert str(file) in told
  assert message in told


def test_values_may_be_numpys_or_paths():
  path = pathlib.Path('some') / 'where'
  values = {'g_optimizer.learning_rate': np.float64(1e-4), 'data.size': (np.int64(8), 8)}
  config = configs.get(
    'dcgan_digits:test', {**values, 'data.name': 'folder', 'data.path': path}, lambda _: None
  )
  assert (config.g_optimizer.learning_rate, config.data.size) == (1e-4, (8, 8))
  assert config.data.path == str(path)
