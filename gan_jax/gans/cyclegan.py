"""Image to image without pairs: CycleGAN of Zhu et al. 2017, https://arxiv.org/abs/1703.10593.

The batch has 'source', images of domain A, and 'image', of domain B. G is two generators, A to B ('ab') and
back ('ba'), D two discriminators, of B ('b') and of A ('a').
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from gan_jax import errors, models
from gan_jax.configs.fields import Field
from gan_jax.data.spec import Spec
from gan_jax.evaluation.metrics import translation
from gan_jax.gans.contract import GAN, Presentation, merge
from gan_jax.gans.parts import image_pool
from gan_jax.gans.parts.discriminator import Discriminator

OPTIONS = {
  'cycle': Field(10.0, '>= 0', 'weight of E|x - back and forth|, eq. 2'),
  'identity': Field(0.5, '>= 0', 'of E|y - G(y)|, times `cycle`: sec. 5.2'),
  'pool': Field(50, '>= 0', 'past fakes that D sees again, Shrivastava et al. 2017; 0: none'),
}


def make(config: ConfigDict, spec: Spec) -> GAN:
  """A GAN whose generator 'ab' makes images like 'image' [B, H, W, C] of 'source' [B, H, W, C']."""
  shapes = {'a': spec.shape('source'), 'b': spec.shape('image')}
  if config.gan.identity and shapes['a'] != shapes['b']:
    raise errors.UserError(f'gan.identity needs domains of one shape, not {shapes}: set it to 0')
  generators = models.Several(
    {way: models.make(config, 'generator', image_shape=shapes[way[1]]) for way in ('ab', 'ba')}
  )
  networks = models.Several({side: models.make(config, 'discriminator') for side in shapes})
  discriminators = {side: Discriminator(config, networks, on_side(side), name=side) for side in shapes}
  weights = config.gan

  def domains(batch):
    return {'a': batch['source'], 'b': batch['image']}

  def init(rng, batch):
    g_rng, d_rng = jax.random.split(rng)
    real = domains(batch)
    return {
      'g': generators.init(g_rng, {'ab': real['a'], 'ba': real['b']}, method='all'),
      'd': networks.init(d_rng, real, method='all'),
      'pool': {side: image_pool.init(weights.pool, shape) for side, shape in shapes.items() if weights.pool},
    }

  def draw(rng, batch):
    return {}

  def translate(variables, way, images, train, rng):
    """(what the generator `way` makes of some batches of images, in one pass; variables after it)."""
    mixed = jnp.stack(images, 1).reshape(-1, *images[0].shape[1:])  # not one after the other: devices
    translated, new = models.run(generators, variables['g'], way, mixed, train=train, rng=rng)
    parts = jnp.moveaxis(translated.reshape(-1, len(images), *translated.shape[1:]), 1, 0)
    return parts, merge(variables, {'g': new})

  def generate(variables, batch, rng, train):
    a, b = batch['source'], batch['image']
    ab_rng, ba_rng, back_to_a_rng, back_to_b_rng = jax.random.split(rng, 4)
    fakes = {}
    if weights.identity:  # a translator to a domain leaves what is there already
      (image, fakes['same_b']), variables = translate(variables, 'ab', [a, b], train, ab_rng)
      (source, fakes['same_a']), variables = translate(variables, 'ba', [b, a], train, ba_rng)
    else:
      (image,), variables = translate(variables, 'ab', [a], train, ab_rng)
      (source,), variables = translate(variables, 'ba', [b], train, ba_rng)
    (cycle_a,), variables = translate(variables, 'ba', [image], train, back_to_a_rng)
    (cycle_b,), variables = translate(variables, 'ab', [source], train, back_to_b_rng)
    fakes |= {'image': image, 'source': source, 'cycle_a': cycle_a, 'cycle_b': cycle_b}
    return fakes, {'g': {name: value for name, value in variables['g'].items() if name != 'params'}}

  def d_loss(variables, batch, fakes, rng):
    real, fake, loss, metrics, new = domains(batch), domains(fakes), 0.0, {}, {'pool': {}}
    for side, side_rng in zip(shapes, jax.random.split(rng), strict=True):
      pool_rng, loss_rng = jax.random.split(side_rng)
      shown = fake[side]
      if weights.pool:
        shown, new['pool'][side] = image_pool.exchange(variables['pool'][side], shown, pool_rng)
      verdict = discriminators[side].d_loss(variables, batch, real[side], shown, loss_rng)
      variables = merge(variables, verdict.new)
      loss += verdict.loss
      new |= verdict.new
      metrics |= {f'{name}_{side}': value for name, value in verdict.metrics.items()}
    mean = lambda name: (metrics[f'{name}_a'] + metrics[f'{name}_b']) / 2
    told = [name for name in ('real_logit', 'fake_logit', 'accuracy') if f'{name}_a' in metrics]
    return loss, (new, {**metrics, 'loss': loss, **{name: mean(name) for name in told}})

  def g_loss(variables, batch, fakes, rng):
    real, fake = domains(batch), domains(fakes)
    verdicts = [
      discriminators[side].g_loss(variables, batch, real[side], fake[side], side_rng)
      for side, side_rng in zip(shapes, jax.random.split(rng), strict=True)
    ]
    apart = lambda name: sum(jnp.abs(real[side] - fakes[f'{name}_{side}']).mean() for side in shapes)
    terms = {'adversarial': sum(verdict.loss for verdict in verdicts), 'cycle': apart('cycle')}
    loss = terms['adversarial'] + weights.cycle * terms['cycle']
    if weights.identity:
      terms['identity'] = apart('same')
      loss += weights.cycle * weights.identity * terms['identity']
    return loss, ({}, {'loss': loss, **terms})

  def show(batch, fakes):
    there = {'A': batch['source'], 'A to B': fakes['image'], 'and back': fakes['cycle_a']}
    return {**there, 'B': batch['image'], 'B to A': fakes['source'], 'and back ': fakes['cycle_b']}

  def score(batch, fakes):
    real = domains(batch)
    scores = {f'l1_cycle_{side}': translation.l1(real[side], fakes[f'cycle_{side}']) for side in shapes}
    if 'target' in batch:
      scores |= translation.score(batch['target'], fakes['image'], identity=batch['source'])
    return scores

  presentation = Presentation(show=show, score=score, translates={'source': 'image', 'image': 'source'})
  state = discriminators['a'].with_state(discriminators['b'].with_state(init))
  judge = discriminators['b'].discriminate
  return GAN(state, draw, generate, judge, d_loss, g_loss, presentation)


def on_side(side: str) -> Callable:
  """The inputs of the discriminator of one domain: its name, and the images."""
  return lambda batch, images, augment, _: (side, augment(images))
