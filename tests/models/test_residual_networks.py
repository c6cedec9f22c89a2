"""SN-GAN's, R3GAN's, FastGAN's, StyleGAN2's networks: sizes, numbers of parameters, derivatives, a step."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from gan_jax import configs, data, errors, models, regularizers
from gan_jax.models import fastgan, layers, r3gan, sngan, stylegan2
from gan_jax.training import experiment

RNG = jax.random.key(0)
LATENTS = jnp.asarray(np.random.default_rng(0).normal(size=(4, 6)), jnp.float32)
NARROW = dict(widths=(8, 4), blocks=(1, 1), group_size=4)
PAIRS = {  # (generator, discriminator, height and width of images): odd sides, one that is no square
  'sngan': (
    sngan.Generator(image_shape=(9, 14, 3), widths=(8, 6, 4), strides=(2, 2), attention=(5,)),
    layers.SpectralNorm(
      sngan.Discriminator(widths=(4, 6, 6), strides=(2, 2, 1), attention=(3,), minibatch=2)
    ),
    (9, 14),
  ),
  'r3gan': (
    r3gan.Generator(image_shape=(11, 6, 3), **NARROW),
    r3gan.Discriminator(**NARROW),
    (11, 6),
  ),
  'fastgan': (
    layers.SpectralNorm(fastgan.Generator(image_shape=(16, 13, 3), widths=(8, 6, 4), skip=1)),
    layers.SpectralNorm(fastgan.Discriminator(widths=(4, 4, 6), skip=2, decoder=2)),
    (16, 13),
  ),
  'stylegan2': (
    stylegan2.Generator(image_shape=(7, 10, 3), widths=(6, 4), style_dim=5, mapping_layers=2),
    stylegan2.Discriminator(widths=(6, 4), minibatch=2),
    (7, 10),
  ),
}
UNBOUNDED = ('r3gan', 'stylegan2')  # generators
by_pair = pytest.mark.parametrize('name', PAIRS)


def init(network, inputs):
  return jax.jit(lambda: network.init(RNG, inputs, train=True))()


def normal(*shape):
  return jnp.asarray(np.random.default_rng(1).normal(size=shape), jnp.float32)


def count(network, *shape):
  """The number of parameters, without making any."""
  made = jax.eval_shape(lambda: network.init(RNG, jnp.zeros(shape), train=True))
  return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(made['params']))


@pytest.mark.long
@by_pair
def test_images_and_verdicts_of_any_size(name):
  generator, discriminator, size = PAIRS[name]

  def play():
    variables = generator.init(RNG, LATENTS, train=True)
    images, _ = models.run(generator, variables, LATENTS, train=True, rng=RNG)
    return images, discriminator.init_with_output(RNG, images, train=True)[0]

  images, outputs = jax.jit(play)()
  assert images.shape == (4, *size, 3)
  assert images.dtype == jnp.float32
  assert 0 < np.abs(images).max() < (np.inf if name in UNBOUNDED else 1)
  assert outputs['logits'].shape == ((4, 2) if name == 'fastgan' else (4,))
  assert outputs['features'].ndim == (4 if name == 'fastgan' else 2)
  assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(outputs))


@pytest.mark.long
@by_pair
def test_gradients_are_finite_through_r1(name):
  _, discriminator, size = PAIRS[name]
  images = normal(4, *size, 3)
  variables = init(discriminator, images)

  def penalty(params):
    critic = lambda images: models.run(discriminator, {**variables, 'params': params}, images, train=True)
    return regularizers.r1(lambda images: critic(images)[0]['logits'], images)

  value, slope = jax.jit(jax.value_and_grad(penalty))(variables['params'])
  assert value > 0
  assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(slope))
  assert any((leaf != 0).any() for leaf in jax.tree.leaves(slope))


@by_pair
def test_in_bfloat16_what_is_kept_and_given_is_float32(name):
  def traced(network, inputs):
    inside = layers.innermost(network)
    network = inside.clone(dtype='bfloat16')
    return jax.eval_shape(lambda: network.init_with_output(RNG, inputs, train=True))

  generator, discriminator, size = PAIRS[name]
  made = traced(generator, LATENTS), traced(discriminator, jnp.zeros((4, *size, 3)))
  outputs = made[0][0], {key: value for key, value in made[1][0].items() if key != 'reconstructions'}
  assert {leaf.dtype for leaf in jax.tree.leaves((outputs, made[0][1], made[1][1]))} == {jnp.dtype('float32')}


def conv(kernel, inputs, outputs, bias=1):
  return kernel**2 * inputs * outputs + bias * outputs


def test_sngan_has_the_papers_parameters():
  """Miyato et al. 2018, table 4: 4 x 4 x 256, three blocks; an optimised block, a smaller one, two more."""
  block = conv(3, 256, 256) * 2 + conv(1, 256, 256) + 2 * 2 * 256
  expected = (128 + 1) * 16 * 256 + 3 * block + 2 * 256 + conv(3, 256, 3)
  assert count(sngan.Generator(image_shape=(32, 32, 3)), 2, 128) == expected == 4_276_739
  first = conv(3, 3, 128) + conv(3, 128, 128) + conv(1, 3, 128)
  down = conv(3, 128, 128) * 2 + conv(1, 128, 128)
  expected = first + down + 2 * conv(3, 128, 128) * 2 + 128 + 1
  assert count(sngan.Discriminator(), 2, 32, 32, 3) == expected


def test_r3gan_has_the_papers_parameters():
  """20.6 M in each network's blocks at width 768, and little else."""
  block = 768 * 1536 * 2 + 9 * 16 * 1536 + 2 * 1536
  assert 8 * block == 20_668_416
  basis = 16 * 768
  assert count(r3gan.Generator(image_shape=(32, 32, 3)), 2, 64) == 8 * block + basis + 64 * 768 + 768 * 3
  assert count(r3gan.Discriminator(), 2, 32, 32, 3) == 8 * block + basis + 768 * 3 + 768


