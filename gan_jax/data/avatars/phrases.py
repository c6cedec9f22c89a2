"""What may be said of a face, and how: phrases by the factors that they tell of, and sentences of them.

A sentence is text with phrases in it: {hair} is one of the kind 'hair' below, {eyes?} may be left out, and
the phrases in brackets are listed: 'A', 'A and B', 'A, B and C'. Phrases that are empty for a face, as that
of a hat which it does not wear, are left out of a list. Every sentence tells the colour of the hair.
"""

from collections.abc import Callable, Mapping

Ways = tuple[Callable[..., str], ...]  # of the values of the factors to a phrase; which one is drawn

MOODS = {
  'smile': ('smiling', 'happy'),
  'grin': ('grinning', 'laughing'),
  'neutral': ('serious', 'calm'),
  'frown': ('frowning', 'sad'),
  'open': ('surprised', 'startled'),
}
HAIR = {
  'bald': ('a bald head and {} eyebrows', 'no hair but {} brows', 'a bald head and {} brows'),
  'short': ('short {} hair', 'cropped {} hair', '{} hair'),
  'curly': ('curly {} hair', 'frizzy {} hair', '{} hair'),
  'long': ('long {} hair', 'flowing {} hair', '{} hair'),
  'pigtails': ('{} pigtails', '{} bunches', '{} hair'),
  'mohawk': ('a {} mohawk', 'a {} crest', '{} hair'),
}


def _worn(text, nothing=''):
  """The way of something that may be absent: its last value is then 'none'."""
  return lambda *values: nothing if values[-1] == 'none' else text.format(*values)


def _hair(way):
  return lambda style, colour: HAIR[style][way].format(colour)


# {kind: (the factors that its phrases tell of, the ways to tell them)}
KINDS: Mapping[str, tuple[tuple[str, ...], Ways]] = {
  'mood': (('mouth',), (lambda mouth: MOODS[mouth][0], lambda mouth: MOODS[mouth][1])),
  'person': ((), (lambda: 'person', lambda: 'face', lambda: 'character')),
  'hair': (('hair_style', 'hair_colour'), (_hair(0), _hair(1), _hair(2))),
  'eyes': (('eye_shape', 'eye_colour'), ('{0} {1} eyes'.format, '{1} eyes'.format, '{0} eyes'.format)),
  'skin': (('skin',), ('{} skin'.format, 'a {} complexion'.format)),
  'glasses': (
    ('glasses',),
    (_worn('{} glasses'), _worn('{} spectacles'), _worn('glasses'), _worn('glasses', 'no glasses')),
  ),
  'hat': (
    ('outfit', 'hat'),
    (_worn('a {} {}'), _worn('a {1}'), _worn('a {0} hat'), _worn('a hat', 'no hat')),
  ),
  'shirt': (('outfit',), ('a {} shirt'.format, 'a {} top'.format)),
  'background': (
    ('background',),
    (' on a {} background'.format, ' in front of a {} wall'.format, ' before a {} backdrop'.format),
  ),
  'backdrop': (('background',), ('{} background'.format, '{} wall'.format)),
}
PHRASINGS = (
  'a {person} with [{hair} {glasses} {hat}]{background?}',
  'a {mood} {person} with [{hair} {glasses} {hat}]{background?}',
  'a {mood} {person} with [{skin?} {eyes?} {hair}], wearing [{shirt} {glasses} {hat}]{background?}',
  'someone in [{shirt} {glasses} {hat}] with [{skin?} {eyes} {hair}] is {mood}',
  '{backdrop}, a {mood} {person} with [{hair} {glasses} {hat}]',
  'a portrait of a {mood} {person} who has [{skin} {eyes?} {hair}]{background?}',
  'a {person} with [{hair} {eyes?} {glasses} {hat}] looks {mood}{background?}',
  'this {person} has [{hair} {eyes?}] and wears [{shirt} {glasses} {hat}]',
  '[{hair} {glasses} {hat}] on a {mood} {person}{background?}',
  'a drawing of a {person}: [{hair} {skin?} {eyes?} {glasses} {hat}]',
  'the {person} is {mood} and has [{hair} {glasses}]{background?}',
  'wearing [{shirt} {hat} {glasses}], a {mood} {person} with [{hair} {eyes?}]',
  'a {person} with [{hair} {skin?} {eyes?}], in [{shirt} {hat} {glasses}]',
  'you see a {mood} {person} with [{eyes?} {hair} {hat} {glasses}]{background?}',
  'a {mood} look, [{hair} {glasses} {hat}]{background?}',
)
# sentences and faces that no training split has: each is the test of a split of its own
HELD_OUT_PHRASINGS = (
  'who is this with [{hair} {glasses} {hat}]? a {mood} {person}',
  'picture someone {mood}, with [{skin?} {hair} {glasses}], who wears [{shirt} {hat}]',
  'there is a {person} in [{shirt} {glasses} {hat}] whose head has [{hair} {eyes?}]',
)
HELD_OUT_FACES = (
  {'hair_colour': 'red', 'glasses': 'round', 'hat': 'cap'},
  {'hair_colour': 'blue', 'glasses': 'square', 'hat': 'beanie'},
  {'hair_colour': 'blond', 'mouth': 'frown', 'hat': 'sun hat'},
)
