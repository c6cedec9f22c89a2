"""A streamed set gives what a resident one gives, bit for bit, and from any step on."""

import jax
import numpy as np
import pytest

from gan_jax import errors
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import shuffling, streaming
from gan_jax.devices import mesh
from gan_jax.runs import folder as runs
from gan_jax.training import loop

SIZE, BATCH = 23, 4


@pytest.fixture(scope='module')
def dataset():
  """Images that are cropped at random and flipped, with labels."""
  pixels = np.random.default_rng(0).integers(0, 256, (SIZE, 8, 9, 3), np.uint8)
  arrays = {'image': pixels, 'label': np.arange(SIZE, dtype=np.int32)}
  return Dataset(arrays, SIZE, BATCH, (6, 6, 3), flip=True)


@pytest.mark.parametrize('start', [0, 5])
def test_windows_hold_the_batches_of_their_steps(dataset, start):
  """Steps of two batches each, over the ends of epochs."""
  batches = streaming.Stream(dataset, mesh.layout(BATCH), seed=3, per_step=2, start=start)
  get = jax.jit(lambda data, index: data.batch(3, index))
  for count in (1, 3, 2):
    window = batches(start, count)
    for index in range(2 * start, 2 * (start + count)):
      jax.tree.map(np.testing.assert_array_equal, get(window, index), get(dataset, index))
    start += count
  with pytest.raises(ValueError, match=f'continues at step {start}, not from 0'):
    batches(0, 1)


def test_the_host_shuffles_as_the_device_does():
  for size, index in ((10, 0), (60_000, 12_345), (1, 7), (3_000_000, 2**30)):
    ours = shuffling.indices(7, index, 64, size, np)
    np.testing.assert_array_equal(
      ours, jax.jit(lambda i, size=size: shuffling.indices(7, i, 64, size))(index)
    )


def test_large_sets_are_streamed_and_others_are_not(dataset, tiny):
  layout, nbytes = mesh.layout(BATCH), sum(array.nbytes for array in dataset.arrays.values())
  resident = streaming.feed(dataset, layout, tiny(f'data.max_resident_bytes={nbytes}'), 0)
  assert resident(0, 1).arrays['image'].shape == (SIZE, 8, 9, 3)
  streamed = streaming.feed(dataset, layout, tiny(f'data.max_resident_bytes={nbytes - 1}'), 0)
  assert streamed(0, 3).arrays['image'].shape == (3, BATCH, 8, 9, 3)


def test_copies_with_seeds_of_their_own_are_not_streamed(dataset, tiny):
  config = tiny('data.max_resident_bytes=0', 'population.seeds=2')
  with pytest.raises(errors.UserError, match=r'population.seeds=2 needs the data on the devices'):
    streaming.feed(dataset, mesh.layout(BATCH), config, 0)


@pytest.mark.long
def test_a_streamed_run_that_was_stopped_learns_what_a_resident_one_does(tiny, tmp_path):
  resident, streamed = runs.Run(tmp_path / 'resident'), runs.Run(tmp_path / 'streamed')
  quiet = lambda _: None
  straight, _ = loop.train(tiny('train.num_steps=5'), resident, quiet)
  for steps in (3, 5):
    on, _ = loop.train(tiny(f'train.num_steps={steps}', 'data.max_resident_bytes=0'), streamed, quiet)
  losses = [[(row['d/loss'], row['g/loss']) for row in run.rows()] for run in (resident, streamed)]
  np.testing.assert_allclose(*losses, atol=2e-6)  # the program is another one, the numbers are the same
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), straight.variables, on.variables)


def test_each_process_reads_the_rows_of_its_devices(dataset):
  """Here one process has all of them; what it gives for its rows comes back in their places."""
  layout = mesh.layout(BATCH)
  assert layout.rows(BATCH).tolist() == list(range(BATCH))
  batches = {'x': np.arange(3 * BATCH).reshape(3, BATCH)}
  np.testing.assert_array_equal(layout.spread(batches, BATCH)['x'], batches['x'])