def test_r3gan_multiplies_latents_and_its_smallest_maps_in_float32():
  network = r3gan.Generator(image_shape=(11, 6, 3), dtype='bfloat16', **NARROW)
  variables = jax.eval_shape(network.init, RNG, LATENTS)
  program = jax.make_jaxpr(network.apply)(variables, LATENTS)
  products = ('dot_general', 'conv_general_dilated')
  types = [one.invars[0].aval.dtype for one in program.eqns if one.primitive.name in products]
  assert types[0] == jnp.float32
  assert jnp.bfloat16 in types


def test_blocks_of_r3gan_are_the_identity_at_first():
  """So G is its learned map, filtered, times a linear function of the latents."""
  block, maps = r3gan.Block(4, 2, 1.0), normal(2, 4, 5, 6)
  out, variables = jax.jit(lambda: block.init_with_output(RNG, maps))()
  np.testing.assert_array_equal(out, maps)
  assert variables['params']['Conv_0']['kernel'].shape == (3, 3, 4, 12)
  network = r3gan.Generator(image_shape=(8, 8, 1), widths=(4, 4), blocks=(1, 1), group_size=4)
  variables = init(network, LATENTS)
  generate = jax.jit(lambda latents: network.apply(variables, latents))
  np.testing.assert_allclose(generate(2 * LATENTS), 2 * generate(LATENTS), rtol=1e-5, atol=1e-6)


def test_first_weights_of_r3gan():
  """Deviation sqrt(2 / 1.04) L^(-1/4) / sqrt(fan-in) for L blocks, of a grouped kernel as of a dense one."""
  network = r3gan.Discriminator(widths=(64, 64), blocks=(1, 3), group_size=16)
  params = init(network, jnp.zeros((1, 4, 4, 3)))['params']
  gain = math.sqrt(2 / 1.04) * 4**-0.25
  assert abs(float(params['Block_1']['Dense_0']['kernel'].std()) * math.sqrt(64) / gain - 1) < 0.05
  assert abs(float(params['Block_1']['Conv_0']['kernel'].std()) * math.sqrt(9 * 16) / gain - 1) < 0.05
  assert params['basis'].shape == (2, 2, 64)
  assert abs(float(params['basis'].std()) * 2 - 1) < 0.2


def test_reconstructions_of_fastgan_are_of_what_it_saw():
  """The whole at half of the size, and one quarter, which is drawn in training and the first otherwise."""
  network, images = fastgan.Discriminator(widths=(4, 4, 6), skip=2, decoder=2), normal(2, 16, 16, 3)
  variables = init(network, images)
  see = jax.jit(lambda rng: models.run(network, variables, images, train=True, rng=rng)[0]['reconstructions'])
  halves = images.reshape(2, 8, 2, 8, 2, 3).mean((2, 4))
  quarters = [images[:, a : a + 8, b : b + 8] for a in (0, 8) for b in (0, 8)]
  drawn = set()
  for seed in range(12):
    found = see(jax.random.key(seed))
    for name in ('whole', 'small'):
      made, seen = found[name]
      np.testing.assert_allclose(seen, halves, atol=1e-6)
      assert made.shape == seen.shape
      assert np.abs(made).max() <= 1
    made, seen = found['part']
    assert made.shape == seen.shape
    (k,) = (k for k, quarter in enumerate(quarters) if np.array_equal(quarter, seen))
    drawn.add(k)
  assert drawn == {0, 1, 2, 3}


