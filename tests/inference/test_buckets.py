"""Which sizes are compiled: few, the frequent ones and that of training as they are."""

import numpy as np

from gan_jax.inference import buckets

TRAINED = (64, 64)


def group(*sizes):
  """The groups of images whose names are their indices in `sizes`."""
  named = {str(k): size for k, size in enumerate(sizes)}
  return named, buckets.group(named, TRAINED)


def test_few_sizes_are_computed_as_they_are():
  sizes = [(20 + k, 30 + k) for k in range(buckets.EXACT)]
  named, groups = group(*sizes, *sizes, TRAINED)
  assert all({named[name] for name in names} == {size} for size, names in groups.items())
  assert set(groups) == {*sizes, TRAINED}


def test_of_many_sizes_the_frequent_ones_and_that_of_training_are_exact():
  generator = np.random.default_rng(0)
  others = [tuple(size) for size in generator.integers(1, 513, (1000, 2)).tolist()]
  common = [(200 + k, 301) for k in range(buckets.EXACT)]
  named, groups = group(*others, *5 * common, TRAINED, (64, 63), (63, 64))
  assert sorted(name for names in groups.values() for name in names) == sorted(named)
  assert len(groups) < 300  # of more than 1,000 sizes
  for size, names in groups.items():
    for name in names:
      wanted = named[name]
      assert wanted == size or wanted not in {*common, TRAINED}
      assert all(side <= room < max(1.25 * side, side + 1) for side, room in zip(wanted, size, strict=True))
  areas = [height * width for height, width in groups]
  assert areas == sorted(areas, reverse=True)


def test_a_group_is_no_larger_than_its_longest_sides():
  others = [(500 + k, 500 + k) for k in range(buckets.EXACT)]
  _, groups = group(*others, *others, (57, 60), (60, 58), (33, 35))
  assert groups[60, 60] == ['16', '17']
  assert groups[33, 35] == ['18']  # alone: as it is


def test_sides_are_rounded_up_to_four_lengths_between_powers_of_two():
  assert sorted({buckets.rounded(side) for side in range(33, 129)}) == [40, 48, 56, 64, 80, 96, 112, 128]
  assert [buckets.rounded(side) for side in range(1, 9)] == list(range(1, 9))
