"""Several programs at once on this machine: who has which cores and GPUs, and what happens when one dies."""

import itertools
import os
import signal
import types

import pytest
from conftest import ROOT

from gan_jax import errors
from gan_jax.training.sweep import attempts, cluster, crews, folder, orders, plan, runner, shares, workers
from gan_jax.training.sweep.shares import Share
from gan_jax.training.sweep.together import Group


@pytest.mark.parametrize(
  ('cpus', 'gpus', 'cores', 'cards', 'count'),
  [
    (1, None, 4, 0, 4),
    (2, None, 5, 0, 2),
    (None, 0.5, 8, 2, 4),
    (None, 1, 8, 4, 4),
    (None, 2, 8, 4, 2),
    (None, 0.3, 8, 1, 3),
    (4, 0.25, 8, 1, 2),
    (1, None, 8, 2, 2),  # one GPU each, where nothing is said of them
    (None, 0.1, 2, 1, 2),  # no more than there are cores
  ],
)
def test_shares_are_as_many_as_there_is_room_for_and_no_core_is_in_two(cpus, gpus, cores, cards, count):
  found = shares.divide(cpus, gpus, range(cores), [str(k) for k in range(cards)])
  assert len(found) == len(set(found)) == count
  every = [core for share in found for core in share.cores]
  assert len(every) == len(set(every)) <= cores
  assert all(len(share.cores) == (cpus or cores // count) for share in found)
  assert {len(share.gpus) for share in found} == {max(1, int(gpus or 1)) if cards else 0}
  used = [card for share in found for card in share.gpus]
  assert max((used.count(card) * (gpus or 1) for card in used), default=0) <= 1 or gpus > 1


def test_programs_on_one_gpu_divide_its_memory():
  both = shares.divide(None, 0.5, range(4), ['3'])
  assert [share.environment['CUDA_VISIBLE_DEVICES'] for share in both] == ['3', '3']
  parts = [float(share.environment['XLA_PYTHON_CLIENT_MEM_FRACTION']) for share in both]
  assert sum(parts) == pytest.approx(shares.MEMORY)
  assert 'XLA_PYTHON_CLIENT_MEM_FRACTION' not in Share((0,), ('1',)).environment
  assert Share((0,)).environment == {}


@pytest.mark.parametrize(
  ('cpus', 'gpus', 'cards', 'said'),
  [
    (5, None, 0, 'there are 4 cores here'),
    (None, 1, 0, 'here are 0 GPUs'),
    (None, 1.5, 2, 'a part of one, or whole ones'),
    (None, 3, 2, 'here are 2 GPUs'),
  ],
)
def test_what_there_is_no_room_for_is_one_line(cpus, gpus, cards, said):
  with pytest.raises(errors.UserError, match=said):
    shares.divide(cpus, gpus, range(4), [str(k) for k in range(cards)])


@pytest.mark.parametrize(
  ('visible', 'platforms', 'found'),
  [
    ('2,5', '', ['2', '5']),
    ('', '', []),
    ('-1', '', []),
    ('0, 1,-1,2', 'cuda,cpu', ['0', '1']),
    ('0', 'cpu', []),
  ],
)
def test_gpus_are_those_that_are_to_be_used(visible, platforms, found, monkeypatch):
  monkeypatch.setenv('CUDA_VISIBLE_DEVICES', visible)
  monkeypatch.setenv('JAX_PLATFORMS', platforms)
  assert shares.cards() == found


def test_nothing_for_each_is_refused_and_nothing_said_is_this_process():
  with pytest.raises(errors.UserError, match='--cpus=0: more than 0'):
    crews.choose(cpus=0)
  assert isinstance(crews.choose(), runner.Here)


def test_a_process_that_is_started_is_confined_and_this_one_is_not_for_long(monkeypatch):
  monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '7')
  cores = os.sched_getaffinity(0)
  with shares.confined(Share((min(cores),), ('1',), 0.5)):
    assert os.sched_getaffinity(0) == {min(cores)}
    assert os.environ['CUDA_VISIBLE_DEVICES'] == '1'
  assert os.sched_getaffinity(0) == cores
  assert os.environ['CUDA_VISIBLE_DEVICES'] == '7'
  assert 'XLA_PYTHON_CLIENT_MEM_FRACTION' not in os.environ


@pytest.fixture
def trials():
  planner = plan.Planner(f'{ROOT}/configs/toy_ring.py:test', [('evaluate.num_images', '50')])
  return planner.seeded({'generator.widths': (8, 8), 'penalty.r1': 0.5}, 2)


def test_an_order_says_all_of_a_group(trials, tmp_path):
  order = orders.of(Group(tuple(trials)), folder.Folder(tmp_path, 'energy_distance'), sure=True)
  again = orders.read(order)
  assert [trial.name for trial in again] == [trial.name for trial in trials]
  assert [trial.plain for trial in again] == [trial.plain for trial in trials]
  assert [trial.config() for trial in again] == [trial.config() for trial in trials]


def test_what_another_process_trains_still_is_left_to_it_and_the_rest_goes_on(trials, tmp_path, monkeypatch):
  found = folder.Folder(tmp_path, 'energy_distance')

  def wait(folder):
    raise errors.Busy('it is being trained by process 7')

  monkeypatch.setattr(attempts.lock, 'wait', wait)
  for group in (Group((trials[0],)), Group(tuple(trials[:2]))):
    assert orders.carry_out(orders.of(group, found, True)) == []
  assert found.state(trials[0]).kind == 'new'


@pytest.mark.parametrize(
  ('cpus', 'gpus', 'size'),
  [(None, None, 2), (4, None, 2), (64, None, 1), (1, 0.25, 8), (1, 0.0, 64), (16, 0.25, 4)],
)
def test_a_cluster_has_room_by_its_cores_and_its_gpus(cpus, gpus, size):
  ray = types.SimpleNamespace()
  ray.cluster_resources = lambda: {'CPU': 64.0, 'GPU': 2.0}
  ray.nodes = lambda: [{'Alive': True, 'Resources': {'CPU': 64.0, 'GPU': 2.0}}]
  one = cluster.Cluster.__new__(cluster.Cluster)
  one._ray, one._resources = ray, {'num_cpus': cpus or 1, 'num_gpus': gpus}
  one._needed = one._needs()
  assert one.size == size


def test_a_gpu_and_a_half_is_refused():
  one = cluster.Cluster.__new__(cluster.Cluster)
  one._ray = types.SimpleNamespace(cluster_resources=dict)
  one._resources = {'num_cpus': 1, 'num_gpus': 1.5}
  with pytest.raises(errors.UserError, match=r'--gpus=1.5: a part of one, or whole ones'):
    one._needs()


def test_an_order_for_a_folder_that_is_not_there_is_one_line(trials, tmp_path):
  order = orders.of(Group(tuple(trials)), folder.Folder(tmp_path / 'away', 'energy_distance'), sure=True)
  with pytest.raises(errors.UserError, match='all nodes must see it'):
    orders.carry_out(order)


class Killed(workers.Workers):
  """Workers of which the first one is killed as soon as it has begun."""

  _count = itertools.count()

  def begin(self, group, folder, sure):
    super().begin(group, folder, sure)
    if next(self._count) == 0:
      (worker, _, _), *_ = self._busy.values()
      os.kill(worker.process.pid, signal.SIGKILL)


@pytest.mark.long
def test_a_trial_whose_process_dies_fails_and_the_next_has_a_new_one(trials, tmp_path, monkeypatch):
  found = folder.Folder(tmp_path, 'energy_distance')
  monkeypatch.setattr(workers, 'serve', answer)
  with Killed([Share(tuple(os.sched_getaffinity(0)))]) as crew:
    assert runner.run(trials, found, lambda _: None, most=1, crew=crew)
  assert found.state(trials[0]).error.startswith('its process died (status -9)')
  assert found.state(trials[1]).error == 'pretended'


@pytest.mark.long
def test_one_that_died_while_it_had_nothing_to_do_is_replaced(trials, tmp_path, monkeypatch):
  found = folder.Folder(tmp_path, 'energy_distance')
  monkeypatch.setattr(workers, 'serve', answer)  # which ends after one order
  with workers.Workers([Share(tuple(os.sched_getaffinity(0)))]) as crew:
    for trial in trials:
      crew.begin(Group((trial,)), found, sure=True)
      crew.ended()
      (worker,) = crew._idle.values()
      worker.process.join()
  assert [found.state(trial).error for trial in trials] == ['pretended', 'pretended']


def answer(pipe):
  """A worker in the place of which nothing is trained, without the libraries that this needs."""
  order = pipe.recv()
  order.folder.fail(orders.read(order)[0], 'pretended')
  pipe.send([])
