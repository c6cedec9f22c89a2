"""What a sweep costs beyond its trials, and whether its search finds: python -m benchmarks.sweeps PART ...

plan        10,000 trials: listed, found again in their folders, summarised
population  4 values x 3 seeds of a ring as one program, and one trial after another
overhead    what is not the run itself, of trials one after another
search      30 trials of TPE on a grid of 25 modes, and the best of a grid of 81
nodes       12 trials by Ray on two nodes, of which one is lost, and the same one after another
slurm       12 trials as an array of SLURM's, by a stub that stops a third of them, and the same in turn
Seconds are those of the processor: of all cores together, whatever else the machine does.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import stub_slurm
from gan_jax.runs import files
from gan_jax.training import loop
from gan_jax.training.sweep import cluster, plan, runner, whole
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.question import Sweep

RING, GRID = 'configs/toy_ring.py', 'configs/toy_grid.py'
SHORT = [('train.num_steps', '1000'), ('evaluate.rejection', 'False')]
RATES = (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2)


def twelve(sweep: Sweep) -> None:
  """Asks for 4 values x 3 seeds."""
  sweep.grid({'penalty.r1': [0.1, 0.3, 1, 3]})
  sweep.seeds(3)
  sweep.score('energy_distance')


def twelve_alone(sweep: Sweep) -> None:
  """The same, each trial in a program of its own."""
  twelve(sweep)
  sweep.together(1)


def asked(config: str, words: list, ask: Callable, folder: Path) -> whole.Asked:
  """The sweep that `ask` fills."""
  sweep = Sweep()
  ask(sweep)
  planner = plan.Planner(config, words)
  return whole.Asked(sweep, planner, Folder(folder, sweep.score_name), plan.make(planner, sweep))


def timed(function: Callable, *arguments) -> tuple[float, object]:
  """(seconds of the processor, the result)."""
  begun = time.process_time()
  result = function(*arguments)
  return time.process_time() - begun, result


def of_plan(folder: Path) -> None:
  """10,000 trials that are over, with all that is read of their folders."""

  def ask(sweep):
    values = np.geomspace(1e-3, 1e3, 50).tolist()
    sweep.grid({'penalty.r1': values, 'penalty.r2': values})
    sweep.seeds(4)
    sweep.score('energy_distance')

  listed, one = timed(asked, RING, [], ask, folder)
  for k, trial in enumerate(one.trials):
    run, scores = one.folder.run(trial), {'energy_distance': 1 + k % 97 / 97}
    state = run.checkpoints / str(trial.steps)
    state.mkdir(parents=True)
    (state / 'manifest.json').write_text('{}')
    run.config.write_text(json.dumps({'config': trial.plain}))
    run.metrics.write_text(''.join(f'{{"step": {step}, "d/loss": 1.0}}\n' for step in range(100, 2001, 100)))
    run.evaluation.write_text(json.dumps({**scores, 'measured': {'step': trial.steps}}))
  checked, _ = timed(one.folder.check, one.trials)
  resumed, _ = timed(runner.run, one.trials, one.folder, lambda _: None)
  summarised, _ = timed(whole.summarise, one, lambda _: None)
  most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
  told = f'listed {listed:.1f} s, checked {checked:.1f} s, found again {resumed:.1f} s'
  told += f', summarised {summarised:.1f} s; {most:.0f} MiB at most'
  print(f'{len(one.trials):,} trials: {told}')


def of_population(folder: Path) -> None:
  """12 trials of a ring."""
  for name, function in (('one program', twelve), ('one after another', twelve_alone)):
    one = asked(RING, SHORT, function, folder / name.replace(' ', '_'))
    wall = time.monotonic()
    seconds, _ = timed(whole.make, one, lambda _: None)
    print(f'12 trials, {name}: {seconds:.0f} s of the processor, {time.monotonic() - wall:.0f} s')


def of_overhead(folder: Path) -> None:
  """Six trials, and what of their seconds is loop.train's."""

  def ask(sweep):
    sweep.seeds(6)
    sweep.score('energy_distance')
    sweep.together(1)

  inside, train = [], loop.train

  def measured(*arguments, **options):
    seconds, result = timed(lambda: train(*arguments, **options))
    inside.append(seconds)
    return result

  loop.train = measured
  try:
    words = [*SHORT, ('train.num_steps', '20'), ('evaluate.num_images', '200')]
    seconds, _ = timed(whole.make, asked(RING, words, ask, folder), lambda _: None)
  finally:
    loop.train = train
  beyond = (seconds - sum(inside)) / len(inside)
  print(f'{len(inside)} trials: {beyond:.2f} s each beyond {sum(inside):.0f} s of training')


