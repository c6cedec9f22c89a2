"""PyTorch's side of benchmarks.accelerator: eager, compiled, as CUDA graphs, laid out for tensor cores.

Adam is fused, and float32 and bfloat16 products are computed as the row says (autocast for bfloat16).
"""

import torch

from benchmarks import race, torch_game

KINDS = {'eager': None, 'compiled': 'default', 'graphs': 'reduce-overhead'}  # modes of torch.compile
ALLOWED = {'fp32': 'highest', 'tf32': 'high', 'bf16': 'high'}  # of products of float32


def train(config, dataset, precision):
  """(the kind that is the fastest here, a work of its training steps); a kind that fails is left out."""
  torch.set_float32_matmul_precision(ALLOWED[precision])
  torch.backends.cudnn.allow_tf32 = precision != 'fp32'
  torch.backends.cudnn.benchmark = True
  torch._dynamo.reset()  # what other rows compiled counts against its limit
  works = {kind: work(config, dataset, precision, mode) for kind, mode in KINDS.items()}
  for kind in list(works):
    try:
      race.timed(works[kind], 10)
    except Exception as error:  # whatever a compiler may raise
      print(f'PyTorch {kind}: {str(error).splitlines()[0]}')
      del works[kind]
  kinds = list(works)
  best = kinds[race.fastest([lambda _, each=each: works[each](20) for each in kinds], rounds=3)]
  return best, works[best]


def work(config, dataset, precision, mode):
  """A work of training steps on random batches of what is held on the device; `mode` is in KINDS."""
  parts = torch_game.make(config, dataset.image_shape, 'NHWC', fused=True)
  if mode:
    parts |= {side: torch.compile(parts[side], mode=mode) for side in 'gd'}
  examples = torch_game.laid_out(torch_game.on_device(dataset.arrays['image']), 'NHWC')
  size = config.train.batch_size
  drawn = torch_game.latents(config, size)
  autocast = torch.autocast(torch_game.DEVICE, torch.bfloat16, enabled=precision == 'bf16')

  def steps(count):
    for _ in range(count):
      order = torch.randint(len(examples), (size,), device=torch_game.DEVICE)
      torch.compiler.cudagraph_mark_step_begin()
      with autocast:
        losses = torch_game.step(parts, config, torch_game.scaled(examples[order]), drawn)
    losses['g/loss'].item()
    return count

  return steps
