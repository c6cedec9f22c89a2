"""configs/dcgan_mnist.py trained by PyTorch eager as its users write it, with what makes that fast.

One forward pass of G for both players, no gradient of D's weights in G's update, all images in memory, and
the memory layout that is faster on this machine. A run's folder has a checkpoint for every epoch.
"""

import math
import time

import jax
import numpy as np
import torch
from torch.nn.functional import softplus

from benchmarks import torch_networks
from gan_jax import writers

LAYOUTS = {'NHWC': torch.channels_last, 'NCHW': torch.contiguous_format}
DEVICE = 'cpu' if jax.default_backend() == 'cpu' else 'cuda'  # the same kind of device for both sides


def train(config, run, images, epochs, steps_per_epoch, notice=print):
  """Trains on `images` uint8 [N, H, W, C], from the last epoch that is saved in the run's folder."""
  start = max((epoch for epoch in range(1, epochs + 1) if checkpoint(run, epoch).exists()), default=0)
  if start == epochs:
    return
  images = torch.from_numpy(np.array(images)).movedim(-1, 1).to(DEVICE)
  layout = faster_layout(config, images)
  torch.manual_seed(config.seed)
  parts = make(config, layout)
  if start:
    restore(parts, run, start)
  notice(f'{run.folder}: PyTorch in {layout}, from epoch {start}')
  run.folder.mkdir(parents=True, exist_ok=True)
  with writers.Writers(run, config, start * steps_per_epoch) as out:
    for epoch in range(start, epochs):
      train_epoch(parts, config, images, epoch, steps_per_epoch, out)
      save(parts, run, epoch + 1)


def train_epoch(parts, config, images, epoch, steps, out):
  """Makes `steps` updates; order and latents follow from the epoch, so that a resumed run repeats them."""
  torch.manual_seed(2**16 * config.seed + epoch)
  size = config.train.batch_size
  order = torch.randperm(len(images)).to(DEVICE)
  for i in range(steps):
    real = images[order[i * size : (i + 1) * size]]
    losses = step(parts, real / 127.5 - 1, draw(config, size))
    now = epoch * steps + i + 1
    out.progress(now)
    if now % config.log.every == 0:
      values = {name: round(loss.item(), 6) for name, loss in losses.items()}
      out.scalars(now, {**values, 'examples_per_second': out.rate(now)})


def step(parts, real, latents):
  """Both losses, tensors []: one update of D and one of G, through one forward pass of G."""
  g, d, g_adam, d_adam = (parts[name] for name in ('g', 'd', 'g_adam', 'd_adam'))
  fake = g(latents)
  d_loss = softplus(-d(real)).mean() + softplus(d(fake.detach())).mean()
  d_adam.zero_grad()
  d_loss.backward()
  d_adam.step()
  d.requires_grad_(False)
  g_loss = softplus(-d(fake)).mean()
  g_adam.zero_grad()
  g_loss.backward()
  g_adam.step()
  d.requires_grad_(True)
  return {'d/loss': d_loss.detach(), 'g/loss': g_loss.detach()}


def make(config, layout='NCHW'):
  """{'g', 'd': networks, 'g_adam', 'd_adam': their optimizers}; `layout` is a name in LAYOUTS."""
  parts = {'g': torch_networks.generator(config), 'd': torch_networks.discriminator(config)}
  for side, options in (('g', config.g_optimizer), ('d', config.d_optimizer)):
    parts[side].to(DEVICE, memory_format=LAYOUTS[layout])
    betas = (options.b1, options.b2)
    parts[f'{side}_adam'] = torch.optim.Adam(parts[side].parameters(), options.learning_rate, betas)
  return parts


def draw(config, count):
  """Latents [count, latents.dim], uniform on [-1, 1)."""
  return torch.rand(count, config.latents.dim, device=DEVICE) * 2 - 1


def faster_layout(config, images, rounds=6):
  """The layout whose fastest step is the shorter one here; `rounds` steps in each, in turns."""
  rivals = {layout: make(config, layout) for layout in LAYOUTS}
  seconds = dict.fromkeys(LAYOUTS, math.inf)
  real = images[: config.train.batch_size] / 127.5 - 1
  for _ in range(rounds):
    for layout, parts in rivals.items():
      begun = time.perf_counter()
      step(parts, real, draw(config, len(real)))['g/loss'].item()
      seconds[layout] = min(seconds[layout], time.perf_counter() - begun)
  return min(seconds, key=seconds.get)


def generate(config, run, epoch, count, batch=500):
  """`count` images, float32 numpy [count, H, W, C] in [-1, 1], by the generator as it was after `epoch`."""
  parts = make(config)
  restore(parts, run, epoch)
  parts['g'].eval()
  torch.manual_seed(config.seed)
  with torch.no_grad():
    made = [parts['g'](draw(config, min(batch, count - done))) for done in range(0, count, batch)]
  return torch.cat(made).movedim(1, -1).cpu().numpy()


def checkpoint(run, epoch):
  """The file that holds the state after `epoch`."""
  return run.checkpoints / f'epoch_{epoch:03d}.pt'


def save(parts, run, epoch):
  """Writes the state after `epoch`, whole or not at all."""
  file = checkpoint(run, epoch)
  file.parent.mkdir(parents=True, exist_ok=True)
  partial = file.with_suffix('.partial')
  torch.save({name: part.state_dict() for name, part in parts.items()}, partial)
  partial.replace(file)


def restore(parts, run, epoch):
  """Gives networks and optimizers the state that they had after `epoch`."""
  saved = torch.load(checkpoint(run, epoch), map_location=DEVICE, weights_only=True)
  for name, part in parts.items():
    part.load_state_dict(saved[name])
