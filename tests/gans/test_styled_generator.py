"""Games of generators with styles: which styles an image is made of, in training and out of it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from gan_jax import configs, data, gans
from gan_jax.gans.parts import styled_generator

RNG = jax.random.key(0)
LATENTS, LABELS = jnp.arange(8.0).reshape(4, 2), jnp.arange(4.0)[:, None]
BATCH = {'latents': LATENTS, 'label': LABELS}


class Plain(nn.Module):
  """Images that are the latents, and the labels."""

  def __call__(self, latents, labels, train=False):
    return jnp.concatenate([latents, labels], -1)


class Styled(Plain):
  """The same by way of styles of three layers, the image being the mean of these."""

  mixing: float = 1.0

  def mapping(self, latents, labels, train=False):
    return jnp.repeat(self(latents, labels)[:, None], 3, 1)

  def synthesis(self, styles, train=False):
    return styles.mean(1)


def generate(network, batch=BATCH, train=True):
  """The fakes of a game in which all other latents are -1."""
  inputs = lambda batch: (batch['latents'], batch['label'])
  other = lambda rng, shape: -jnp.ones(shape)
  return styled_generator.generating(network, inputs, other)({'g': {}}, batch, RNG, train)[0]


def test_a_network_without_styles_is_called_at_once():
  fakes = generate(Plain())
  assert set(fakes) == {'image'}
  np.testing.assert_array_equal(fakes['image'], Plain()(LATENTS, LABELS))


def test_styles_are_mixed_in_training_with_those_of_other_latents_and_the_same_condition():
  fakes = generate(Styled())
  styles = fakes['styles']
  np.testing.assert_array_equal(styles[:, 0, :2], LATENTS)
  np.testing.assert_array_equal(styles[:, 2, :2], -1)
  np.testing.assert_array_equal(styles[..., 2], jnp.repeat(LABELS, 3, 1))
  np.testing.assert_allclose(fakes['image'], styles.mean(1), rtol=1e-6)


@pytest.mark.parametrize(('mixing', 'train'), [(0.0, True), (1.0, False)])
def test_nothing_is_mixed_without_a_share_nor_out_of_training(mixing, train):
  fakes = generate(Styled(mixing), train=train)
  np.testing.assert_allclose(fakes['image'], Plain()(LATENTS, LABELS), rtol=1e-6)
  assert ('styles' in fakes) == train


@pytest.mark.parametrize('train', [True, False])
def test_styles_that_are_asked_for_go_before_latents(train):
  styles = jnp.ones((4, 3, 3))
  np.testing.assert_allclose(generate(Styled(), {**BATCH, 'styles': styles}, train)['image'], 1)


def test_the_second_style_holds_from_one_layer_on():
  """Never in the first; the layer is any other with the same probability, the share that of those mixed."""
  ones = jnp.ones((4000, 4, 2))
  second = styled_generator.mixed(0 * ones, ones, 0.6, RNG)[..., 0]
  assert (np.diff(second, axis=1) >= 0).all()
  assert (second[:, 0] == 0).all()
  np.testing.assert_allclose(second.mean(0), [0, 0.2, 0.4, 0.6], atol=0.03)


def test_styles_of_a_single_layer_are_left_alone():
  np.testing.assert_array_equal(
    styled_generator.mixed(jnp.zeros((2, 1, 3)), jnp.ones((2, 1, 3)), 1.0, RNG), 0
  )


@pytest.mark.parametrize('game', ['latent', 'conditional'])
def test_games_of_latents_have_styles_and_the_mean_of_them(game):
  fields = {
    **{'generator.name': 'stylegan2', 'generator.widths': (4, 4), 'generator.style_dim': 5},
    **{'discriminator.name': 'stylegan2', 'discriminator.widths': (4, 4), 'latents.dim': 4},
    **{'gan.name': game, 'data.size': (8, 8), 'generator.mapping_layers': 1, 'train.batch_size': 4},
    **({'condition.name': 'projection'} if game == 'conditional' else {}),
  }
  config = configs.get('dcgan_digits:test', fields, notice=lambda _: None)
  dataset = data.make(config)
  gan = gans.make(config, dataset.spec(game == 'conditional'))

  def play():
    batch = {**dataset.batch(0, 0), 'step': jnp.int32(0)}
    batch |= gan.draw(RNG, batch)
    variables = gan.init(RNG, batch)
    return variables, *gan.generate(variables, batch, RNG, train=True)

  variables, fakes, new = jax.eval_shape(play)
  assert fakes['styles'].shape == (4, 4, 5)
  assert fakes['image'].shape == (4, 8, 8, 1)
  assert jax.tree.structure(new['g']) == jax.tree.structure({'style_stats': variables['g']['style_stats']})
  embedded = 10 if game == 'conditional' else 4
  assert variables['g']['params']['mapper']['Dense_0']['kernel'].shape == (embedded, 5)
