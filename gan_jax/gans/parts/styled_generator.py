"""How a game makes its fakes of latents: at once, or by way of styles where its generator has them.

A generator with the methods `mapping(*inputs, train)`, which gives styles [B, L, W] of L layers, and
`synthesis(styles, train)` has styles. Its field `mixing`, if there is one, is the share of examples that
learn with the styles of two latents: Karras et al. 2019, sec. 3.1, https://arxiv.org/abs/1812.04948.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, PRNGKeyArray

from gan_jax import models
from gan_jax.configs.traced import absent
from gan_jax.gans.contract import Batch, Variables

Styles = Float[Array, 'B L W']


def generating(generator: nn.Module, inputs: Callable, distribution: Callable) -> Callable:
  """A GAN's `generate` of {'image': [B, ...]}; inputs(batch) is the tuple that the network is called with.

  With styles it gives those, too, in training, and takes 'styles' of the batch in the place of its latents.
  `distribution(rng, shape)` draws the other latents that are mixed in.
  """

  def at_once(variables: Variables, batch: Batch, rng: PRNGKeyArray, train: bool) -> tuple[dict, dict]:
    images, new = models.run(generator, variables['g'], *inputs(batch), train=train, rng=rng)
    return {'image': images}, {'g': new}

  def by_styles(variables: Variables, batch: Batch, rng: PRNGKeyArray, train: bool) -> tuple[dict, dict]:
    g = variables['g']
    if 'styles' not in batch:
      styles, new = models.run(generator, g, *inputs(batch), train=train, method='mapping')
      batch, g = {**batch, 'styles': crossed(g, batch, styles, rng) if train else styles}, {**g, **new}
    images, new = models.run(generator, g, batch['styles'], train=train, rng=rng, method='synthesis')
    return {'image': images, **({'styles': batch['styles']} if train else {})}, {'g': new}

  def crossed(g: dict[str, Any], batch: Batch, styles: Styles, rng: PRNGKeyArray) -> Styles:
    share = getattr(generator, 'mixing', 0.0)
    if absent(share):
      return styles
    latents_rng, mixing_rng = jax.random.split(jax.random.fold_in(rng, 2))  # fold 1 is that of penalties
    other = {**batch, 'latents': distribution(latents_rng, batch['latents'].shape)}
    others, _ = models.run(generator, g, *inputs(other), train=False, method='mapping')
    return mixed(styles, others, share, mixing_rng)

  return by_styles if hasattr(generator, 'mapping') and hasattr(generator, 'synthesis') else at_once


def mixed(styles: Styles, others: Styles, share: float | Float[Array, ''], rng: PRNGKeyArray) -> Styles:
  """The styles; a share of examples has the others from a layer on, drawn at random, but not the first."""
  chosen_rng, layer_rng = jax.random.split(rng)
  count, layers = styles.shape[:2]
  start = jax.random.randint(layer_rng, (count, 1), 1, max(layers, 2))
  chosen = jax.random.bernoulli(chosen_rng, share, (count, 1))
  return jnp.where((chosen & (jnp.arange(layers) >= start))[..., None], others, styles)
