"""Our variables in PyTorch's layers, which see the mirrored images: see benchmarks/torch_networks.py."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import torch

MIRROR = np.s_[::-1, ::-1]  # PyTorch pads on the other side: see torch_networks


def scrambled(variables, rng):
  """The variables with random running statistics, small ones so that the images keep some contrast."""
  scramble = lambda stat: jnp.asarray(rng.uniform(0.01, 0.02, stat.shape), jnp.float32)
  return {
    side: {
      name: jax.tree.map(scramble, part) if name == 'batch_stats' else part for name, part in parts.items()
    }
    for side, parts in variables.items()
  }


def copy(ours, network, map_size, maps):
  """Puts our collections into the network's layers, which come in the same order."""
  seen = {}
  for layer in network:
    kind = re.sub('2d', '', type(layer).__name__).replace('Linear', 'Dense')
    name = f'{kind}_{seen.setdefault(kind, 0)}'
    seen[kind] += 1
    if name in ours['params']:
      params = jax.tree.map(np.asarray, ours['params'][name])
      ready = batch_norm(params, ours['batch_stats'][name]) if kind == 'BatchNorm' else None
      ready = ready or weights(kind if maps else 'vectors', params, map_size)
      put(layer, **ready)


def put(layer, **arrays):
  """Puts these in the place of the layer's params and buffers of their names."""
  tensors = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
  assert not layer.load_state_dict(tensors, strict=False).unexpected_keys


def batch_norm(params, stats):
  return dict(
    weight=params['scale'], bias=params['bias'], running_mean=stats['mean'], running_var=stats['var']
  )


def weights(kind, params, map_size):
  """Weight and bias of a layer.

  Of dense ones `kind` is 'vectors' for one that neither makes nor reads maps, and 'reads' for one that reads
  them; of one that is 'Dense' the number of outputs tells.
  """
  kernel, bias = params['kernel'], params.get('bias', np.zeros(0, np.float32))
  if kind == 'vectors':
    weight = kernel.T
  elif kind == 'reads' or (kind == 'Dense' and kernel.shape[1] == 1):
    weight = kernel.reshape(*map_size, -1, kernel.shape[1])[MIRROR].transpose(3, 2, 0, 1)
    weight = weight.reshape(kernel.shape[1], -1)
  elif kind == 'Dense':
    weight = kernel.reshape(len(kernel), *map_size, -1)[:, ::-1, ::-1]
    weight = weight.transpose(3, 1, 2, 0).reshape(-1, len(kernel))
    bias = bias if not bias.size else bias.reshape(*map_size, -1)[MIRROR].transpose(2, 0, 1).reshape(-1)
  else:
    weight = kernel[MIRROR].transpose(dict(Conv=(3, 2, 0, 1), ConvTranspose=(2, 3, 0, 1))[kind])
  return {'weight': weight, 'bias': bias} if bias.size else {'weight': weight}


def to_torch(images):
  """[B, H, W, C] to PyTorch's [B, C, H, W], mirrored."""
  return torch.from_numpy(np.array(np.asarray(images)[:, ::-1, ::-1])).movedim(-1, 1)


def to_numpy(images):
  return images.detach().movedim(1, -1).numpy()[:, ::-1, ::-1]
