"""The networks: shapes at awkward sizes, ranges, numbers of parameters by hand, statistics in training."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import ROOT
from ml_collections import ConfigDict

from gan_jax import configs, errors, gans, models
from gan_jax.configs import sections
from gan_jax.configs.fields import defaults
from gan_jax.data.spec import Spec
from gan_jax.models import dcgan

CONFIGS = ROOT / 'configs'
QUICK = {'xla_backend_optimization_level': 0}  # compiling is most of the time that these tests take
SMALL = dict(width=8, kernel=3)
# Image, strides, the first map of G and last of D: odd sides, one stride of 1, a last map of a single pixel.
AWKWARD = [
  ((50, 37, 3), (2, 2, 2), (7, 5)),
  ((28, 28, 1), (1, 2, 2), (7, 7)),
  ((8, 5, 2), (2, 2, 2), (1, 1)),
  ((9, 10, 1), (3, 2), (2, 2)),
]


def shapes(network, *inputs):
  return jax.eval_shape(lambda: network.init(jax.random.key(0), *inputs, train=True))


def apply(network, *inputs, train):
  """(outputs, variables) of a network with initial weights, in one program."""

  def run():
    variables = network.init(jax.random.key(0), *inputs, train=True)
    return models.run(network, variables, *inputs, train=train)[0], variables

  return jax.jit(run, compiler_options=QUICK)()


def normal(*shape):
  return jnp.asarray(np.random.default_rng(0).normal(size=shape), jnp.float32)


@pytest.mark.parametrize(('image', 'strides', 'smallest'), AWKWARD)
def test_dcgan_at_awkward_sizes(image, strides, smallest):
  norm = (True,) * len(strides)
  generator = dcgan.Generator(image_shape=image, strides=strides, norm=norm, **SMALL, init_scale=0.5)
  images, variables = apply(generator, normal(3, 10), train=True)
  assert images.shape == (3, *image)
  assert images.dtype == jnp.float32
  assert 0.5 < np.abs(images).max() <= 1
  assert variables['params']['Dense_0']['kernel'].shape == (10, math.prod(smallest) * 8)

  discriminator = dcgan.Discriminator(strides=strides, norm=norm, **SMALL)
  outputs = jax.eval_shape(lambda: discriminator.init_with_output(jax.random.key(0), images, train=True)[0])
  features = (3, math.prod(smallest) * 8 * 2 ** (len(strides) - 1))
  assert jax.tree.map(jnp.shape, outputs) == {'logits': (3,), 'features': features}


def test_pyramid_rounds_up_down_to_one_pixel():
  assert dcgan.pyramid((50, 37), (2, 2, 2)) == [(50, 37), (25, 19), (13, 10), (7, 5)]
  assert dcgan.pyramid((28, 28), (2, 2, 1)) == [(28, 28), (14, 14), (7, 7), (7, 7)]
  assert dcgan.pyramid((1, 9), (2, 2, 2, 2)) == [(1, 9), (1, 5), (1, 3), (1, 2), (1, 1)]


def conv(kernel, inputs, outputs, bias):
  return kernel**2 * inputs * outputs + bias * outputs


def norm(features):
  return 2 * features


# The numbers of parameters (G, D), layer by layer.
COUNTS = {
  'dcgan_mnist': (
    100 * 7 * 7 * 128  # no batch norm after it
    + conv(5, 128, 64, bias=0) + norm(64)
    + conv(5, 64, 32, bias=0) + norm(32)
    + conv(5, 32, 1, bias=0),
    conv(5, 1, 64, bias=0) + norm(64) + conv(5, 64, 128, bias=0) + norm(128) + 7 * 7 * 128,
  ),
  'dcgan_avatar': (
    (100 + 1) * 3 * 3 * 512 + norm(512)
    + conv(5, 512, 256, bias=1) + norm(256)
    + conv(5, 256, 128, bias=1) + norm(128)
    + conv(5, 128, 64, bias=1)  # no batch norm after it
    + conv(5, 64, 3, bias=1),
    conv(5, 3, 64, bias=1)  # nor after this one
    + conv(5, 64, 128, bias=1) + norm(128)
    + conv(5, 128, 256, bias=1) + norm(256)
    + conv(5, 256, 512, bias=1) + norm(512)
    + 3 * 3 * 512 + 1,
  ),
  'dcgan_celeba_like': (
    100 * 4 * 4 * 512 + norm(512)
    + conv(4, 512, 256, bias=0) + norm(256)
    + conv(4, 256, 128, bias=0) + norm(128)
    + conv(4, 128, 64, bias=0) + norm(64)
    + conv(4, 64, 3, bias=0),
    conv(4, 3, 64, bias=0)
    + conv(4, 64, 128, bias=0) + norm(128)
    + conv(4, 128, 256, bias=0) + norm(256)
    + conv(4, 256, 512, bias=0) + norm(512)
    + 4 * 4 * 512,
  ),
  'mlp_mnist': (
    (100 + 1) * 128 + (128 + 1) * 256 + (256 + 1) * 784,
    (784 + 1) * 128 + (128 + 1) * 64 + 64 + 1,
  ),
}  # fmt: skip


def parameters(config):
  """The numbers of parameters (G, D) of a config, without making any."""
  image = (*config.data.size, config.data.channels)
  generator = models.make(config, 'generator', image_shape=image)
  discriminator = models.make(config, 'discriminator')
  made = shapes(generator, jnp.zeros((2, config.latents.dim))), shapes(discriminator, jnp.zeros((2, *image)))
  return tuple(sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(net['params'])) for net in made)


@pytest.mark.parametrize('name', COUNTS)
def test_number_of_parameters_by_hand(name):
  assert parameters(configs.load(CONFIGS / f'{name}.py')) == COUNTS[name]


def test_the_papers_widths_are_two_overrides():
  """Figure 1 of Radford et al. 2016: 4x4x1024, 512, 256, 128, and kernels of 5x5."""
  overrides = [('generator.width', '1024'), ('generator.kernel', '5')]
  config = configs.load(CONFIGS / 'dcgan_celeba_like.py', overrides)
  expected = 100 * 4 * 4 * 1024 + norm(1024 + 512 + 256 + 128)
  expected += sum(conv(5, *ends, bias=0) for ends in [(1024, 512), (512, 256), (256, 128), (128, 3)])
  assert parameters(config) == (expected, COUNTS['dcgan_celeba_like'][1])


@pytest.mark.parametrize(
  ('network', 'inputs'),
  [
    (dcgan.Generator(image_shape=(8, 6, 1), strides=(2, 2), norm=(True, True), **SMALL), (8, 10)),
    (dcgan.Discriminator(strides=(2, 2), norm=(True, True), **SMALL), (8, 8, 6, 1)),
  ],
  ids=['generator', 'discriminator'],
)
def test_batch_norm_in_training_and_out_of_it(network, inputs):
  """Training uses the batch's statistics and moves the running ones; otherwise examples are independent."""
  inputs = normal(*inputs)
  variables = jax.jit(lambda x: network.init(jax.random.key(0), x, train=True), compiler_options=QUICK)(
    inputs
  )
  first = lambda outputs: (outputs['logits'] if isinstance(outputs, dict) else outputs)[:2]

  def run(train):
    call = jax.jit(
      lambda variables, x: models.run(network, variables, x, train=train), compiler_options=QUICK
    )
    others = inputs.at[2:].multiply(3)
    (outputs, new), (among_others, _) = call(variables, inputs), call(variables, others)
    return first(outputs), first(among_others), new

  alone, among_others, new = run(train=False)
  assert new == {}
  np.testing.assert_allclose(alone, among_others, rtol=1e-5)
  train_alone, train_among_others, new = run(train=True)
  assert np.abs(train_alone - train_among_others).max() > 1e-3
  assert np.abs(train_alone - alone).max() > 1e-3
  assert new.keys() == {'batch_stats'}
  changed = jax.tree.map(lambda a, b: bool((a != b).all()), new, {'batch_stats': variables['batch_stats']})
  assert all(jax.tree.leaves(changed))


