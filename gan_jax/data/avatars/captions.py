"""Captions of the cartoon faces: what their factors are, in plain English."""

from gan_jax.data.avatars.parts import FACTORS, Face

HAIR_PHRASES = {
  'bald': ('a bald head', '{} eyebrows'),
  'short': ('short {} hair',),
  'curly': ('curly {} hair',),
  'long': ('long {} hair',),
  'pigtails': ('{} pigtails',),
  'mohawk': ('a {} mohawk',),
}
MOODS = {
  'smile': 'smiling',
  'grin': 'grinning',
  'neutral': 'serious',
  'frown': 'frowning',
  'open': 'surprised',
}
PHRASINGS = (
  'a {mood} person with {looks}',
  'a {mood} person with {features}, wearing {clothes}, on a {background} background',
  'someone in {clothes} with {features} is {mood}',
  '{background} background, a {mood} face with {looks}',
  'a portrait of a {mood} person who has {features}',
)


def caption(factors: Face, index: int = 0) -> str:
  """A face in plain English: phrasing `index` (any int), of which some tell more than others."""
  value = {name: values[int(factors[name])] for name, values in FACTORS.items()}
  hair = [phrase.format(value['hair_colour']) for phrase in HAIR_PHRASES[value['hair_style']]]
  eyes = f'{value["eye_shape"]} {value["eye_colour"]} eyes'
  glasses = [f'{value["glasses"]} glasses'] * (value['glasses'] != 'none')
  hat = [f'a {value["outfit"]} {value["hat"]}'] * (value['hat'] != 'none')
  return PHRASINGS[index % len(PHRASINGS)].format(
    mood=MOODS[value['mouth']],
    looks=_listed(hair + glasses + hat),
    features=_listed([f'{value["skin"]} skin', eyes, *hair]),
    clothes=_listed([f'a {value["outfit"]} shirt', *glasses, *hat]),
    background=value['background'],
  )


def _listed(things):
  """'a, b and c'."""
  *rest, last = things
  return f'{", ".join(rest)} and {last}' if rest else last
