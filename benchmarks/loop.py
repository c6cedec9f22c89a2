"""The real loop beside the bare step, and the time from `python main.py` to the first step.

python -m benchmarks.loop [--config=configs/dcgan_mnist.py] [--steps=1000] [--config.FIELD=VALUE ...]

The loop logs every 100 steps and draws samples and saves checkpoints as the config says, four times at least.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jax
import numpy as np

from benchmarks import learn, ours, race, report
from gan_jax import command_line, configs, data, errors
from gan_jax.configs.overrides import split
from gan_jax.devices import host_memory
from gan_jax.runs.folder import Run

ROUNDS = 5


def main(words):
  """Returns the exit status."""
  flags, overrides = parse(words)
  host_memory.keep_freed()
  with tempfile.TemporaryDirectory() as folder:
    starts = {
      kind: first_step(flags.config, overrides, Path(folder) / 'cache', kind) for kind in ('cold', 'warm')
    }
    facts = {'seconds_to_first_step': starts, **loop(flags, overrides, Path(folder))}
  print(f'first step after {starts["cold"]:.1f} s, with compiled programs kept {starts["warm"]:.1f} s')
  step, inside = facts['bare_step_seconds'], facts['loop_step_seconds']
  print(f'bare step {1e3 * step:.1f} ms, in the loop {1e3 * inside:.1f} ms: {step / inside:.1%} of its rate')
  report.write(flags.out, 'loop', words, facts)
  return 0


def parse(words):
  """(flags, [(field, text), ...])."""
  parser = report.parser(__doc__, 'loop')
  parser.add_argument('--config', default='configs/dcgan_mnist.py')
  parser.add_argument('--steps', type=int, default=1000)
  overrides, rest = split(words)
  return parser.parse_args(rest), overrides


def first_step(path, overrides, folder, kind):
  """Seconds from starting main.py to its first logged step; compiled programs are kept in `folder`."""
  fields = dict(overrides) | {'log.every': '1', 'parallel.compilation_cache': str(folder / 'compiled')}
  words = [f'--config.{field}={text}' for field, text in fields.items()]
  command = [sys.executable, 'main.py', f'--config={path}', f'--workdir={folder / kind}', *words]
  environment = {name: value for name, value in os.environ.items() if name != 'JAX_COMPILATION_CACHE_DIR'}
  metrics = Run(folder / kind).metrics
  begun = time.perf_counter()
  with subprocess.Popen(
    command, cwd=report.ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
  ) as started:
    while not (metrics.exists() and metrics.stat().st_size):
      if started.poll() is not None:
        raise errors.UserError(f'main.py ended: {started.stderr.read().strip()[-300:]}')
      time.sleep(0.02)
    seconds = time.perf_counter() - begun
    started.kill()
  return seconds


def loop(flags, overrides, folder):
  """{'bare_step_seconds', 'loop_step_seconds', ...}; the bare step is timed before and after the loop."""
  config = configs.load(flags.config, overrides)
  every = max(flags.steps // 4, 1)  # samples and checkpoints
  config.train.num_steps, config.log.every = flags.steps, min(100, every)
  config.evaluate.num_images = 0
  config.sample.every = config.checkpoint.every = every
  bare, _ = ours.train(config, data.make(config))
  race.units_in(1.0, bare)
  times = [race.timed(bare, 10) for _ in range(ROUNDS)]
  run = Run(folder / 'loop')
  learn.learn(config, run, notice=lambda _: None)
  times += [race.timed(bare, 10) for _ in range(ROUNDS)]
  intervals = report.intervals(config, run.rows())[1:]  # without the first dispatch
  jax.clear_caches()
  return {
    'steps': flags.steps,
    'bare_step_seconds': race.summary(times)['median'],
    'loop_step_seconds': float(np.mean([seconds / steps for steps, seconds in intervals])),
  }


if __name__ == '__main__':
  command_line.run(main, 'interrupted')
