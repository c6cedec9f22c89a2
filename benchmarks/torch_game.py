"""The game of gan_jax.gans.latent in PyTorch eager as its users write it, with what makes that fast.

One forward pass of G for both players where they share the latents, one of D for its loss and R1, no gradient
of D's weights in G's update, all data in memory, and the memory layout and the form of Adam that are fastest
on this machine.
"""

import itertools

import jax
import numpy as np
import torch
from torch.nn.functional import softplus

from benchmarks import race, torch_networks
from benchmarks.torch_updates import penalty, update

LAYOUTS = {'NHWC': torch.channels_last, 'NCHW': torch.contiguous_format}
DEVICE = 'cpu' if jax.default_backend() == 'cpu' else 'cuda'  # the same kind of device for both sides


def make(config, shape, layout='NCHW', fused=False):
  """{'g', 'd': networks, 'g_adam', 'd_adam': their optimizers}; `layout` is a name in LAYOUTS.

  `shape` is that of an example, (H, W, C) or (D,); `fused` makes an Adam step one operation.
  """
  g, d = torch_networks.generator(config, shape), torch_networks.discriminator(config, shape)
  return players(config, g, d, layout, fused)


def players(config, g, d, layout, fused):
  """What `make` gives, of any two networks."""
  parts = {'g': g, 'd': d}
  for side, options in (('g', config.g_optimizer), ('d', config.d_optimizer)):
    parts[side].to(DEVICE, memory_format=LAYOUTS[layout])
    betas, params = (options.b1, options.b2), parts[side].parameters()
    parts[f'{side}_adam'] = torch.optim.Adam(params, options.learning_rate, betas, fused=fused or None)
  return parts


def tuned():
  """On a GPU products of float32 in TF32, as JAX has them, and convolutions of the fastest kind."""
  if DEVICE == 'cuda':
    torch.set_float32_matmul_precision('high')
    torch.backends.cudnn.benchmark = True


def step(parts, config, real, drawn):
  """{'d/loss', 'g/loss'}, tensors []: one update of D and `g_steps` of G, on the next of `drawn` latents."""
  (g, d), latents = (parts['g'], parts['d']), next(drawn)
  with torch.set_grad_enabled(config.train.latents != 'fresh'):  # G's own ones are made below
    fake = g(latents)
  real = real.detach().requires_grad_(bool(config.penalty.r1))
  real_logits = d(real)
  d_loss = softplus(-real_logits).mean() + softplus(d(fake.detach())).mean()
  if config.penalty.r1:
    d_loss = d_loss + config.penalty.r1 * penalty(real_logits, real)
  update(parts, 'd', d_loss)
  for i in range(config.train.g_steps):
    if config.train.latents == 'fresh':
      latents = next(drawn)
    if i or config.train.latents == 'fresh':
      fake = g(latents)
    g_loss = softplus(-d(fake)).mean()
    update(parts, 'g', g_loss)
  return {'d/loss': d_loss.detach(), 'g/loss': g_loss.detach()}


def latents(config, count):
  """Latents [count, latents.dim] without end, of the config's law: uniform on [-1, 1), or normal."""
  uniform = config.latents.law == 'uniform'
  while True:
    yield (
      torch.rand(count, config.latents.dim, device=DEVICE) * 2 - 1
      if uniform
      else torch.randn(count, config.latents.dim, device=DEVICE)
    )


def on_device(examples):
  """Numpy examples as a tensor, images [N, H, W, C] with the channels first."""
  tensor = torch.from_numpy(np.array(examples)).to(DEVICE)
  return tensor.movedim(-1, 1) if tensor.ndim == 4 else tensor


def laid_out(examples, layout):
  """Images in the layout of this name; other examples as they are."""
  return examples.contiguous(memory_format=LAYOUTS[layout]) if examples.ndim == 4 else examples


def scaled(examples):
  """uint8 images in [-1, 1]; floats as they are."""
  return examples / 127.5 - 1 if examples.dtype == torch.uint8 else examples


def fastest(config, shape, examples):
  """The keywords of make() whose step is the fastest here."""
  kinds = [{'layout': layout, 'fused': fused} for layout, fused in itertools.product(LAYOUTS, (False, True))]
  kinds = kinds if len(shape) == 3 else kinds[-2:]  # vectors have one layout
  some, drawn = examples[: config.train.batch_size], latents(config, config.train.batch_size)

  def work(parts, layout):
    real = scaled(laid_out(some, layout))

    def one_step(count):
      step(parts, config, real, drawn)['g/loss'].item()
      return 1

    return one_step

  return kinds[race.fastest([work(make(config, shape, **kind), kind['layout']) for kind in kinds])]


def generate(parts, config, count, batch=500):
  """`count` images or vectors, float32 numpy [count, H, W, C] or [count, D]."""
  parts['g'].eval()
  with torch.no_grad():
    images = [parts['g'](next(latents(config, min(batch, count - done)))) for done in range(0, count, batch)]
  parts['g'].train()
  return torch.cat(images).movedim(1, -1).cpu().numpy()
