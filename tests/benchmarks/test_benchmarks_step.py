"""benchmarks.step: who is timed, how, and what is reported of it."""

import json

import numpy as np
import pytest
from PIL import Image

from benchmarks import data, loop, ours, race, report, scaling, works
from benchmarks import step as benchmark
from gan_jax import errors


class Clock:
  """A clock that only works move."""

  def __init__(self, monkeypatch):
    self.now, self.log = 0.0, []
    monkeypatch.setattr(race.time, 'perf_counter', lambda: self.now)

  def work(self, label, seconds, at_least=1):
    """A work that takes `seconds` a unit, and makes `at_least` so many."""

    def work(count):
      made = max(count, at_least)
      self.now += made * seconds
      self.log.append((label, made))
      return made

    return work


def test_sides_take_turns_of_the_same_length(monkeypatch):
  clock = Clock(monkeypatch)
  times = race.race({'a': clock.work('a', 0.5), 'b': clock.work('b', 0.01)}, rounds=3, seconds=2.0)
  assert times == {'a': pytest.approx([0.5] * 3), 'b': pytest.approx([0.01] * 3)}
  assert clock.log[-6:] == [('a', 4), ('b', 200)] * 3


def test_units_made_beyond_those_asked_for_count(monkeypatch):
  clock = Clock(monkeypatch)
  assert race.timed(clock.work('a', 0.5, at_least=100), 3) == pytest.approx(0.5)
  assert race.fastest([clock.work(label, seconds) for label, seconds in (('a', 2), ('b', 1), ('c', 3))]) == 1


@pytest.mark.long
def test_a_table_and_a_file_are_left_behind(tmp_path, capsys):
  file = tmp_path / 'step.json'
  assert benchmark.main(['--works=toy', '--rounds=2', '--seconds=0.01', f'--out={file}']) == 0
  facts = json.loads(file.read_text())
  (row,) = facts['rows']
  assert row['work'] == 'toy'
  assert 0 < row['floor_seconds'] < row['seconds']['gan_jax']['min'] <= row['seconds']['gan_jax']['median']
  assert 'ratio' not in row
  assert 'toy' in capsys.readouterr().out


@pytest.mark.long
@pytest.mark.parametrize('work', ['toy', 'cgan_mnist'])
def test_beside_pytorch_the_ratio_is_reported(work, monkeypatch):
  pytest.importorskip('torch')
  monkeypatch.setattr(benchmark.theirs(), 'THREADS', 1)
  monkeypatch.setitem(works.WORKS, 'cgan_mnist', works.Work('cgan_mnist:test'))
  flags = benchmark.parse(['--against=torch', '--rounds=1', '--seconds=0.01'])
  row = benchmark.train_row(work, 1e11, flags)
  medians = {label: seconds['median'] for label, seconds in row['seconds'].items()}
  assert row['ratio'] == pytest.approx(medians['PyTorch'] / medians['gan_jax'])


@pytest.mark.parametrize('name', ['acgan_cifar10', 'projection_cifar10', 'gawwn_avatars', 'pix2pix'])
def test_pytorch_plays_the_other_games_on_the_data_that_they_read(name, monkeypatch):
  pytest.importorskip('torch')
  monkeypatch.setattr(benchmark.theirs(), 'THREADS', 1)  # more wait for each other where cores are busy
  work = works.WORKS[name]._replace(config=f'{name}:test')
  assert benchmark.theirs().train(*works.load(work))(2) == 2


def test_the_cost_of_the_toy_is_that_of_its_layers():
  """G is run once, D on real and on fake, and after its update once more; no input of theirs learns."""
  config, dataset = works.load(works.WORKS['toy'])
  g, d = [2 * 16, 16 * 16, 16 * 2], [2 * 16, 16 * 16, 16 * 2, 2 * 1]
  forward_and_weights = 2 * (sum(g) + 2 * sum(d)) + sum(d)  # and D once more, for the new D's verdict
  to_inputs = sum(g[1:]) + 2 * sum(d[1:]) + sum(d)
  _, cost = ours.train(config, dataset)
  assert cost == 2 * 256 * (forward_and_weights + to_inputs)


def test_an_unknown_work_is_named():
  with pytest.raises(errors.UserError, match="did you mean 'dcgan28'"):
    benchmark.parse(['--works=dcgan_28'])


@pytest.mark.long
def test_the_loop_and_the_start_are_timed(tmp_path, capsys):
  file = tmp_path / 'loop.json'
  words = ['--config=configs/mlp_mnist.py:test', '--config.train.batch_size=4', '--steps=8', f'--out={file}']
  assert loop.main(words) == 0
  facts = json.loads(file.read_text())
  assert all(1 < seconds < 200 for seconds in facts['seconds_to_first_step'].values())
  assert facts['loop_step_seconds'] > 0 < facts['bare_step_seconds']
  assert 'of its rate' in capsys.readouterr().out


@pytest.mark.long
def test_data_is_decoded_and_streamed(tmp_path):
  file = tmp_path / 'data.json'
  assert data.main(['--images=1000', '--size=8', f'--out={file}']) == 0
  facts = json.loads(file.read_text())
  assert facts['streamed_per_second'] > facts['decoded_per_second_one_core'] > 0
  assert facts['seconds_at_second_start'] < 1000 / facts['decoded_per_second_all_cores']


@pytest.mark.long
def test_the_cost_of_a_larger_batch_is_drawn(tmp_path, monkeypatch):
  monkeypatch.setattr(scaling, 'SERIES', {'batch': [(2, 16, 8), (4, 16, 8)]})
  file = tmp_path / 'scaling.json'
  words = ['--config=configs/dcgan_cifar10.py:test', '--rounds=1', '--seconds=0.01', f'--out={file}']
  assert scaling.main(words) == 0
  small, large = json.loads(file.read_text())['rows']
  assert 0 < small['bytes'] < large['bytes']
  assert file.with_suffix('.png').stat().st_size > 1000


def test_pictures_are_drawn_one_above_the_other(tmp_path):
  file, images = tmp_path / 'new' / 'pictures.png', np.zeros((8, 4, 4, 1), np.float32)
  heights = []
  for count in (1, 2):
    report.draw(file, [('black', images)] * count)
    heights.append(Image.open(file).height)
  assert heights[1] == pytest.approx(2 * heights[0], abs=1)