@pytest.mark.parametrize(
  ('network', 'message'),
  [
    (
      dcgan.Generator(image_shape=(16, 16, 1), strides=(2, 2)),
      r'generator\.norm=.* as many entries as .*strides=\(2, 2\)',
    ),
    (dcgan.Discriminator(norm=(True,)), r'discriminator\.norm=\(True,\) must have as many entries'),
    (dcgan.Generator(image_shape=(16, 16, 1), width=4), r'generator\.width=4 cannot be halved'),
  ],
)
def test_fields_that_do_not_fit_each_other_are_named(network, message):
  inputs = jnp.zeros((2, 10) if isinstance(network, dcgan.Generator) else (2, 16, 16, 1))
  with pytest.raises(errors.UserError, match=message):
    shapes(network, inputs)


def test_without_batch_norm_there_is_nothing_to_update():
  network = dcgan.Discriminator(strides=(2, 2), norm=(False, False), **SMALL)
  assert shapes(network, jnp.zeros((2, 8, 8, 1))).keys() == {'params'}


def test_slope_of_the_leaky_relu():
  """D is linear at slope 1, and the negative half is scaled by the slope."""
  network = dcgan.Discriminator(strides=(2,), norm=(False,), width=1, kernel=1, slope=0.3)
  params = {'Conv_0': {'kernel': jnp.ones((1, 1, 1, 1))}, 'Dense_0': {'kernel': jnp.ones((1, 1))}}
  images = jnp.array([-2.0, 2.0]).reshape(2, 1, 1, 1)
  np.testing.assert_allclose(network.apply({'params': params}, images)['logits'], [-0.6, 2.0], rtol=1e-6)


