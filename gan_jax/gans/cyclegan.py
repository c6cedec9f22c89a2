"""Image to image without pairs: CycleGAN of Zhu et al. 2017, https://arxiv.org/abs/1703.10593.

The batch has 'source', images of domain A, and 'image', of domain B. G is two generators, A to B ('ab') and
back ('ba'), D two discriminators, of B ('b') and of A ('a').
"""

import jax
import jax.numpy as jnp

from gan_jax import errors, models
from gan_jax.evaluation.metrics import translation
from gan_jax.gans.parts import image_pool
from gan_jax.gans.parts.discriminator import Adversary
from gan_jax.training.step import GAN

OPTIONS = {
  'cycle': 10.0,  # weight of E|x - back and forth|, eq. 2
  'identity': 0.5,  # of E|y - G(y)|, times `cycle`: sec. 5.2
  'pool': 50,  # past fakes that D sees again, Shrivastava et al. 2017; 0 for none
}


def make(config, spec):
  """A GAN whose generator 'ab' makes images like 'image' [B, H, W, C] of 'source' [B, H, W, C']."""
  shapes = {'a': spec['source'].shape[1:], 'b': spec['image'].shape[1:]}
  if config.gan.identity and shapes['a'] != shapes['b']:
    raise errors.UserError(f'gan.identity needs domains of one shape, not {shapes}: set it to 0')
  generators = models.Several(
    {way: models.make(config, 'generator', image_shape=shapes[way[1]]) for way in ('ab', 'ba')}
  )
  discriminators = models.Several({side: models.make(config, 'discriminator') for side in shapes})
  adversary, weights = Adversary(config, discriminators), config.gan
  see = {side: lambda images, side=side: (side, images) for side in shapes}

  def domains(batch):
    return {'a': batch['source'], 'b': batch['image']}

  def init(rng, batch):
    g_rng, d_rng = jax.random.split(rng)
    real = domains(batch)
    return {
      'g': generators.init(g_rng, {'ab': real['a'], 'ba': real['b']}, method='all'),
      'd': discriminators.init(d_rng, real, method='all'),
      'pool': {side: image_pool.init(weights.pool, shape) for side, shape in shapes.items() if weights.pool},
    }

  def draw(rng, batch):
    return {}

  def generate(variables, batch, rng, train):
    real, rngs, new = domains(batch), iter(jax.random.split(rng, 4)), variables['g']

    def translate(way, *images):
      """What a generator makes of some batches, in one pass."""
      nonlocal new
      mixed = jnp.stack(images, 1).reshape(-1, *images[0].shape[1:])  # not one after the other: devices
      made, after = models.run(generators, new, way, mixed, train=train, rng=next(rngs))
      new = {**new, **after}
      return jnp.moveaxis(made.reshape(-1, len(images), *made.shape[1:]), 1, 0)

    same = bool(weights.identity)
    image, *same_b = translate('ab', real['a'], *[real['b']] * same)
    source, *same_a = translate('ba', real['b'], *[real['a']] * same)
    (cycle_a,), (cycle_b,) = translate('ba', image), translate('ab', source)
    fakes = {'image': image, 'source': source, 'cycle_a': cycle_a, 'cycle_b': cycle_b}
    if same:
      fakes |= {'same_a': same_a[0], 'same_b': same_b[0]}
    return fakes, {'g': {name: value for name, value in new.items() if name != 'params'}}

  def discriminate(variables, batch, images):
    return adversary.outputs(variables, 'b', images)

  def d_loss(variables, batch, fakes, rng):
    real, made, loss, metrics, new = domains(batch), domains(fakes), 0.0, {}, {'pool': {}}
    for side, side_rng in zip(shapes, jax.random.split(rng), strict=True):
      pool_rng, loss_rng = jax.random.split(side_rng)
      old = made[side]
      if weights.pool:
        old, new['pool'][side] = image_pool.exchange(variables['pool'][side], old, pool_rng)
      verdict = adversary.d_loss(variables, batch, real[side], old, loss_rng, see[side])
      variables = {**variables, 'd': {**variables['d'], **verdict.new['d']}}
      loss += verdict.loss
      metrics |= {f'{name}_{side}': value for name, value in verdict.metrics.items()}
    new['d'] = {name: value for name, value in variables['d'].items() if name != 'params'}
    mean = lambda name: (metrics[f'{name}_a'] + metrics[f'{name}_b']) / 2
    return loss, (new, {**metrics, 'loss': loss, **{n: mean(n) for n in ('real_logit', 'fake_logit')}})

  def g_loss(variables, batch, fakes, rng):
    real, made = domains(batch), domains(fakes)
    verdicts = [
      adversary.g_loss(variables, batch, real[side], made[side], side_rng, see[side])
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
    told = {f'l1_cycle_{side}': translation.l1(real[side], fakes[f'cycle_{side}']) for side in shapes}
    if 'target' in batch:
      told |= translation.score(batch['target'], fakes['image'], identity=batch['source'])
    return told

  ways = {'source': 'image', 'image': 'source'}
  return GAN(init, draw, generate, discriminate, d_loss, g_loss, show=show, score=score, translates=ways)
