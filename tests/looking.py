"""Generators whose insides are known, for what looks into them: linear ones, and one with styles."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from gan_jax import gans
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import Presentation
from gan_jax.gans.parts import styles
from gan_jax.gans.sampler import Sampler

SHAPE, DIM, LAYERS, CLASSES = (4, 4, 3), 5, 3, 4
SPEC = Spec({'image': jax.ShapeDtypeStruct((4, *SHAPE), jnp.float32)})


class Linear(nn.Module):
  """Images that are linear in the latents, or with `hidden`, not."""

  hidden: int = 0

  @nn.compact
  def __call__(self, latents, train=False):
    if self.hidden:
      latents = nn.relu(nn.Dense(self.hidden, name='first')(latents))
    return nn.Dense(np.prod(SHAPE), name='last', bias_init=nn.initializers.normal())(latents).reshape(
      -1, *SHAPE
    )


class Styled(nn.Module):
  """Latents to styles [B, LAYERS, 6]; each layer's style colours a part of the image, by an affine map."""

  def setup(self):
    self.hidden, self.affine = nn.Dense(6), [nn.Dense(16) for _ in range(LAYERS)]

  def mapping(self, latents, train=False):
    return jnp.repeat(jnp.tanh(self.hidden(latents))[:, None], LAYERS, 1)

  def synthesis(self, points, train=False):
    parts = [affine(points[:, k]).reshape(-1, 4, 4) for k, affine in enumerate(self.affine)]
    return jnp.tanh(jnp.stack(parts, -1))

  def __call__(self, latents, train=False):
    return self.synthesis(self.mapping(latents))


def game(network, labels=False, **changes):
  """The game of a generator; with `labels` this is given them, one-hot, beside its latents."""

  def inputs(batch):
    vector = [jax.nn.one_hot(batch['fake_label'], CLASSES)] if labels else []
    return (jnp.concatenate([batch['latents'], *vector], -1),)

  def draw(rng, batch):
    count = len(batch['image'])
    label = {'fake_label': jax.random.randint(rng, (count,), 0, CLASSES)} if labels else {}
    return {'latents': jax.random.normal(rng, (count, DIM)), **label}

  def generate(variables, batch, rng, train):
    return {'image': network.apply(variables['g'], *inputs(batch))}, {}

  unused = lambda *_: None
  usual = {'init': unused, 'draw': draw, 'generate': generate, 'g_loss': unused, 'discriminate': None}
  usual |= {'d_loss': None, 'presentation': Presentation(styles=styles.of(network, inputs))}
  return gans.GAN(**{**usual, **changes})


def sampler(network, labels=False, **changes):
  """The Sampler of a generator with weights of the seed 0."""
  width = DIM + (CLASSES if labels else 0)
  variables = {'g': network.init(jax.random.key(0), jnp.zeros((1, width)))}
  return Sampler(game(network, labels, **changes), SPEC, variables)


def kernel(sampler, name):
  """The weights [in, out] of a layer."""
  return np.asarray(sampler.variables['g']['params'][name]['kernel'])
