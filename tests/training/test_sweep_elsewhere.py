"""Trials in other processes, on other nodes, in tasks of SLURM: to the bit those that one makes in turn."""

import json
import os
import threading
import time

import pytest
from conftest import ROOT, SMALL

from gan_jax import errors
from gan_jax.training import running
from gan_jax.training.sweep import array, cluster, plan, slurm, together, whole, workers
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.question import Sweep
from gan_jax.training.sweep.shares import Share

pytestmark = pytest.mark.long


def asked(path):
  """A sweep of three seeds, each in a program of its own, in a folder that has no trial yet."""
  sweep = Sweep()
  sweep.seeds(3)
  sweep.score('energy_distance')
  sweep.together(1)
  planner = plan.Planner(f'{ROOT}/configs/toy_ring.py:test', SMALL)
  return whole.Asked(sweep, planner, Folder(path, sweep.score_name), plan.make(planner, sweep))


@pytest.fixture(scope='module')
def straight(tmp_path_factory):
  """The sweep that this process has made, one trial after another."""
  found = asked(tmp_path_factory.mktemp('sweeps') / 'straight')
  assert whole.make(found, lambda _: None)
  return found


def same(straight, other):
  """Asserts that all trials have the same weights, to the bit, and the same scores."""
  for trial in straight.trials:
    one, another = straight.folder.run(trial), other.folder.run(trial)
    last = f'{trial.steps}/arrays.safetensors'
    assert (another.checkpoints / last).read_bytes() == (one.checkpoints / last).read_bytes()
    assert other.folder.state(trial).numbers == straight.folder.state(trial).numbers
  assert (other.folder.path / 'results.csv').read_text() == (straight.folder.path / 'results.csv').read_text()


def test_what_no_node_can_begin_is_left_and_the_others_go_on(tmp_path, capsys):
  ray = pytest.importorskip('ray')
  one = cluster.Cluster('auto')
  (group, *_) = together.groups(asked(tmp_path).trials, 1)
  with pytest.raises(errors.UserError, match='on a node: ModuleNotFoundError'):
    one._refused(group, ModuleNotFoundError('flax'))
  one._made = True
  assert one._refused(group, ModuleNotFoundError('flax')) == []
  assert 'seed=0: not made, on a node: ModuleNotFoundError' in capsys.readouterr().err
  assert ray


@pytest.mark.long
def test_two_at_once(straight, tmp_path):
  there = sorted(os.sched_getaffinity(0))
  other, told = asked(tmp_path), []
  crew = workers.Workers([Share((there[0],)), Share((there[-1],), (), 0.5)])
  assert whole.make(other, told.append, crew)
  same(straight, other)
  for trial in other.trials:
    record = json.loads(other.folder.run(trial).config.read_text())
    assert record['environment']['cores'] == 1
  assert sum('energy distance' in line and line.startswith('seed=') for line in told) == 3


@pytest.mark.long
def test_tasks_of_slurm_that_are_stopped_go_on(straight, tmp_path, monkeypatch):
  other = asked(tmp_path)
  names = [trial.name for trial in other.trials]
  train = running.loop

  def stopped(config, ready, state, saved, out, health, stop, *others):
    stop._seen = True
    return train(config, ready, state, saved, out, health, stop, *others)

  monkeypatch.setattr(running, 'loop', stopped)
  assert slurm.task(other, names[1], lambda _: None) == array.AGAIN
  monkeypatch.setattr(running, 'loop', train)
  for which in (*names, names[1], slurm.RESULTS):
    assert slurm.task(other, which, lambda _: None) == 0
  same(straight, other)
  with pytest.raises(errors.UserError, match='--task=3 is no trial of the sweep'):
    slurm.task(other, '3')


def test_a_node_of_ray_is_lost(straight, tmp_path):
  pytest.importorskip('ray')
  from ray.cluster_utils import Cluster

  nodes, other = Cluster(initialize_head=True, head_node_args={'num_cpus': 0}), asked(tmp_path)
  _, lost = (nodes.add_node(num_cpus=1) for _ in range(2))
  killer = threading.Thread(target=kill, args=(nodes, lost, other), daemon=True)
  killer.start()
  try:
    assert whole.make(other, lambda _: None, cluster.Cluster(nodes.address))
  finally:
    nodes.shutdown()
  assert not killer.is_alive()
  same(straight, other)


def kill(nodes, node, asked):
  """Ends a node, without a word to it, as soon as two trials have saved something."""
  while sum(asked.folder.run(trial).begun() for trial in asked.trials) < 2:
    time.sleep(0.1)
  nodes.remove_node(node, allow_graceful=False)
