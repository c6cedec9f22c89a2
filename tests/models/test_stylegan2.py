"""StyleGAN2's networks: the published numbers of parameters, first weights, styles, noise, the mean style."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import models
from gan_jax.models import stylegan2

RNG = jax.random.key(0)
LATENTS = jnp.asarray(np.random.default_rng(0).normal(size=(4, 6)), jnp.float32)
NARROW = dict(image_shape=(6, 8, 3), widths=(5, 4), style_dim=3, mapping_layers=1)


@functools.cache
def begun(**fields):
  """(Generator, its variables) of a small one."""
  network = stylegan2.Generator(**{**NARROW, **fields})
  return network, jax.jit(lambda: network.init(RNG, LATENTS, train=True))()


def mapped(network, variables, latents=LATENTS, train=False):
  return models.run(network, variables, latents, train=train, method='mapping')


def test_parameters_are_those_of_the_published_networks_for_1024_pixels():
  """30.37 M and 29.01 M, as the authors' code counts those of its config F."""
  widths = (512,) * 5 + (256, 128, 64, 32)
  generator = stylegan2.Generator(image_shape=(1024, 1024, 3), widths=widths)
  discriminator = stylegan2.Discriminator(widths=widths)
  for network, shape, expected in (
    (generator, (4, 512), 30_370_060),
    (discriminator, (4, 1024, 1024, 3), 29_012_513),
  ):
    made = jax.eval_shape(lambda network=network, shape=shape: network.init(RNG, jnp.zeros(shape)))
    assert sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(made['params'])) == expected


def test_weights_are_kept_at_unit_variance_and_those_of_the_mapping_a_hundred_times_as_large():
  _, variables = begun(style_dim=64, mapping_layers=2, widths=(32, 32))
  params = variables['params']
  kernels = jax.tree_util.tree_leaves_with_path(params['synthesizer'])
  for path, kernel in kernels:
    if path[-1].key == 'kernel' and kernel.size > 1000:
      assert abs(float(kernel.std()) - 1) < 0.1
  assert abs(float(params['mapper']['Dense_1']['kernel'].std()) / 100 - 1) < 0.1


@pytest.mark.long
def test_a_network_is_its_synthesis_of_its_mapping():
  network, variables = begun()
  styles, _ = mapped(network, variables)
  assert styles.shape == (4, 4, 3)
  assert (styles == styles[:, :1]).all()
  images, _ = models.run(network, variables, styles, train=False, method='synthesis')
  np.testing.assert_array_equal(images, models.run(network, variables, LATENTS, train=False)[0])


def test_the_length_of_latents_does_not_count():
  network, variables = begun()
  longer, _ = mapped(network, variables, 3 * LATENTS)
  np.testing.assert_allclose(longer, mapped(network, variables)[0], rtol=1e-4, atol=1e-5)


def test_a_condition_after_the_latents_is_embedded_beside_them():
  network, variables = begun(latent_dim=4)
  kernels = [variables['params']['mapper'][f'Dense_{k}']['kernel'] for k in range(2)]
  assert [kernel.shape for kernel in kernels] == [(2, 3), (4 + 3, 3)]
  other = LATENTS.at[:, 4:].multiply(-1)
  assert (mapped(network, variables, other)[0] != mapped(network, variables)[0]).any()


@pytest.mark.parametrize('decay', [0.0, 0.75])
def test_the_mean_style_goes_to_that_of_the_styles(decay):
  network, variables = begun(mean_decay=decay)
  styles, unchanged = mapped(network, variables)
  assert unchanged == {}
  for _ in range(40):
    _, new = mapped(network, variables, train=True)
    variables = {**variables, **new}
  mean = network.apply(variables, method='style_mean')
  np.testing.assert_allclose(mean, styles.mean((0, 1)), rtol=1e-4, atol=1e-5)


@pytest.mark.long
def test_noise_of_strength_0_changes_nothing_and_out_of_training_it_is_fixed():
  network, variables = begun()
  styles = mapped(network, variables)[0]

  @functools.partial(jax.jit, static_argnums=2)
  def seen(strength, seed, train):
    strong = jax.tree_util.tree_map_with_path(
      lambda path, leaf: leaf + strength * (path[-1].key == 'strength'), variables
    )
    rng = jax.random.key(seed)
    return models.run(network, strong, styles, train=train, rng=rng, method='synthesis')[0]

  first = seen(0.0, 1, True)
  np.testing.assert_array_equal(first, seen(0.0, 2, True))
  np.testing.assert_allclose(first, seen(0.0, 1, False), rtol=1e-4, atol=1e-5)
  assert (seen(1.0, 1, True) != seen(1.0, 2, True)).any()
  assert np.abs(seen(1.0, 1, False) - first).max() > 0.1
  np.testing.assert_array_equal(seen(1.0, 1, False), seen(1.0, 2, False))


def test_the_style_of_each_layer_reaches_the_image():
  network, variables = begun()
  styles = mapped(network, variables)[0]

  def brightness(styles):
    return jnp.square(models.run(network, variables, styles, train=False, method='synthesis')[0]).sum()

  slope = jax.jit(jax.grad(brightness))(styles)
  assert (jnp.abs(slope).sum((0, 2)) > 0).all()
