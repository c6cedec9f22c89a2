"""One page with all of a sweep, which opens from disk: tables and pictures are inside of it."""

import base64
import html
import io
import re
from collections.abc import Mapping, Sequence

from PIL import Image

from gan_jax.training.sweep.figures import Picture

HEADINGS = {
  'fields': 'Score against each field',
  'parallel': 'Settings',
  'importance': 'Importance of fields',
  'curves': 'While training',
  'samples': 'Samples of the best settings',
}
HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 1100px; padding: 0 1em }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums }}
th, td {{ border-bottom: 1px solid #ddd; padding: .2em .8em; text-align: right }}
td {{ white-space: nowrap }}
th:first-child, td:first-child {{ text-align: left }}
tbody tr:first-child {{ background: #eaf4ea }}
img {{ max-width: 100% }}
</style></head><body>
"""


def make(
  title: str,
  told: Sequence[str],
  rows: Sequence[Sequence[str]],
  failed: Sequence[str],
  pictures: Mapping[str, Picture],
) -> str:
  """The page: what is told, the table `rows` whose first is the heading, what failed, the pictures."""
  escape = html.escape
  parts = [HEAD.format(title=escape(title)), f'<h1>{escape(title)}</h1>']
  parts += [f'<p>{escape(text)}</p>' for text in told]
  line = lambda cells, kind: f'<tr>{"".join(f"<{kind}>{cell}</{kind}>" for cell in cells)}</tr>'
  head = line([re.sub(r'([._])', r'\1<wbr>', escape(name)) for name in rows[0]], 'th')  # long names may break
  body = ''.join(line(map(escape, row), 'td') for row in rows[1:])
  parts.append(f'<table><thead>{head}</thead><tbody>{body}</tbody></table>')
  for name, heading in HEADINGS.items():
    if name in pictures:
      parts.append(f'<h2>{heading}</h2><img alt="{heading}" src="{embedded(pictures[name])}">')
  if failed:
    parts.append(f'<h2>Failed</h2><ul>{"".join(f"<li>{escape(text)}</li>" for text in failed)}</ul>')
  return '\n'.join([*parts, '</body></html>\n'])


def embedded(picture: Picture) -> str:
  """The picture as a URL that needs no file."""
  out = io.BytesIO()
  Image.fromarray(picture).save(out, format='PNG')
  return f'data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}'
