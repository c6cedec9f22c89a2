"""What games in PyTorch have in common: losses, penalties, updates, and which configs they are for.

Learning rates stay what they are at first, since a schedule takes no time.
"""

import functools

import torch
from torch.nn.functional import relu, softplus

from gan_jax import errors

LOSSES = {  # (D's, G's) of (real logits, fake logits): see gan_jax.losses
  'non_saturating': (
    lambda real, fake: softplus(-real).mean() + softplus(fake).mean(),
    lambda real, fake: softplus(-fake).mean(),
  ),
  'relativistic': (
    lambda real, fake: softplus(fake - real).mean(),
    lambda real, fake: softplus(real - fake).mean(),
  ),
  'hinge': (
    lambda real, fake: relu(1 - real).mean() + relu(1 + fake).mean(),
    lambda real, fake: -fake.mean(),
  ),
}
HERE = {  # what fields may say: PyTorch's side plays the same game, or none
  'loss': tuple(LOSSES),
  'label_smoothing': (0,),
  'instance_noise.sigma': (0,),
  'augment.name': ('none',),
  'penalty.gp': (0,),
  'penalty.final_scale': (1,),
  'train.dtype': ('float32',),
  'train.g_steps': (1,),
  'train.latents': ('shared',),
  'g_optimizer.name': ('adam',),
  'd_optimizer.name': ('adam',),
}


def check(config, here):
  """Raises UserError for a config of another game than HERE and `here`, {field: values}, tell of."""
  for field, known in {**HERE, **here}.items():
    value = functools.reduce(lambda section, name: section[name], field.split('.'), config)
    if value not in known:
      raise errors.UserError(f"PyTorch's side has no {field}={value}, but {', '.join(map(str, known))}")


def update(parts, side, loss):
  """One step of Adam; no gradient is computed but that of the side's weights."""
  parts[f'{side}_adam'].zero_grad()
  loss.backward(inputs=list(parts[side].parameters()))
  parts[f'{side}_adam'].step()
  torch.clear_autocast_cache()  # it holds the weights of before, in bfloat16, to the end of its context


def penalty(logits, images):
  """1/2 E[||grad logits||^2] with respect to images [B, ...], which can be differentiated again: R1 or R2."""
  (slope,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
  return 0.5 * slope.flatten(1).square().sum(1).mean()
