"""The networks from image to image: sizes, what they start from, how far they see."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import errors
from gan_jax.gans.super_resolution import reduce
from gan_jax.models import layers, patch, resnet, srresnet, unet


@pytest.mark.long
def test_a_patch_logit_sees_70_pixels():
  """Isola et al. 2017, app. 6.1.2: C64-C128-C256-C512 is the 70 x 70 discriminator."""
  network = patch.Discriminator(width=1, norm='none', init_scale=1.0)
  images = jnp.ones((1, 160, 160, 1))
  variables = network.init(jax.random.key(0), images)
  logit = lambda images: network.apply(variables, images)['logits'][0, 10, 10, 0]
  rows, columns = np.nonzero(np.asarray(jax.grad(logit)(images))[0, :, :, 0])
  assert np.ptp(rows) == np.ptp(columns) == 69


@pytest.mark.parametrize('network', [unet, resnet], ids=['unet', 'resnet'])
@pytest.mark.parametrize('size', [(13, 21), (1, 5)])
def test_translators_keep_any_size(network, size):
  options = {'padding': 'reflect'} if network is resnet else {}
  generator = network.Generator(image_shape=(*size, 2), width=2, **options)
  images = jnp.zeros((3, *size, 5))
  outputs = jax.eval_shape(lambda: generator.init_with_output(jax.random.key(0), images, train=True)[0])
  assert outputs.shape == (3, *size, 2)


SIZES = [(1, 1), (1, 7), (5, 5), (17, 33), (300, 200)]


@pytest.mark.parametrize('depth', range(1, 9))
def test_a_trained_unet_takes_images_of_every_size(depth):
  """It keeps the levels that it had for 64 x 64, which are six at most."""
  generator = unet.Generator(image_shape=(64, 64, 3), width=2, widest=4, depth=depth)
  init = lambda: generator.init(jax.random.key(0), jnp.zeros((1, 64, 64, 3)), train=True)
  variables = jax.eval_shape(init)
  assert sum(name.startswith('ConvTranspose_') for name in variables['params']) == min(depth, 6)
  for size in SIZES:
    images = jax.ShapeDtypeStruct((1, *size, 3), jnp.float32)
    assert jax.eval_shape(generator.apply, variables, images).shape == images.shape


@pytest.mark.parametrize('size', SIZES[:4])
def test_a_single_pixel_is_a_map_like_any_other(size):
  """Eight levels on a few pixels: finite, and a function of all of them."""
  generator = unet.Generator(image_shape=(256, 256, 1), width=1, widest=1, depth=8, init_scale=1.0)
  shapes = jax.eval_shape(lambda: generator.init(jax.random.key(0), jnp.zeros((1, 256, 256, 1))))
  variables = jax.tree.map(lambda leaf: jnp.full(leaf.shape, 0.3), shapes)
  images = jnp.full((1, *size, 1), 0.5)
  made, slopes = jax.jit(jax.value_and_grad(lambda images: generator.apply(variables, images).sum()))(images)
  assert np.isfinite(made)
  assert (np.asarray(slopes) != 0).all()


@pytest.mark.long
@pytest.mark.parametrize('network', [unet, resnet], ids=['unet', 'resnet'])
def test_a_residual_generator_starts_from_the_image_beside_the_planes(network):
  generator = network.Generator(image_shape=(8, 6, 3), width=2, residual=True)
  images = jax.random.normal(jax.random.key(0), (2, 8, 6, 5))
  zeros = jax.tree.map(jnp.zeros_like, generator.init(jax.random.key(0), images))
  np.testing.assert_array_equal(generator.apply(zeros, images), images[..., :3])


def test_reflection_goes_on_as_in_a_mirror():
  """A convolution sees beyond the border what numpy's reflection has there; a misspelt padding is told."""
  images = jax.random.normal(jax.random.key(0), (2, 5, 8, 3))
  for kernel in (3, 7):
    conv = layers.Conv(4, kernel, 1, padding='reflect')
    variables = conv.init(jax.random.key(1), images)
    margin = kernel // 2
    around = np.pad(images, [(0, 0), (margin, margin), (margin, margin), (0, 0)], 'reflect')
    window = around[1, 2 : 2 + kernel, :kernel]  # around the pixel (2, 0)
    expected = np.einsum('tuc,tucf->f', window, variables['params']['kernel'])
    made = conv.apply(variables, images)
    assert made.shape == (2, 5, 8, 4)
    np.testing.assert_allclose(made[1, 2, 0], expected, rtol=1e-4, atol=1e-5)
  with pytest.raises(errors.UserError, match='known: none, reflect, zeros'):
    resnet.Generator(image_shape=(5, 8, 3), padding='mirror').init(jax.random.key(0), images)


def test_a_shuffle_makes_pixels_of_channels_and_reduce_is_its_mean():
  images = jnp.arange(2 * 3 * 2 * 4.0).reshape(2, 3, 2, 4)
  large = srresnet.shuffle(images)
  assert large.shape == (2, 6, 4, 1)
  np.testing.assert_array_equal(large[0, :2, :2, 0], [[0, 1], [2, 3]])
  np.testing.assert_allclose(reduce(large, 2)[..., 0], images.mean(-1))


@pytest.mark.long
def test_an_enlarged_input_is_what_residual_starts_from():
  network = srresnet.Generator(image_shape=(12, 8, 3), width=2, blocks=1, residual=True)
  images = jax.random.uniform(jax.random.key(0), (2, 3, 2, 3))
  variables = network.init(jax.random.key(0), images, train=True)
  zeros = jax.tree.map(jnp.zeros_like, variables)
  expected = jax.image.resize(images, (2, 12, 8, 3), 'bicubic')
  np.testing.assert_allclose(network.apply(zeros, images), expected, atol=1e-6)


def test_a_context_encoder_has_no_way_around_its_bottleneck():
  """Without skips, two images whose code is the same come out the same; with them they do not."""
  for skips in (True, False):
    network = unet.Generator(image_shape=(8, 8, 1), width=2, depth=3, dropout=0.0, norm='none', skips=skips)
    images = jax.random.normal(jax.random.key(0), (2, 8, 8, 1))
    params = network.init(jax.random.key(1), images)['params']
    params['Conv_2'] = jax.tree.map(jnp.zeros_like, params['Conv_2'])
    made = network.apply({'params': params}, images)
    assert np.array_equal(made[0], made[1]) != skips