def test_noise_is_drawn_in_training_and_fixed_out_of_it():
  network, maps = layers.Noise(train=True), jnp.zeros((2, 3, 4, 5))
  variables = network.init(RNG, maps)
  np.testing.assert_array_equal(network.apply(variables, maps, rngs={'dropout': RNG}), maps)
  strong = {'params': {'strength': jnp.float32(2)}}
  drawn = network.apply(strong, maps, rngs={'dropout': RNG})
  assert (drawn[..., :1] == drawn).all()
  assert (drawn[0] != drawn[1]).all()
  fixed = layers.Noise(train=False).apply(strong, maps, rngs={'dropout': RNG})
  np.testing.assert_array_equal(fixed[0], fixed[1])
  assert 1 < fixed.std() < 3


class Noises(nn.Module):
  """What two layers of noise add."""

  @nn.compact
  def __call__(self, maps):
    return [layers.Noise(train=False)(maps) for _ in range(2)]


def test_each_layer_has_noise_of_its_own():
  strong = {'params': {f'Noise_{k}': {'strength': jnp.float32(1)} for k in range(2)}}
  both = [np.ravel(noise) for noise in Noises().apply(strong, jnp.zeros((1, 32, 32, 1)))]
  assert abs(np.corrcoef(*both)[0, 1]) < 0.1


@pytest.mark.parametrize(
  ('network', 'said'),
  [
    (sngan.Discriminator(widths=(4, 4)), r'discriminator\.strides=\(2, 2, 1, 1\) need 4 '),
    (sngan.Generator(image_shape=(32, 32, 3), attention=(12,)), r'attention=12: .*\[8, 16, 32\]'),
    (r3gan.Discriminator(blocks=(1, 1)), r'discriminator\.blocks=\(1, 1\) must be as many as'),
    (r3gan.Discriminator(widths=(6,), blocks=(1,)), 'group_size=16 does not divide 12 channels'),
    (fastgan.Discriminator(), 'are for images of more than 16 pixels'),
  ],
)
def test_fields_that_do_not_fit_are_named(network, said):
  side = 16 if isinstance(network, fastgan.Discriminator) else 32
  inputs = LATENTS if isinstance(network, sngan.Generator) else jnp.zeros((2, side, side, 3))
  with pytest.raises(errors.UserError, match=said) as error:
    jax.eval_shape(lambda: network.init(RNG, inputs, train=True))
  assert '\n' not in str(error.value)


GAMES = {
  'sngan': {
    'generator.widths': (4, 4), 'generator.strides': (2,), 'loss': 'hinge', 'discriminator.widths': (4, 4),
    'discriminator.strides': (2, 1), 'discriminator.pack': 2, 'penalty.r1': 1.0,
  },
  'r3gan': {
    'generator.widths': (4, 4), 'generator.blocks': (1, 1), 'generator.group_size': 4,
    'discriminator.widths': (4, 4), 'discriminator.blocks': (1, 1), 'discriminator.group_size': 4,
    'loss': 'relativistic', 'penalty.r1': 1.0, 'penalty.r2': 1.0,
  },
  'fastgan': {
    'generator.widths': (4, 4), 'generator.skip': 1, 'discriminator.widths': (2, 2, 2),
    'discriminator.decoder': 2, 'loss': 'random_margin_hinge', 'penalty.reconstruction': 1.0,
  },
  'stylegan2': {
    'generator.widths': (4, 4), 'generator.style_dim': 4, 'generator.mapping_layers': 1,
    'discriminator.widths': (4,), 'penalty.r1': 1.0, 'penalty.r1_every': 16, 'penalty.path_length': 2.0,
    'penalty.path_length_every': 4,
  },
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize('name', GAMES)
def test_a_step_moves_both_players(name):
  networks = {'generator.name': name, 'discriminator.name': name}
  fields = {**networks, **GAMES[name], 'data.size': (8, 8), 'latents.dim': 4, 'train.batch_size': 4}
  config = configs.get('dcgan_digits:test', fields, notice=lambda _: None)
  dataset = data.make(config)
  made = experiment.make(config, dataset.spec())
  before = made.init_state()
  after, metrics = jax.jit(made.train_step())(before, dataset)
  assert all(np.isfinite(value) for value in metrics.values())
  for side in ('g', 'd'):
    pairs = zip(*(jax.tree.leaves(state.variables[side]['params']) for state in (before, after)), strict=True)
    assert any((old != new).any() for old, new in pairs)
    assert before.variables[side].keys() == after.variables[side].keys()
  if name not in UNBOUNDED:
    assert 'spectral' in after.variables['d']
  if name == 'fastgan':
    assert metrics['d/reconstruction'] > 0
  if name == 'stylegan2':
    assert metrics['g/path_length@4'] > 0
    assert after.variables['g']['style_stats']['mean'].any()
