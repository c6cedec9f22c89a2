"""The game of gan_jax.gans.conditional by class in PyTorch eager, with what makes that fast.

The forward pass of D on real images serves its loss and R1 alike, that on fakes its loss and R2.
"""

import torch
from torch.nn.functional import cross_entropy, one_hot

from benchmarks import torch_class_networks, torch_game
from benchmarks.torch_updates import LOSSES, check, penalty, update

HERE = {
  'generator.name': ('dcgan',),
  'discriminator.name': tuple(torch_class_networks.FEATURES),
  'condition.name': tuple(torch_class_networks.WAYS),
  'condition.mismatched': (False,),
}


def make(config, dataset, layout='NCHW', fused=False):
  """{'g', 'd', 'g_adam', 'd_adam', 'step', 'draw', 'classes', 'steps': how many were made}.

  See torch_game.make. Raises UserError for games that are not here.
  """
  check(config, HERE)
  shape, classes = dataset.image_shape, len(dataset.label_names)
  g = torch_class_networks.generator(config, shape, classes)
  d = torch_class_networks.discriminator(config, shape, classes)
  return {
    **torch_game.players(config, g, d, layout, fused),
    'step': step,
    'draw': draw(config, classes),
    'classes': classes,
    'steps': 0,
  }


def draw(config, classes):
  """A function of labels [B] that gives (latents [B, latents.dim], labels [B] that G is asked for)."""
  drawn = torch_game.latents(config, config.train.batch_size)

  def of(labels):
    bound = classes if config.condition.law == 'uniform' else len(labels)
    chosen = torch.randint(bound, labels.shape, device=labels.device)
    return next(drawn), chosen if config.condition.law == 'uniform' else labels[chosen]

  return of


def step(parts, config, images, labels):
  """{'d/loss', 'g/loss'}, tensors []: an update of D on each of `d_steps` parts of a batch, and one of G."""
  g, vectors = parts['g'], lambda some: one_hot(some, parts['classes']).float()
  rounds = config.train.d_steps
  batches = list(zip(images.chunk(rounds), labels.long().chunk(rounds), strict=True))
  for k, (real, label) in enumerate(batches):
    latents, asked = parts['draw'](label)
    wanted = vectors(asked)
    with torch.set_grad_enabled(k == rounds - 1):  # the last fakes are those that G learns from
      fake = g(latents, wanted)
    sides = {'real': (real, label, vectors(label)), 'fake': (fake, asked, wanted)}
    d_loss = of_discriminator(parts, config, sides)
    update(parts, 'd', d_loss)
  g_loss = of_generator(parts, config, sides)
  update(parts, 'g', g_loss)
  parts['steps'] += 1
  return {'d/loss': d_loss.detach(), 'g/loss': g_loss.detach()}


def of_discriminator(parts, config, sides):
  """D's loss []; `sides` is {'real', 'fake': (images, labels [B], the same one-hot [B, K])}."""
  condition, every = config.condition, config.penalty.every
  gammas = {'real': config.penalty.r1, 'fake': config.penalty.r2}
  logits, loss = {}, 0.0
  for side, (images, labels, vectors) in sides.items():
    penalized = gammas[side] and parts['steps'] % every == 0
    images = images.detach().requires_grad_(bool(penalized))
    logits[side], read = parts['d'](images, vectors)
    if penalized:
      loss = loss + every * gammas[side] * penalty(logits[side], images)
    if read is not None and (side == 'real' or condition.get('fakes')):
      loss = loss + condition.d_weight * cross_entropy(read, labels)
  return loss + LOSSES[config.loss][0](**logits)


def of_generator(parts, config, sides):
  """G's loss []."""
  real, real_logits = sides['real'], None
  if config.loss == 'relativistic':
    with torch.no_grad():
      real_logits, _ = parts['d'](real[0], real[2])
  fake, asked, vectors = sides['fake']
  logits, read = parts['d'](fake, vectors)
  loss = LOSSES[config.loss][1](real_logits, logits)
  return loss if read is None else loss + config.condition.g_weight * cross_entropy(read, asked)