def test_a_config_makes_the_network_with_its_fields():
  options = defaults(sections.network_options('dcgan', 'Generator'))
  assert options['width'] == 512
  assert not set(options) & {
    'image_shape',
    'dtype',
    'norm_groups',
    'conditioning',
  }  # which are given, not configured
  section = {'name': 'dcgan', **options, 'width': 32}
  config = ConfigDict(
    {
      'generator': section,
      'train': {'dtype': 'float32'},
      'parallel': {'batch_norm': 'global'},
      'latents': {'dim': 4},
    }
  )
  network = models.make(config, 'generator', image_shape=(8, 8, 1))
  assert network == dcgan.Generator(image_shape=(8, 8, 1), width=32)
  config.train.dtype = 'bfloat'
  with pytest.raises(errors.UserError, match=r"unknown train.dtype 'bfloat'; did you mean 'bfloat16'"):
    models.make(config, 'generator', image_shape=(8, 8, 1))
  with pytest.raises(
    errors.UserError,
    match=r"'dcgna'; did you mean 'dcgan'\? \(known: captioned, characters, dcgan, fastgan, gawwn",
  ):
    sections.network_options('dcgna', 'Generator')
  with pytest.raises(errors.UserError, match='known: captioned, dcgan, fastgan, gawwn'):
    sections.network_options('layers', 'Discriminator')  # a module, but no network


def test_a_network_without_a_field_for_what_the_game_gives_is_refused():
  """StarGAN's discriminator is told how many attributes there are, which DCGAN's has no use for."""
  config = configs.get('stargan', {'discriminator.name': 'dcgan'}, notice=lambda _: None)
  shapes = {'image': (2, 16, 16, 3), 'attributes': (2, 5)}
  spec = Spec({name: jax.ShapeDtypeStruct(shape, 'float32') for name, shape in shapes.items()})
  with pytest.raises(errors.UserError, match=r'name=dcgan has no domains, which gan\.name=stargan') as error:
    gans.make(config, spec)
  assert '\n' not in str(error.value)
