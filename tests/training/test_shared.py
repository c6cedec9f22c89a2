"""A loss whose equal operations are one: the same numbers and gradients, for less."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from gan_jax.devices import compilation
from gan_jax.gans.contract import with_params
from gan_jax.gans.parts.discriminator import Discriminator
from gan_jax.models import layers
from gan_jax.training.shared import shared


def twice(weights, images):
  """Two linear heads on one hidden layer, each of which computes that layer itself; and their sum."""
  hidden = lambda: jnp.tanh(images @ weights['hidden'])
  heads = [hidden() @ weights[name] for name in ('right', 'wrong')]
  return jnp.square(heads[0]).sum() + jnp.sin(heads[1]).sum(), heads


def weights():
  keys = jax.random.split(jax.random.key(0), 3)
  shapes = {'hidden': (5, 7), 'right': (7, 2), 'wrong': (7, 3)}
  return {
    name: jax.random.normal(key, shape) for key, (name, shape) in zip(keys, shapes.items(), strict=True)
  }


def test_the_backward_pass_of_what_is_equal_is_made_once():
  images = jnp.ones((4, 5))
  both = [jax.grad(function, has_aux=True) for function in (twice, shared(twice))]
  jax.tree.map(
    functools.partial(np.testing.assert_allclose, rtol=1e-5), *(find(weights(), images) for find in both)
  )
  apart, together = (compilation.operations(find, weights(), images) for find in both)
  hidden, heads = 2 * 4 * 5 * 7, 2 * 4 * 7 * (2 + 3)
  assert (apart, together) == (4 * hidden + 3 * heads, 2 * hidden + 3 * heads)


def test_random_numbers_of_one_key_are_shared_and_those_of_others_are_not():
  def noise(one, other):
    return [jax.random.normal(key, (3,)) for key in (one, one, other)]

  first, second, third = shared(noise)(jax.random.key(0), jax.random.key(1))
  np.testing.assert_array_equal(first, second)
  assert not np.array_equal(first, third)
  np.testing.assert_array_equal([first, third], noise(jax.random.key(0), jax.random.key(1))[1:])


def test_numbers_of_different_types_and_signs_are_not_equal():
  def several(value):
    return value * 1.0, value * -0.0, value * 0.0, value.astype('int32'), value.astype('int8')

  found = shared(several)(jnp.float32(3))
  assert [(some.dtype, float(some)) for some in found] == [
    (some.dtype, float(some)) for some in several(jnp.float32(3))
  ]
  assert np.signbit(found[1])
  assert not np.signbit(found[2])


def test_loops_of_equal_bodies_are_one():
  def loops(start):
    body = lambda: lambda carry, _: (jnp.cos(carry @ carry), None)
    return [jax.lax.scan(body(), start, length=3)[0] for _ in range(2)]

  start = jnp.eye(2)
  np.testing.assert_array_equal(*shared(loops)(start))
  assert 2 * compilation.operations(shared(loops), start) == compilation.operations(loops, start)


class Judge(nn.Module):
  """Logits of images, which a tower of layers looks at, and of captions."""

  @nn.compact
  def __call__(self, captions, images, train=False):
    seen = jnp.tanh(nn.Dense(6)(layers.Conv(4)(images).reshape(len(images), -1)))
    seen = layers.BatchNorm(train)(seen)
    return {'logits': jnp.tanh(nn.Dense(1)(jnp.concatenate([seen, captions], -1)))[:, 0]}


@pytest.mark.long
def test_d_looks_once_at_real_images_that_it_judges_twice(tiny):
  """Losses and gradients are those of passes of their own; of the tower are as many as without."""

  def inputs(batch, images, augment, side):
    return batch['caption_wrong' if side == 'mismatched' else 'caption'], images

  discriminator, rng = Discriminator(tiny(), Judge(), inputs), jax.random.key(0)
  real, fake = jax.random.normal(rng, (2, 3, 4, 4, 1))
  right, wrong = jax.random.normal(rng, (2, 3, 2))
  variables = {'g': {}, 'd': Judge().init(rng, right, real, train=True)}
  batch = {'caption': right, 'caption_wrong': wrong, 'step': 0}

  def learn(change, also, params):
    def loss(params):
      verdict = discriminator.d_loss(with_params(variables, 'd', params), batch, real, fake, rng, also)
      return verdict.loss, (verdict.new, verdict.metrics)

    return jax.grad(change(loss), has_aux=True)(params)

  params, also = variables['d']['params'], {'mismatched': real}
  apart, together = (functools.partial(learn, change, also) for change in (lambda loss: loss, shared))
  found = jax.jit(lambda params: (apart(params), together(params)))(params)
  jax.tree.map(functools.partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-6), *found)
  alone = functools.partial(learn, shared, {})
  judging = 3 * 2 * 3 * (6 + 2)  # the last layer, and its two gradients
  costs = [compilation.operations(find, params) for find in (apart, together, alone)]
  assert costs[1] == costs[2] + judging
  assert costs[0] > costs[1] + judging
