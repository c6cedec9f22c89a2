"""Where things are, of a caption and of what is known: the keypoint generator of Reed et al. 2016, sec. 3.4.

https://arxiv.org/abs/1610.02454. The batch has 'keypoints' [B, P, 3] of (y, x, visible) in [0, 1], 'caption'
and 'caption_wrong'; G is given 'latents', 'fake_caption', 'fake_keypoints' and 'fake_known' [B, P], which of
those are known. It makes the others: s * k + (1 - s) * f(z, t, s * k, s). gans/gawwn.py draws what is there.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from ml_collections import ConfigDict

from gan_jax import models
from gan_jax.configs.fields import Field
from gan_jax.data.spec import Spec
from gan_jax.gans.contract import GAN, Presentation
from gan_jax.gans.latent import latent_distribution
from gan_jax.gans.parts import encoders, painted, point_scores, words
from gan_jax.gans.parts.discriminator import Discriminator
from gan_jax.models.mlp import Joined

READS_CONDITIONS = True  # `draw` does, of the data: a run keeps rows of them
OPTIONS = {
  'known': Field(0.1, '[0, 1]', 'how often each point is known while G learns'),
  'switch': Field(False, about='D is told which points are known, which it is not in the paper'),
  'mismatched': Field(True, about='D has to reject real keypoints with captions of others, too'),
  **words.OPTIONS,
}


def make(config: ConfigDict, spec: Spec) -> GAN:
  """A GAN of keypoints that a caption tells of. Raises UserError for data without captions or keypoints."""
  reading, options = words.Words(config, spec), config.gan
  shape, size = spec.shape('keypoints'), spec.shape('image')[:2]
  generator = reading.reader(Joined(models.make(config, 'generator', image_shape=shape)))
  network = reading.reader(Joined(models.make(config, 'discriminator')))
  mismatched = options.mismatched and bool(spec.shape('caption_wrong'))
  distribution = latent_distribution(config.latents)
  captions = {'real': 'caption', 'mismatched': 'caption_wrong', 'fake': 'fake_caption'}

  def given(batch):
    known = batch['fake_known']
    return batch['fake_caption'], batch['latents'], known[..., None] * wide(batch['fake_keypoints']), known

  def inputs(batch, points, augment, side):
    return batch[captions[side]], wide(augment(points)), *([batch['fake_known']] * options.switch)

  discriminator = Discriminator(config, network, inputs)

  def init(rng, batch):
    g_rng, d_rng, draw_rng = jax.random.split(rng, 3)
    read = reading.read(reading.frozen, {**batch, **draw(draw_rng, batch)})
    return {
      'g': generator.init(g_rng, *given(read), train=True),
      'd': network.init(d_rng, *inputs(read, read['keypoints'], lambda points: points, 'real'), train=True),
      **reading.frozen,
    }

  def draw(rng, batch):
    latents_rng, known_rng = jax.random.split(rng)
    points = batch['keypoints']
    known = jax.random.bernoulli(known_rng, options.known, points.shape[:2])
    return {
      'latents': distribution(latents_rng, (len(points), config.latents.dim)),
      'fake_caption': batch['caption'],
      'fake_keypoints': points,
      'fake_known': known.astype(points.dtype),
    }

  def generate(variables, batch, rng, train):
    asked = given(reading.read(variables, batch))
    made, new = models.run(generator, variables['g'], *asked, train=train, rng=rng)
    known = batch['fake_known'][..., None]
    return {'keypoints': known * batch['fake_keypoints'] + (1 - known) * placed(made)}, {'g': new}

  def d_loss(variables, batch, fakes, rng):
    real, read = batch['keypoints'], reading.read(variables, batch)
    also = {'mismatched': real} if mismatched else {}
    verdict = discriminator.d_loss(variables, read, real, fakes['keypoints'], rng, also)
    return verdict.loss, (verdict.new, verdict.metrics)

  def g_loss(variables, batch, fakes, rng):
    read = reading.read(variables, batch)
    verdict = discriminator.g_loss(variables, read, batch['keypoints'], fakes['keypoints'], rng)
    return verdict.loss, (verdict.new, verdict.metrics)

  def discriminate(variables, batch, points, side='fake'):
    return discriminator.discriminate(variables, reading.read(variables, batch), points, side)

  def examine(variables, batch, rng):
    judge = lambda side: discriminate(variables, batch, batch['keypoints'], side)['logits']
    right = {'right_caption_first': judge('real') > judge('mismatched')} if mismatched else {}
    play = lambda **asked: made(variables, {**batch, **asked})
    found = {**right, **point_scores.known_errors(play, distribution, batch, rng)}
    return {name: values.astype(jnp.float32) for name, values in found.items()}

  def made(variables, batch):
    return generate(variables, batch, jax.random.key(0), train=False)[0]['keypoints']

  def show(batch, fakes):
    return {'generated': painted.alone(fakes['keypoints'], size, batch['fake_known'])}

  presentation = Presentation(
    view='keypoints',
    output='keypoints',
    ranges={
      'fake_caption': (0, len(spec.vocabulary) - 1),
      **dict.fromkeys(('fake_keypoints', 'fake_known'), (0, 1)),
    },
    encoders={
      'fake_caption': encoders.captions(spec),
      'fake_known': lambda value: np.full(shape[0], value) if np.ndim(value) == 0 else value,
    },
    show=show,
    score=point_scores.score,
    examine=examine,
    figures=painted.figures(made, size),
  )
  parts = {'d_loss': d_loss, 'discriminate': discriminate, 'presentation': presentation}
  return discriminator.game(init, draw, generate, g_loss, **parts)


def wide(points: Float[Array | np.ndarray, 'B P 3']) -> Float[Array, 'B P 3']:
  """Keypoints as networks take them, in [-2, 2]: shapes that are small in [0, 1] are seen sooner."""
  return 4 * points - 2


def placed(outputs: Float[Array, 'B P 3']) -> Float[Array, 'B P 3']:
  """Keypoints (y, x, visible) of a network's outputs in [-1, 1]: visible is 0 or 1, and all of 0 not seen.

  As in the data, so that D does not know fakes by it; the gradient goes straight through the rounding
  (Bengio et al. 2013, https://arxiv.org/abs/1308.3432).
  """
  shares = (outputs + 1) / 2
  places, chance = shares[..., :2], shares[..., 2:]
  seen = chance + jax.lax.stop_gradient((chance > 0.5) - chance)
  return jnp.concatenate([places * seen, seen], -1)