def of_search(folder: Path) -> None:
  """Learning rates of both players, on a grid and by TPE."""
  rates = ('g_optimizer.learning_rate', 'd_optimizer.learning_rate')

  def grid(sweep):
    sweep.grid({rate: RATES for rate in rates})
    sweep.score('reverse_kl')

  def tpe(sweep):
    for rate in rates:
      sweep.loguniform(rate, min(RATES), max(RATES))
    sweep.score('reverse_kl')
    sweep.budget(trials=30)
    sweep.search('tpe')

  for name, function in (('grid', grid), ('tpe', tpe)):
    whole.make(asked(GRID, SHORT, function, folder / name), lambda line, name=name: print(f'{name}: {line}'))


def of_nodes(folder: Path) -> None:
  """A cluster of Ray's on this machine: processes of its own for each node."""
  from ray.cluster_utils import Cluster

  words = [*SHORT, ('checkpoint.every', '200')]
  turns, spread = (asked(RING, words, twelve_alone, folder / name) for name in ('turns', 'spread'))
  nodes = Cluster(initialize_head=True, head_node_args={'num_cpus': 0})
  _, lost = (nodes.add_node(num_cpus=1) for _ in range(2))
  killer = threading.Thread(target=kill, args=(nodes, lost, spread), daemon=True)
  killer.start()
  try:
    whole.make(spread, print, cluster.Cluster(nodes.address))
  finally:
    nodes.shutdown()
  whole.make(turns, lambda _: None)
  compare(turns, spread)


def of_slurm(folder: Path) -> None:
  """main.py submits, and each task is main.py again."""
  words = [('train.num_steps', '4000'), ('evaluate.rejection', 'False'), ('checkpoint.every', '400')]
  turns, array = (asked(RING, words, twelve_alone, folder / name) for name in ('turns', 'array'))
  question = folder / 'twelve.py'
  files.write_whole(question, 'from benchmarks.sweeps import twelve_alone as get_sweep\n')
  flags = ['--mode=sweep', f'--config={RING}', f'--sweep={question}', f'--workdir={array.folder.path}']
  flags += [f'--config.{field}={value}' for field, value in words]
  environment = {**os.environ, 'PATH': stub_slurm.install(folder / 'bin')}
  subprocess.run([sys.executable, 'main.py', *flags, '--slurm=--time=1:00'], env=environment, check=True)
  print(f'{(array.folder.path / "slurm/stopped.txt").read_text().strip()} tasks were stopped')
  whole.make(turns, lambda _: None)
  compare(turns, array)


def compare(turns: whole.Asked, other: whole.Asked) -> None:
  """Prints how many trials of two sweeps have ended in the same state, and whether their tables are equal."""
  last = f'{turns.trials[0].steps}/arrays.safetensors'
  states = [
    [(one.folder.run(t).checkpoints / last).read_bytes() for t in one.trials] for one in (turns, other)
  ]
  equal = sum(one == another for one, another in zip(*states, strict=True))
  tables = [(one.folder.path / 'results.csv').read_text() for one in (turns, other)]
  same = 'equal' if tables[0] == tables[1] else 'DIFFERENT'
  print(f'{equal} of {len(turns.trials)} last states are equal bit for bit; the tables are {same}')


def kill(nodes, node, sweep) -> None:
  """Ends a node, without a word to it, when a third of the trials is done."""
  while sum(sweep.folder.run(trial).finished.exists() for trial in sweep.trials) < len(sweep.trials) / 3:
    time.sleep(0.1)
  nodes.remove_node(node, allow_graceful=False)
  print('a node is lost')


PARTS = {
  'plan': of_plan,
  'population': of_population,
  'overhead': of_overhead,
  'search': of_search,
  'nodes': of_nodes,
  'slurm': of_slurm,
}

if __name__ == '__main__':
  for part in sys.argv[1:] or PARTS:
    with tempfile.TemporaryDirectory() as temporary:
      PARTS[part](Path(temporary) / part)
