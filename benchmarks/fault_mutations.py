"""Sound files made into others: bytes are changed, and parts of what they say."""

import copy
import json

ODD = (
  *(None, True, [], {}, [[]], '', 'x', '../../x', 'a.b', '\udc80', '\x1b[31m', -1, 0, 0.5, 1e300, 2**70),
  *('9' * 5000, 'x' * 10_000, float('nan'), float('inf'), [1, 2, 3], {'a': {'b': 1}}),
)


def mutated(rng, content, surely=True):
  """Bytes with a few flipped, lost, doubled, zeroed, put in or cut off."""
  content = bytearray(content)
  for _ in range(rng.choice([1, 1, 2, 4, 20]) if surely else 0):
    at, size = rng.randrange(len(content) + 1), rng.choice([1, 1, 2, 4, 16, 200])
    end = min(len(content), at + size)
    how = rng.randrange(7)
    if how == 0 and at < len(content):
      content[at] ^= 1 << rng.randrange(8)
    elif how == 1:
      content[at:end] = b''
    elif how == 2:
      content[at:at] = content[at:end]
    elif how == 3:
      content[at:end] = bytes(end - at)
    elif how == 4:
      content[at:at] = rng.randbytes(size)
    elif how == 5:
      content[at:end] = rng.choice([b'\xff', b'\x7f', b'\x80']) * (end - at)
    elif rng.random() < 0.3:
      content[at:] = b''
  return bytes(content)


def otherwise(rng, tree):
  """A tree of JSON of which some values, names or parts are others."""
  tree = json.loads(json.dumps(tree))
  for _ in range(rng.choice([0, 1, 1, 2, 5])):
    at, places = tree, []
    while isinstance(at, dict | list) and at:
      key = rng.choice(list(at)) if isinstance(at, dict) else rng.randrange(len(at))
      places.append((at, key))
      at = at[key]
    if not places:
      return tree
    parent, key = rng.choice(places)
    if isinstance(parent, dict) and rng.random() < 0.2:
      parent[rng.choice(['x', '', 'a.b', 'name', key.upper()])] = parent.pop(key)
    elif rng.random() < 0.15:
      del parent[key]
    elif rng.random() < 0.1:
      parent[key] = nested(rng.choice([3, 500, 200_000]))
    else:
      parent[key] = copy.deepcopy(rng.choice(ODD))  # which may be changed next
  return tree


def nested(depth):
  """A marker that `dumped` makes lists within lists of."""
  return {'nested': depth}


def dumped(tree):
  """JSON, which may be deeper than a writer of JSON can go."""
  text = json.dumps(tree)
  for depth in (3, 500, 200_000):
    text = text.replace(f'{{"nested": {depth}}}', '[' * depth + ']' * depth)
  return text


def otherwise_text(rng, text):
  """A table of which some cells are others, or other signs stand between them."""
  cells = [line.split(',') for line in text.splitlines()]
  for _ in range(rng.choice([0, 1, 2, 5])):
    row = rng.choice(cells)
    words = ['', '9' * 5000, '1e999', 'nan', '-', '"', '\x00', 'x' * 200_000, '\udc80', '..', 'a.png', '٣']
    row[rng.randrange(len(row)) if row else 0 :][:1] = [rng.choice(words)]
    if rng.random() < 0.2 and row:
      row.pop()
  return '\n'.join(rng.choice([',', ',', ',', ';', '\t']).join(row) for row in cells)
