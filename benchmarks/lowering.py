"""Training steps as compilers for accelerators get them, made on a CPU: their counts and their faults.

python -m benchmarks.lowering [--configs=pix2pix,stargan] [--keep]

Each config's test config is exported for 'cuda' and 'tpu'. The counts of convolutions, products, kernels,
operations and bytes are compared with those in benchmarks/lowering.json, or written there (--keep); the exit
status is 1 where one has grown, or a step has a fault. What a step tells of the game's health is left out: it
is computed in one step of log.every, and benchmarks.watching measures it.
"""

import collections
import json

import jax
from tqdm import tqdm

from benchmarks import program, report, watching
from gan_jax import command_line, configs, data, gans
from gan_jax.training import setup

PLATFORMS = ('cuda', 'tpu')
KEPT = report.ROOT / 'benchmarks/lowering.json'
OWN = {'Sharding', 'annotate_device_placement'}  # XLA's own targets of custom calls, which compute nothing
MOST_FLOAT32 = 0.05  # of the operations of a step in bfloat16: heads, means of losses
LINE = '{:28} {:8} {:>12} {:>9} {:>8} {:>10} {:>9}  {}'.format
HEADER = 'config', 'platform', 'convolutions', 'products', 'kernels', 'MFLOP', 'MiB moved', ''


def main(words):
  """Returns the exit status."""
  known = sorted(path.stem for path in (report.ROOT / 'configs').glob('*.py') if path.stem != 'common')
  parser = report.parser(__doc__, 'lowering')
  parser.add_argument('--configs', default=','.join(known), help='some of configs/')
  parser.add_argument(
    '--keep', action='store_true', help='write the counts, for later ones to be compared with'
  )
  flags = parser.parse_args(words)
  kept, rows = json.loads(KEPT.read_text()) if KEPT.exists() else {}, []
  for name in tqdm(report.some(flags.configs, 'config', known), 'benchmarks.lowering', disable=None):
    programs, held = exported(*short(name))
    for platform, found in programs.items():
      counted = counts(found)
      told = faults(found, held) + ([] if flags.keep else grown(counted, kept.get(name, counted)))
      rows.append({'config': name, 'platform': platform, **counted, 'faults': told})
      tqdm.write(line(rows[-1]))
    kept[name] = counted
    if flags.keep:
      KEPT.write_text(json.dumps(dict(sorted(kept.items())), indent=2) + '\n')
    jax.clear_caches()
  print('\n'.join([LINE(*HEADER), *map(line, rows)]))
  report.write(flags.out, 'lowering', words, {'rows': rows})
  return int(any(row['faults'] for row in rows))


def short(name, *fields):
  """(config, Dataset) of a test config, with 'field=value' changed."""
  pairs = [tuple(field.split('=', 1)) for field in fields]
  config = configs.load(f'{report.ROOT}/configs/{name}.py:test', pairs, notice=lambda _: None)
  return config, data.make(config)


def exported(config, dataset, platforms=PLATFORMS):
  """({platform: Program} of a training step, the number of arrays of its state, which is donated)."""
  with watching.untold():
    made = setup.make(config, dataset.spec(gans.reads_conditions(config)))
    step = jax.jit(made.train_step(), donate_argnums=0)
    state = jax.eval_shape(made.init, config.seed)
    export = lambda platform: jax.export.export(step, platforms=[platform])(state, dataset)
    programs = {platform: program.Program(export(platform).mlir_module()) for platform in platforms}
  return programs, len(jax.tree.leaves(state))


def counts(found):
  """What must not grow: {name: count}."""
  named = {'convolutions': found.names['convolution'], 'products': found.names['dot_general']}
  return {**named, 'kernels': len(found.kernels), 'operations': found.operations, 'bytes': found.moved}


def grown(counted, before):
  """What is more than it was, in words."""
  return [f'{name}: {before[name]} were enough' for name in counted if counted[name] > before[name]]


def faults(found, held, bfloat16=False):
  """What the step of a state of so many arrays should not have, in words."""
  told = [f'calls {target}' for target in sorted(found.targets - OWN)]
  if found.donated < held:
    told.append(f'{found.donated} of {held} arrays are donated')
  by_type = collections.Counter()
  for kernel in found.kernels:
    by_type[kernel.dtype] += kernel.operations * kernel.times
  if bfloat16 and by_type['f32'] > MOST_FLOAT32 * found.operations:
    told.append(f'{by_type["f32"] / found.operations:.0%} of it in float32')
  return told


def line(row):
  """A row as text."""
  named = row['config'], row['platform'], row['convolutions'], row['products'], row['kernels']
  return LINE(
    *named, f'{row["operations"] / 1e6:,.1f}', f'{row["bytes"] / 2**20:,.1f}', '; '.join(row['faults'])
  )


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
