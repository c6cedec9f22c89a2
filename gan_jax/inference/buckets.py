"""Which images are computed at one size: each other size is a program that takes seconds to compile."""

from collections import Counter, defaultdict
from collections.abc import Mapping

Size = tuple[int, int]  # (height, width)
EXACT = 8  # sizes, those that the most images have, that are computed as they are
STEPS = 4  # lengths that the sides of others are rounded up to, between one power of two and the next


def group(sizes: Mapping[str, Size], trained: Size) -> dict[Size, list[str]]:
  """{size to compute at: names of the images that are so large, or are padded to it}, the largest size first.

  The EXACT most frequent sizes and that of training are never padded. Images of all others go together where
  their sides round up to the same; the size of such a group is that of its longest sides.
  """
  exact = {trained, *(size for size, _ in Counter(sizes.values()).most_common(EXACT))}
  together, groups = defaultdict(list), defaultdict(list)
  for name, size in sizes.items():
    together[size if size in exact else tuple(map(rounded, size))].append(name)
  for names in together.values():
    groups[tuple(max(sides) for sides in zip(*(sizes[name] for name in names), strict=True))] += names
  # What does not fit into memory fails at once, not after hours.
  return dict(sorted(groups.items(), key=lambda item: item[0][0] * item[0][1], reverse=True))


def rounded(side: int) -> int:
  """The next of the lengths ..., 64, 80, 96, 112, 128, 160, ... with STEPS of them to each power of two."""
  step = max(1, 2 ** (side - 1).bit_length() // (2 * STEPS))
  return -(-side // step) * step
